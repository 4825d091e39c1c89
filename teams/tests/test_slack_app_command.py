from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from teams.models import SlackApp, Team
from teams.tests.factories import make_app, make_team

pytestmark = pytest.mark.django_db

IDS = ["--name", "Acme Bot", "--app-id", "A1", "--client-id", "1.2"]


@pytest.fixture(autouse=True)
def secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLACK_CLIENT_SECRET", "the-client-secret")
    monkeypatch.setenv("SLACK_SIGNING_SECRET", "the-signing-secret")
    monkeypatch.delenv("SLACK_APP_TOKEN", raising=False)


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("slack_app", *arguments, stdout=out)
    return out.getvalue()


def test_an_app_is_added_and_its_next_steps_are_said() -> None:
    said = run("add", "acme", *IDS)

    app = SlackApp.objects.get()
    assert (app.slug, app.name, app.app_id, app.client_id) == ("acme", "Acme Bot", "A1", "1.2")
    assert (app.client_secret, app.signing_secret) == ("the-client-secret", "the-signing-secret")
    assert "manage.py slack_manifest acme" in said
    assert "/slack/acme/install" in said
    assert "secret" not in said


def test_scopes_can_be_chosen() -> None:
    run("add", "acme", *IDS, "--scopes", "chat:write,users:read")

    assert SlackApp.objects.get().scope_list == ["chat:write", "users:read"]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ([*IDS, "--scopes", "chat:write,users read"], "Not a scope: users read."),
        ([*IDS, "--scopes", ",,"], "Name at least one scope"),
        ([*IDS, "--app-id", "1.2"], "Not an app ID"),
    ],
)
def test_a_slip_is_found_before_somebody_installs(arguments: list[str], sentence: str) -> None:
    with pytest.raises(CommandError, match=sentence):
        run("add", "acme", *arguments)

    assert not SlackApp.objects.exists()


def test_socket_mode_needs_its_token(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(CommandError, match="SLACK_APP_TOKEN"):
        run("add", "acme", *IDS, "--socket")
    monkeypatch.setenv("SLACK_APP_TOKEN", "xapp-1")

    run("add", "acme", *IDS, "--socket")

    app = SlackApp.objects.get()
    assert (app.transport, app.app_token) == (SlackApp.Transport.SOCKET, "xapp-1")


def test_a_missing_secret_is_asked_for_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SLACK_SIGNING_SECRET")

    with pytest.raises(CommandError, match="SLACK_SIGNING_SECRET"):
        run("add", "acme", *IDS)

    assert not SlackApp.objects.exists()


def test_a_slug_that_is_taken_is_refused() -> None:
    make_app(slug="acme")

    with pytest.raises(CommandError, match=r"slug: .*already exists"):
        run("add", "acme", *IDS)


def test_no_argument_takes_a_secret() -> None:
    with pytest.raises(CommandError, match="unrecognized arguments"):
        run("add", "acme", *IDS, "--client-secret", "x")


def test_the_list_shows_each_app_with_its_living_teams() -> None:
    app, disabled = make_app(slug="acme"), make_app(slug="old", enabled=False)
    make_team(app)
    make_team(app, state=Team.State.DISCONNECTED)

    lines = run("list").splitlines()

    assert [line.split("\t")[:5] for line in lines] == [
        ["acme", app.app_id, "http", "enabled", "1 teams"],
        ["old", disabled.app_id, "http", "disabled", "0 teams"],
    ]
