"""What the demo tells: an app, three installs, their people, a broadcast that Beat fires."""

import secrets
import time
from collections.abc import Callable
from datetime import timedelta
from urllib.parse import parse_qs, urlencode, urlsplit

from django.conf import settings
from django.contrib.auth.models import User

from bots.models import Bot, Link, Reply
from broadcasts.clock import database_now
from broadcasts.models import Broadcast, Delivery, Message, Run
from slackhub.browser import Browser
from teams.models import Group, Lane, Recipient, SlackApp, Team

LOGIN = ("admin", "slackhub-demo")
# Just under the sandbox's limit of 300 a minute: nobody is asked to slow down.
PER_MINUTE = 285.0
AHEAD = timedelta(seconds=2)

_REPLIES = (
    (
        Reply.Kind.CONTAINS,
        "when is the market",
        "At noon, {{ first_name | default: 'friend' }}, before the town hall of {{ team }}.",
    ),
    (Reply.Kind.REGEXP, r"^thanks?\b", "You are welcome, <@{{ user_id }}>!"),
)


class Story:
    """Each step is told with `say`; `slack` is the sandbox's base address."""

    def __init__(self, say: Callable[[str], object]) -> None:
        self._say = say
        self._browser = Browser()
        self.slack = settings.SLACK_URL

    def make_login(self) -> None:
        name, password = LOGIN
        if not User.objects.filter(username=name).exists():
            User.objects.create_superuser(name, password=password)

    def make_app(self) -> SlackApp:
        """The app that Slack calls by HTTP, which sends the broadcast."""
        return self._register(
            slug="demo", name="Town Crier", app_id="A0DEMO0001", client_id="1000.1001"
        )

    def make_socket_app(self) -> SlackApp:
        """An app that no address of ours is told: run_bots listens for it."""
        return self._register(
            slug="demo-socket",
            name="Night Watch",
            app_id="A0DEMO0002",
            client_id="1000.1002",
            command="/watch",
            transport=SlackApp.Transport.SOCKET,
            app_token=f"xapp-{secrets.token_hex(16)}",
        )

    def make_bot(self, app: SlackApp) -> Bot:
        """What answers on this app: a file, and replies that staff may change in the admin."""
        bot = Bot.objects.create(name="crier", slack_app=app, modules="slackhub.demo_bot")
        for kind, trigger, text in _REPLIES:
            Reply.objects.create(bot=bot, kind=kind, trigger=trigger, text=text, enabled=True)
        return bot

    def _register(self, *, slug: str, **fields: str) -> SlackApp:
        """The same app at the sandbox and here, as an operator would register it at Slack."""
        app = SlackApp.objects.filter(slug=slug).first() or SlackApp.objects.create(
            slug=slug,
            client_secret=secrets.token_hex(16),
            signing_secret=secrets.token_hex(16),
            # Until Slack knows it too: run_bots would be refused, and wait before it tries again.
            enabled=False,
            **fields,
        )
        by_socket = app.transport == SlackApp.Transport.SOCKET
        address = f"{settings.PUBLIC_URL}/slack/{app.slug}/events"
        self._browser.json(
            "PUT",
            f"{self.slack}/control/apps/{app.app_id}",
            {
                "name": app.name,
                "client_id": app.client_id,
                "client_secret": app.client_secret,
                "signing_secret": app.signing_secret,
                "redirect_urls": [f"{settings.PUBLIC_URL}/slack/{app.slug}/oauth_redirect"],
                "request_url": None if by_socket else address,
                "options_load_url": None if by_socket else address,
                "socket_mode": by_socket,
                "app_token": app.app_token,
                # Where none are named, an app gets all that no other one is named for.
                "commands": [{"command": app.command}] if app.command else None,
                "scopes": app.scope_list,
            },
        )
        app.enabled = True
        app.save()
        return app

    def install(self, app: SlackApp, *, only: str = "") -> None:
        """Add to Slack, consent, and back, for each workspace of the sandbox or one alone."""
        for workspace in self._browser.json("GET", f"{self.slack}/control/workspaces"):
            if only and workspace["domain"] != only:
                continue
            url, _ = self._browser.open(f"{settings.PUBLIC_URL}/slack/{app.slug}/install")
            if not url.startswith(self.slack):
                # Bolt's own page between the button and Slack.
                raise RuntimeError(f"Add to Slack led to {url}, not to Slack's consent page.")
            asked = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
            choice = {"team": workspace["team_id"], "decision": "allow"}
            url, _ = self._browser.submit(f"{self.slack}/oauth/v2/authorize/decide", asked | choice)
            self._say(f"{workspace['name']} has installed {app.name}: {url}")
        Lane.objects.update(rate=PER_MINUTE, ceiling=PER_MINUTE)

    def wait_for_people(self, seconds: float = 60.0) -> None:
        """Until every team's first sync is done."""
        deadline = time.monotonic() + seconds
        while Team.objects.filter(synced_at=None).exists():
            if time.monotonic() > deadline:
                raise RuntimeError(f"The people were not synced within {seconds:g} s.")
            time.sleep(0.1)
        count = Recipient.objects.people().reachable().count()
        self._say(f"{count} reachable people of {Team.objects.count()} teams are synced")

    def wait_for_line(self, app: SlackApp, seconds: float = 60.0) -> None:
        """Until run_bots listens: Slack would tell of what is said before only minutes later."""
        deadline = time.monotonic() + seconds
        while not Link.objects.filter(slack_app=app, state=Link.State.OPEN).exists():
            if time.monotonic() > deadline:
                raise RuntimeError(f"{app.name} has no connection within {seconds:g} s.")
            time.sleep(0.1)

    def talk(self, app: SlackApp, words: str, answer: str, seconds: float = 30.0) -> None:
        """Somebody says this to the bot, which answers with what begins so."""
        team = app.teams.order_by("-pk")[0]
        workspace = f"{self.slack}/control/workspaces/{team.team_id}"
        users = self._browser.json("GET", f"{workspace}/users")
        user = next(user["id"] for user in users if user["reachable"])
        said = {"app_id": app.app_id, "user": user, "text": words}
        self._browser.json("POST", f"{workspace}/say", said)
        query = urlencode({"team_id": team.team_id, "app_id": app.app_id})
        deadline = time.monotonic() + seconds
        ledger = f"{self.slack}/control/ledger?{query}"
        while not any(
            post["text"].startswith(answer) for post in self._browser.json("GET", ledger)["posts"]
        ):
            if time.monotonic() > deadline:
                raise RuntimeError(f"{app.name} has not answered within {seconds:g} s.")
            time.sleep(0.1)
        self._say(f"{app.name} has answered in {team.name}: {words}")

    def compose(self, app: SlackApp) -> Broadcast:
        """A one-off for everybody in a moment, and a recurring one beside it."""
        news = Message.objects.create(
            name="Market news",
            text="*Hear ye, {{ first_name | default: name }}!*\n"
            "The market of {{ team }} opens at noon. Bring a basket, and a friend.",
        )
        lunch = Message.objects.create(
            name="Lunch", text="Lunch at noon, {{ first_name | default: name }}? Soup today."
        )
        once = Broadcast.objects.create(name="Market news, once", message=news)
        once.teams.set(app.teams.connected())
        recurring = Broadcast.objects.create(name="Lunch, Monday to Friday", message=lunch)
        recurring.groups.set([self._lunch_group(app)])
        now = database_now()
        recurring.schedule_crontab(
            minute="30", hour="11", day_of_week="mon-fri", zone="Europe/Berlin"
        )
        recurring.start(now)
        once.schedule_once(now + AHEAD)
        once.start(now)
        instant = f"{now + AHEAD:%H:%M:%S %Z}"
        self._say(f"'{once}' goes out at {instant}, '{recurring}' at 11:30 in Berlin")
        return once

    def wait_for_first(self, broadcast: Broadcast, seconds: float = 60.0) -> None:
        deadline = time.monotonic() + seconds
        sent = Delivery.objects.filter(run__broadcast=broadcast, state=Delivery.State.SENT)
        while not sent.exists():
            if time.monotonic() > deadline:
                raise RuntimeError(f"Nothing was delivered within {seconds:g} s.")
            time.sleep(0.05)
        self._say("the first message is delivered")

    def wait_for_end(self, broadcast: Broadcast, seconds: float = 540.0) -> None:
        """Until the run is finished, telling every ten seconds how far it is."""
        deadline = time.monotonic() + seconds
        told = time.monotonic()
        while not broadcast.runs.filter(state=Run.State.FINISHED).exists():
            if time.monotonic() > deadline:
                raise RuntimeError(f"The broadcast was not finished within {seconds:g} s.")
            if time.monotonic() > told + 10:
                told = time.monotonic()
                progress = broadcast.runs.get().progress(database_now())
                self._say(f"{progress.percent} % done, {progress.left} left")
            time.sleep(0.2)

    def _lunch_group(self, app: SlackApp) -> Group:
        team = app.teams.order_by("pk")[0]
        group = Group.objects.create(team=team, name="Lunch club")
        group.members.set(Recipient.objects.filter(team=team).people().reachable()[:5])
        return group
