"""One sandbox for all tests, reset before each; two workspaces; an app with a real listener."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from sandbox.testing import RunningSandbox, running_sandbox
from sandbox.tests.listening import Listener, listening
from sandbox.tests.socketing import Wires, by_bolt, wiring

APP = "A0TEST"
SIGNING_SECRET = "signing-secret-of-A0TEST"


@pytest.fixture(scope="session")
def _sandbox() -> Iterator[RunningSandbox]:
    with running_sandbox(scale=0.001) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(_sandbox: RunningSandbox) -> RunningSandbox:
    _sandbox.control("POST", "reset")
    return _sandbox


@dataclass(frozen=True, slots=True)
class Team:
    """A workspace, its people, and a stock client with the app's token there."""

    sandbox: RunningSandbox
    id: str
    bot_user_id: str
    client: WebClient
    reachable: list[str]

    def users(self) -> list[dict[str, Any]]:
        users: list[dict[str, Any]] = self.sandbox.control("GET", f"workspaces/{self.id}/users")
        return users

    def user(self, choice: Callable[[dict[str, Any]], bool]) -> str:
        """The id of the first person that `choice` takes."""
        return str(next(user["id"] for user in self.users() if choice(user)))

    def channel(self, name: str) -> str:
        documents = self.sandbox.control("GET", "workspaces")
        mine = next(each for each in documents if each["team_id"] == self.id)
        return str(next(each["id"] for each in mine["channels"] if each["name"] == name))

    def control(self, verb: str, path: str, body: Any = None) -> Any:
        return self.sandbox.control(verb, f"workspaces/{self.id}/{path}", body)

    def page(self, path: str, status: int = 200) -> str:
        """The HTML of a page of this workspace; redirects are followed."""
        try:
            with urlopen(f"{self.sandbox.url}/w/{self.id}/{path}", timeout=5) as answer:
                shown, text = answer.status, answer.read().decode()
        except HTTPError as error:
            with error:
                shown, text = error.code, error.read().decode()
        assert shown == status
        return str(text)

    def write(self, text: str = "hi") -> None:
        """The first person writes to the bot."""
        self.control("POST", "say", {"app_id": APP, "user": self.reachable[0], "text": text})

    def attempts(self, kind: str = "message") -> list[dict[str, Any]]:
        """How the first event of one type fared so far."""
        log = self.events(kind)
        attempts: list[dict[str, Any]] = log[0]["attempts"] if log else []
        return attempts

    def events(self, kind: str) -> list[dict[str, Any]]:
        """The deliveries of one type of event."""
        log = self.sandbox.control("GET", f"events?team_id={self.id}")
        return [each for each in log if each["type"] == kind]


def client(sandbox: RunningSandbox, token: str | None) -> WebClient:
    return WebClient(token=token, base_url=sandbox.api_url, retry_handlers=[], timeout=5)


def make_team(sandbox: RunningSandbox, domain: str, scopes: list[str] | None = None) -> Team:
    """A workspace of 12 people with the app installed."""
    wanted = {"name": domain.title(), "domain": domain, "people": 12, "channels": 5}
    team_id = sandbox.control("POST", "workspaces", wanted)["team_id"]
    place = {"app_id": APP, "team_id": team_id, "scopes": scopes}
    installed = sandbox.control("POST", "install", place)
    users = sandbox.control("GET", f"workspaces/{team_id}/users")
    return Team(
        sandbox,
        team_id,
        installed["bot_user_id"],
        client(sandbox, installed["access_token"]),
        [user["id"] for user in users if user["reachable"]],
    )


@pytest.fixture
def listener(sandbox: RunningSandbox) -> Iterator[Listener]:
    """A stock Bolt app that records what Slack sends it."""
    with listening(SIGNING_SECRET) as listener:
        yield listener


@pytest.fixture
def app(sandbox: RunningSandbox) -> str:
    """An app that listens nowhere."""
    sandbox.control(
        "PUT",
        f"apps/{APP}",
        {
            "name": "Test App",
            "client_id": "11.22",
            "client_secret": "client-secret",
            "signing_secret": SIGNING_SECRET,
            "redirect_urls": ["http://127.0.0.1:9/slack/oauth_redirect"],
        },
    )
    return APP


@pytest.fixture
def team(sandbox: RunningSandbox, app: str) -> Team:
    return make_team(sandbox, "acme")


@pytest.fixture
def other(sandbox: RunningSandbox, app: str) -> Team:
    return make_team(sandbox, "globex")


@pytest.fixture
def heard(team: Team, listener: Listener) -> Listener:
    """The listener, with the app's request URL pointing to it."""
    team.sandbox.control("PUT", f"apps/{APP}", {"request_url": listener.url})
    return listener


@pytest.fixture
def socket_team(team: Team) -> Team:
    """The app is in Socket Mode."""
    team.sandbox.control("PUT", f"apps/{APP}", {"socket_mode": True})
    return team


@pytest.fixture
def wires(socket_team: Team) -> Iterator[Wires]:
    with wiring(socket_team.sandbox) as wires:
        yield wires


@pytest.fixture(params=["http", "socket"])
def bot(request: pytest.FixtureRequest, team: Team, listener: Listener) -> Iterator[Listener]:
    """The listener, reached by one transport and then by the other."""
    if request.param == "http":
        team.sandbox.control("PUT", f"apps/{APP}", {"request_url": listener.url})
        yield listener
        return
    team.sandbox.control("PUT", f"apps/{APP}", {"socket_mode": True})
    with wiring(team.sandbox) as wires:
        wires.open().answer = by_bolt(listener.bolt)
        yield listener


def error_of(call: Callable[[], object]) -> dict[str, Any]:
    """The answer to a call that Slack refuses."""
    with pytest.raises(SlackApiError) as refused:
        call()
    answer: dict[str, Any] = refused.value.response.data
    return answer
