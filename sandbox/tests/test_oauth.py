"""Installing an app: the consent page, the code, the token, and every refusal on the way."""

import re
from collections.abc import Iterator
from http.client import HTTPConnection, HTTPResponse
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from slack_sdk import WebClient

from sandbox.testing import RunningSandbox
from sandbox.tests.conftest import Team, client, error_of

REDIRECT = "http://127.0.0.1:9/slack/oauth_redirect"


class Browser:
    """Follows no redirect, so that a test can look at where it leads."""

    def __init__(self, sandbox: RunningSandbox) -> None:
        self._connection = HTTPConnection(sandbox.url.removeprefix("http://"), timeout=5)

    def close(self) -> None:
        self._connection.close()

    def authorize(self, **changes: str) -> tuple[HTTPResponse, str]:
        asked = {
            "client_id": "11.22",
            "scope": "chat:write,users:read",
            "redirect_uri": REDIRECT,
            "state": "s&1",
        }
        self._connection.request("GET", f"/oauth/v2/authorize?{urlencode(asked | changes)}")
        return self._read()

    def decide(self, page: str, **choices: str) -> dict[str, str]:
        """Send the form of the consent page; what the redirect says."""
        hidden = re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page)
        form = {name: value.replace("&amp;", "&") for name, value in hidden}
        self._connection.request(
            "POST",
            "/oauth/v2/authorize/decide",
            urlencode(form | choices),
            {"Content-Type": "application/x-www-form-urlencoded"},
        )
        answer, _ = self._read()
        assert answer.status == 302
        place = urlsplit(answer.headers["Location"])
        assert f"{place.scheme}://{place.netloc}{place.path}" == REDIRECT
        return {name: values[0] for name, values in parse_qs(place.query).items()}

    def _read(self) -> tuple[HTTPResponse, str]:
        answer = self._connection.getresponse()
        return answer, answer.read().decode()


@pytest.fixture
def browser(sandbox: RunningSandbox) -> Iterator[Browser]:
    browser = Browser(sandbox)
    yield browser
    browser.close()


def code_of(browser: Browser, team: Team, **changes: str) -> str:
    _, page = browser.authorize(**changes)
    return browser.decide(page, decision="allow", team=team.id)["code"]


def access(team: Team, code: str, **changes: str) -> Any:
    wanted = {"client_id": "11.22", "client_secret": "client-secret", "redirect_uri": REDIRECT}
    return WebClient(base_url=team.sandbox.api_url, retry_handlers=[]).oauth_v2_access(
        code=code, **(wanted | changes)
    )


def test_consent_page_tells_what_is_asked(browser: Browser, team: Team, other: Team) -> None:
    answer, page = browser.authorize()

    assert answer.status == 200
    assert answer.headers["Content-Security-Policy"] == "default-src 'self'"
    for shown in ("Test App", "Acme", "Globex", "Send messages as itself", "Allow", "Cancel"):
        assert shown in page


def test_consent_page_can_be_pinned_to_a_team(browser: Browser, team: Team, other: Team) -> None:
    _, page = browser.authorize(team=other.id)

    assert "Globex" in page
    assert "Acme" not in page


def test_allow_gives_code_and_state(browser: Browser, team: Team) -> None:
    _, page = browser.authorize()

    told = browser.decide(page, decision="allow", team=team.id)

    assert told["state"] == "s&1"
    assert told["code"]


def test_cancel_gives_access_denied_and_state(browser: Browser, team: Team) -> None:
    _, page = browser.authorize()

    told = browser.decide(page, decision="cancel", team=team.id)

    assert told == {"error": "access_denied", "state": "s&1"}


def test_code_becomes_a_working_token(browser: Browser, team: Team, other: Team) -> None:
    answer = access(team, code_of(browser, team))

    assert answer["team"] == {"id": team.id, "name": "Acme"}
    assert answer["app_id"] == "A0TEST"
    assert answer["bot_user_id"] == team.bot_user_id
    assert answer["enterprise"] is None
    assert answer["is_enterprise_install"] is False
    assert "bot_id" not in answer.data
    assert answer["authed_user"]["id"] in team.reachable
    assert client(team.sandbox, answer["access_token"]).auth_test()["team_id"] == team.id
    assert other.client.auth_test()["ok"]


def test_scopes_only_add_up(browser: Browser, team: Team) -> None:
    before = set(access(team, code_of(browser, team))["scope"].split(","))

    after = set(access(team, code_of(browser, team, scope="reactions:read"))["scope"].split(","))

    assert after == before | {"reactions:read"}


def test_basic_authentication_of_the_client(browser: Browser, team: Team) -> None:
    bare = WebClient(base_url=team.sandbox.api_url, retry_handlers=[])
    code = code_of(browser, team)

    answer = bare.api_call(
        "oauth.v2.access",
        data={"code": code, "redirect_uri": REDIRECT},
        auth={"client_id": "11.22", "client_secret": "client-secret"},
    )

    assert answer["ok"]


def test_code_works_once(browser: Browser, team: Team) -> None:
    code = code_of(browser, team)
    access(team, code)

    assert error_of(lambda: access(team, code))["error"] == "code_already_used"


def test_code_expires_after_ten_minutes(browser: Browser, team: Team) -> None:
    code = code_of(browser, team)
    team.sandbox.control("PUT", "clock", {"advance": 601})

    assert error_of(lambda: access(team, code))["error"] == "invalid_code"


def test_made_up_code(team: Team) -> None:
    assert error_of(lambda: access(team, "1.2"))["error"] == "invalid_code"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"client_id": "99.99"}, "invalid_client_id"),
        ({"client_secret": "wrong"}, "bad_client_secret"),
        ({"redirect_uri": REDIRECT + "/elsewhere"}, "bad_redirect_uri"),
        ({"grant_type": "password"}, "invalid_grant_type"),
    ],
)
def test_wrong_access(browser: Browser, team: Team, change: dict[str, str], code: str) -> None:
    given = code_of(browser, team)

    assert error_of(lambda: access(team, given, **change))["error"] == code


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"client_id": "99.99"}, "invalid_client_id"),
        ({"redirect_uri": "http://127.0.0.1:9/other"}, "bad_redirect_uri"),
        ({"redirect_uri": REDIRECT + "#x"}, "bad_redirect_uri"),
        ({"scope": ""}, "no_scopes"),
    ],
)
def test_wrong_authorize(browser: Browser, app: str, change: dict[str, str], code: str) -> None:
    answer, page = browser.authorize(**change)

    assert answer.status == 400
    assert code in page


def test_redirect_below_a_registered_address(browser: Browser, app: str) -> None:
    answer, _ = browser.authorize(redirect_uri=REDIRECT + "/deeper")

    assert answer.status == 200


def test_redirect_must_be_https_off_loopback(browser: Browser, app: str) -> None:
    browser_url = "http://hub.example/slack"
    answer, page = browser.authorize(redirect_uri=browser_url)

    assert answer.status == 400
    assert "bad_redirect_uri" in page


def test_only_redirect_may_be_left_out(browser: Browser, team: Team) -> None:
    _, page = browser.authorize(redirect_uri="")

    code = browser.decide(page, decision="allow", team=team.id)["code"]

    assert access(team, code, redirect_uri="")["ok"]
