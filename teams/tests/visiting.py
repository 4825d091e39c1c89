"""A person with a browser who installs an app: our pages, and the consent page of the sandbox."""

from dataclasses import dataclass, field
from http.client import HTTPConnection
from urllib.parse import parse_qs, urlencode, urlsplit

from django.conf import settings
from django.test import Client

from sandbox.testing import RunningSandbox
from teams.models import SlackApp
from teams.tests.factories import make_app


@dataclass
class Visitor:
    slack: RunningSandbox
    app: SlackApp
    browser: Client = field(default_factory=Client)

    def start(self) -> str:
        """The address at Slack that the button leads to."""
        return str(self.browser.get(f"/slack/{self.app.slug}/install")["Location"])

    def decide(self, address: str, team_id: str, decision: str = "allow") -> str:
        """Answer the consent page; where Slack sends the browser, without the host."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        form = urlencode({**asked, "team": team_id, "decision": decision})
        connection = HTTPConnection(self.slack.url.removeprefix("http://"), timeout=10)
        try:
            headers = {"Content-Type": "application/x-www-form-urlencoded"}
            connection.request("POST", "/oauth/v2/authorize/decide", form, headers)
            location = connection.getresponse().headers["Location"]
        finally:
            connection.close()
        return str(location).removeprefix(settings.PUBLIC_URL)

    def finish(self, callback: str) -> str:
        """Where our own redirect leads after Slack's."""
        response = self.browser.get(callback)
        assert response.status_code == 302, response.content
        return str(response["Location"])

    def install(self, team_id: str) -> str:
        return self.finish(self.decide(self.start(), team_id))


def make_visitor(slack: RunningSandbox) -> Visitor:
    """Somebody about to install a new app, which the sandbox knows as well."""
    app = make_app()
    register(slack, app)
    return Visitor(slack, app)


def register(slack: RunningSandbox, app: SlackApp) -> None:
    document = {
        "name": app.name,
        "client_id": app.client_id,
        "client_secret": app.client_secret,
        "signing_secret": app.signing_secret,
        "redirect_urls": [f"{settings.PUBLIC_URL}/slack/{app.slug}/oauth_redirect"],
    }
    slack.control("PUT", f"apps/{app.app_id}", document)


def make_workspace(slack: RunningSandbox, domain: str, people: int = 5) -> str:
    wanted = {"name": domain.title(), "domain": domain, "people": people, "channels": 3}
    return str(slack.control("POST", "workspaces", wanted)["team_id"])
