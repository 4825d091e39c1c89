"""The door to Slack: every Web API call of the hub but the senders' posts goes through here.

It fixes address, timeout, one TLS context and no retries (the SDK would silently repeat a request
whose answer was lost), and turns whatever comes back into an Answer.
"""

import errno
import http.client
import json
import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.error import URLError
from urllib.parse import urlsplit
from urllib.request import proxy_bypass

from django.conf import settings
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackRequestError
from slack_sdk.web import SlackResponse
from slack_sdk.webhook import WebhookClient

from teams.answers import Ambiguous, Answer, NotNow, Rejected, read_answer
from teams.models import Team

# Seconds that the SDK waits for a connection and for each read.
TIMEOUT = 10
# While a person waits for the page that follows an install.
SHORT_TIMEOUT = 3
UNCONNECTED_WAIT = 1.0

# Made once: building one costs some 30 ms of CPU on older Pythons.
TLS = ssl.create_default_context()

# What a lane's pace is about.
POSTING = frozenset(("chat.postMessage", "chat.postEphemeral", "chat.meMessage"))

# Raised while connecting only, before the first byte of the request.
_NOT_CONNECTED = (
    socket.gaierror,
    ConnectionRefusedError,
    TimeoutError,
    ssl.SSLCertVerificationError,
)
_NO_ROUTE = (errno.ENETUNREACH, errno.EHOSTUNREACH, errno.EADDRNOTAVAIL)


class Turn(Protocol):
    """A team's lane, for the posts of foreign code."""

    def take(self, channel: str) -> str:
        """Waits for a place; the text says why there is none, and is empty when it is taken."""

    def learn(self, answer: Answer) -> None:
        """What Slack made of a post that it refused."""


class TurnTaking(WebClient):
    """The SDK's client for foreign code: a post waits for its turn, or is refused like Slack's own.

    What Slack refuses teaches the lane, and is raised as ever.
    """

    turn: Turn

    def api_call(self, api_method: str, **request: Any) -> SlackResponse:
        if api_method not in POSTING:
            return super().api_call(api_method, **request)
        body = request.get("json") or request.get("data") or request.get("params") or {}
        if refusal := self.turn.take(str(body.get("channel") or "")):
            told = {"ok": False, "error": "ratelimited"}
            raise SlackApiError(refusal, told)  # type: ignore[no-untyped-call]
        try:
            return super().api_call(api_method, **request)
        except SlackApiError as error:
            self.turn.learn(_read(error.response))
            raise


def turn_taking_client(token: str, turn: Turn) -> WebClient:
    """What listeners get as `client`."""
    client = _on_our_terms(TurnTaking, token, TIMEOUT)
    client.turn = turn
    return client


def web_client(token: str | None = None, *, timeout: int = TIMEOUT) -> WebClient:
    """The SDK's client on our terms; Bolt gets its clients here too."""
    return _on_our_terms(WebClient, token, timeout)


def _on_our_terms[C: WebClient](kind: type[C], token: str | None, timeout: int) -> C:
    client = kind(
        token=token,
        base_url=f"{settings.SLACK_URL}/api/",
        timeout=timeout,
        ssl=TLS,
        retry_handlers=[],
    )
    # The SDK takes a proxy from the environment but not the exceptions from it.
    host = urlsplit(settings.SLACK_URL).hostname or ""
    if settings.SLACK_URL.startswith("http://") or proxy_bypass(host):
        client.proxy = None
    return client


def call(method: str, *, token: str, **arguments: object) -> Answer:
    """What Slack makes of one request; never raises for anything that Slack or the network does.

    Arguments travel as a form, which every method reads; lists and objects as JSON inside it.
    """
    return _ask(web_client(token), method, data=_form(arguments))


def test_token(token: str) -> Answer:
    """Whose token it is and whether it lives: auth.test, with the short timeout."""
    return _ask(web_client(token, timeout=SHORT_TIMEOUT), "auth.test", data={})


def exchange_code(*, client_id: str, client_secret: str, code: str, redirect_uri: str) -> Answer:
    """Trade the code of an OAuth redirect for a token: oauth.v2.access."""
    return _ask(
        web_client(),
        "oauth.v2.access",
        data={"code": code, "redirect_uri": redirect_uri},
        auth={"client_id": client_id, "client_secret": client_secret},
    )


def refresh(*, client_id: str, client_secret: str, refresh_token: str) -> Answer:
    """Trade a refresh token, which works once, for the next pair: oauth.v2.access."""
    return _ask(
        web_client(),
        "oauth.v2.access",
        data={"grant_type": "refresh_token", "refresh_token": refresh_token},
        auth={"client_id": client_id, "client_secret": client_secret},
    )


@dataclass(frozen=True)
class TeamDoor:
    """Calls with one team's token."""

    team: Team

    def call(self, method: str, **arguments: object) -> Answer:
        return call(method, token=self.team.bot_token, **arguments)


def for_team(team: Team) -> TeamDoor:
    return TeamDoor(team)


def respond(response_url: str, message: Mapping[str, object]) -> Answer:
    """Answer a click or a command at the address that came with it: five times in 30 minutes."""
    address, base = urlsplit(response_url), urlsplit(settings.SLACK_URL)
    ours = (base.scheme, base.netloc), ("https", "hooks.slack.com")
    if (address.scheme, address.netloc) not in ours:
        return Rejected("foreign_response_url", "The address to answer at is not Slack's.")
    client = WebhookClient(response_url, timeout=TIMEOUT, ssl=TLS, retry_handlers=[])
    client.proxy = web_client().proxy
    try:
        response = client.send_dict(dict(message))
    except URLError as error:
        return _unsent(error)
    except (OSError, http.client.HTTPException, ValueError) as error:
        return Ambiguous("no_answer", f"Slack's answer was lost ({type(error).__name__}).")
    # Unlike a method's, a good answer may be the bare word "ok".
    done = response.status_code == 200
    body = {"ok": done} if done else _json(response.body)
    return read_answer(response.status_code, response.headers, body)


def _json(text: str) -> object:
    try:
        return json.loads(text)
    except ValueError:
        return None


def _form(arguments: Mapping[str, object]) -> dict[str, object]:
    return {
        name: json.dumps(value) if isinstance(value, list | dict) else value
        for name, value in arguments.items()
        if value is not None
    }


def _ask(
    client: WebClient,
    method: str,
    *,
    data: dict[str, object],
    auth: dict[str, str] | None = None,
) -> Answer:
    try:
        response = client.api_call(method, data=data, auth=auth)
    except SlackApiError as error:
        response = error.response
    except URLError as error:
        return _unsent(error)
    except (OSError, http.client.HTTPException, ValueError, SlackRequestError) as error:
        return Ambiguous("no_answer", f"Slack's answer was lost ({type(error).__name__}).")
    return _read(response)


def _read(response: SlackResponse) -> Answer:
    return read_answer(response.status_code, response.headers, response.data)


def _unsent(error: URLError) -> Answer:
    """URLError covers connecting and writing: only what surely came before is 'not now'."""
    reason = error.reason
    name = type(reason).__name__
    unroutable = isinstance(reason, OSError) and reason.errno in _NO_ROUTE
    if isinstance(reason, _NOT_CONNECTED) or unroutable:
        return NotNow("not_connected", f"Slack cannot be reached ({name}).", UNCONNECTED_WAIT)
    return Ambiguous("no_answer", f"The connection to Slack broke ({name}).")
