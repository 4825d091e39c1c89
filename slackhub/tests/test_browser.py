"""Pages in a real browser: nothing is refused by the policy, nothing is wider than a phone."""

import re

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Browser, ConsoleMessage, Page, expect
from pytest_django.live_server_helper import LiveServer

from broadcasts.tests.factories import make_delivery, make_run
from slackhub.tests.rows import make_rows, make_staff
from teams.models import LimitedHour
from teams.tests.factories import make_app, make_person, make_team

pytestmark = pytest.mark.django_db(transaction=True)

PUBLIC = ("/", "/installed/lunch/", "/install-failed/lunch/?reason=access_denied", "/privacy/")
ADMIN = (
    "/admin/",
    "/admin/teams/recipient/",
    "/admin/broadcasts/broadcast/add/",
    "/admin/broadcasts/delivery/",
    "/admin/broadcasts/message/add/",
)


def _watch(page: Page) -> list[str]:
    """What the browser complains of, from now on."""
    complaints: list[str] = []

    def note(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            complaints.append(f"{page.url}: {message.text}")

    page.on("console", note)
    page.on("pageerror", lambda error: complaints.append(f"{page.url}: {error}"))
    return complaints


def _log_in(page: Page, server: LiveServer) -> None:
    client = Client()
    client.force_login(make_staff(is_superuser=True))
    value = client.cookies[settings.SESSION_COOKIE_NAME].value
    page.context.add_cookies(
        [{"name": settings.SESSION_COOKIE_NAME, "value": value, "url": server.url}]
    )


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_public_pages_fit_a_phone_without_complaints(
    browser: Browser, live_server: LiveServer, scheme: str
) -> None:
    make_app(slug="lunch", name="Lunchbell of the whole building")
    page = browser.new_page(viewport={"width": 360, "height": 740})
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    complaints = _watch(page)

    for address in PUBLIC:
        page.goto(live_server.url + address)
        assert page.evaluate("document.documentElement.scrollWidth") == 360, address

    assert complaints == []


def test_admin_pages_run_under_their_policy(browser: Browser, live_server: LiveServer) -> None:
    make_rows()
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    _log_in(page, live_server)
    complaints = _watch(page)

    for address in ADMIN:
        page.goto(live_server.url + address, wait_until="networkidle")

    assert complaints == []


def test_form_of_a_broadcast_shows_the_half_that_counts(
    browser: Browser, live_server: LiveServer
) -> None:
    page = browser.new_page()
    _log_in(page, live_server)
    page.goto(f"{live_server.url}/admin/broadcasts/broadcast/add/")

    page.get_by_label("Again and again").check()
    expect(page.locator("#id_minute")).to_be_visible()
    expect(page.locator("#id_date")).to_be_hidden()
    page.get_by_label("Once, at a date and time").check()

    expect(page.locator("#id_date")).to_be_visible()
    expect(page.locator("#id_minute")).to_be_hidden()


def test_progress_of_a_run_moves_by_itself(browser: Browser, live_server: LiveServer) -> None:
    run = make_run()
    delivery = make_delivery(run, make_person(make_team(name="Acme")))
    page = browser.new_page()
    _log_in(page, live_server)
    page.goto(f"{live_server.url}/admin/broadcasts/run/{run.pk}/change/")
    expect(page.get_by_role("status")).to_contain_text("0 of 1 dealt with")

    delivery.state, delivery.ts = "sent", "1.1"
    delivery.save()

    expect(page.get_by_role("status")).to_contain_text("1 of 1 dealt with", timeout=10_000)
    expect(page.locator("[data-count=sent]")).to_have_text("1")


def test_page_of_a_run_follows_its_state(browser: Browser, live_server: LiveServer) -> None:
    run = make_run()
    make_delivery(run, make_person(make_team()), state="failed")
    page = browser.new_page()
    _log_in(page, live_server)
    page.goto(f"{live_server.url}/admin/broadcasts/run/{run.pk}/change/")
    expect(page.get_by_role("button", name="Pause")).to_be_visible()

    run.state = "finished"
    run.save()

    expect(page.get_by_role("button", name="Pause")).to_be_hidden(timeout=10_000)
    expect(page.get_by_role("button", name="Retry failed")).to_be_visible()


def test_page_of_a_team_fits_a_phone_and_tells_its_pace(
    browser: Browser, live_server: LiveServer
) -> None:
    team = make_team(scopes="app_mentions:read,channels:read,chat:write,chat:write.public,im:read")
    team.lane.pause(720, "Slack asks us to slow down.")
    LimitedHour.objects.create(team=team, hour=timezone.now(), count=17)
    page = browser.new_page(viewport={"width": 390, "height": 844})
    _log_in(page, live_server)

    page.goto(f"{live_server.url}/admin/teams/team/{team.pk}/change/")

    assert page.evaluate("document.documentElement.scrollWidth") == 390
    expect(page.get_by_text("60 a minute, at most 525")).to_be_visible()
    expect(page.get_by_text("UTC: Slack asks us to slow down.")).to_contain_text("held by Slack")
    expect(page.locator("fieldset")).to_contain_text(re.compile(r"429s of 24 h\s*17"))
