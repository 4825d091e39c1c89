"""The Slack apps of the hub under test: every workspace installs one of them, in turn."""

import secrets
from enum import StrEnum
from urllib.parse import parse_qs, urlsplit

from bench.chaos.arena import Arena
from slackhub.browser import Browser
from teams.evidence import DELIVERY_EVENT
from teams.models import SlackApp

# What Slack allows an app of the operator's own workspaces, in a minute.
HISTORY_READS = 50


class Kind(StrEnum):
    """What an app may know of its posts; also its slug."""

    TOLD = "told"
    READ = "read"
    PLAIN = "plain"

    @property
    def app_id(self) -> str:
        return f"A0CHAOS{self.upper()}"


def make_apps(arena: Arena) -> None:
    for number, kind in enumerate(Kind):
        app = SlackApp.objects.create(
            slug=kind,
            name=f"App that is {kind}",
            app_id=kind.app_id,
            client_id=f"1000.{number}",
            client_secret=secrets.token_hex(16),
            signing_secret=secrets.token_hex(16),
            delivery_events=kind is Kind.TOLD,
            history_reads=HISTORY_READS if kind is Kind.READ else 0,
        )
        address = f"{arena.public_url}/slack/{kind}"
        subscription = {"app_id": app.app_id, "event_type": DELIVERY_EVENT}
        document = {
            "name": app.name,
            "client_id": app.client_id,
            "client_secret": app.client_secret,
            "signing_secret": app.signing_secret,
            "redirect_urls": [f"{address}/oauth_redirect"],
            "request_url": f"{address}/events",
            "scopes": app.scope_list,
            "metadata_subscriptions": [subscription] if app.delivery_events else [],
        }
        arena.slack.control("PUT", f"apps/{app.app_id}", document)


def install(arena: Arena, kind: Kind, team_id: str) -> None:
    """As an administrator of the workspace would, through the hub's pages.

    Raises OSError when a page does not answer.
    """
    browser = Browser()
    url, _ = browser.open(f"{arena.public_url}/slack/{kind}/install")
    asked = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
    decision = asked | {"team": team_id, "decision": "allow"}
    browser.submit(f"{arena.slack.url}/oauth/v2/authorize/decide", decision)
