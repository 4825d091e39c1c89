"""The whole sandbox as one object: what every method, page and control verb works on."""

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from sandbox.api.faults import Faults
from sandbox.api.limits import Limits
from sandbox.clock import Clock
from sandbox.events.delivery import Deliveries
from sandbox.events.response_urls import ResponseUrls
from sandbox.events.triggers import Triggers
from sandbox.ledger import Ledger
from sandbox.oauth_codes import OAuthCodes
from sandbox.rotation import Rotation
from sandbox.scheduled import Schedule
from sandbox.sockets.pool import Sockets
from sandbox.world.apps import Installation, Installations, SlackApp
from sandbox.world.files import Files
from sandbox.world.people import bot_user
from sandbox.world.seeds import demo_workspaces
from sandbox.world.views import Views
from sandbox.world.workspace import Workspace


@dataclass(slots=True)
class Counts:
    """What happened since the start or the last reset, for /control/summary."""

    requests: Counter[str] = field(default_factory=Counter)
    posts: Counter[tuple[str, str]] = field(default_factory=Counter)
    """By app and team."""
    rate_limited: Counter[tuple[str, str]] = field(default_factory=Counter)
    """429 answers by app and team."""
    ambiguous: int = 0
    """Answers that leave the caller in doubt: dropped, hung, 5xx, not JSON."""


@dataclass(slots=True)
class Answers:
    """Codes and sizes that Slack does not document; each can be played another way."""

    post_to_deactivated: str = "channel_not_found"
    post_to_bot: str = "cannot_dm_bot"
    post_to_stranger: str = "channel_not_found"
    long_text: str = ""
    """The error for text above 40,000 characters; empty: cut it and warn."""
    blocks_chars: int = 13_200
    metadata_chars: int = 8_000
    refresh_grace: float = 0.0
    """Seconds for which a refresh token that was used still works."""
    token_lifetime: int = 43_200
    """Seconds that a bot token lives where tokens rotate."""
    users_list_limit_required: int = 0
    """users.list without `limit` fails above this many people; 0: never."""
    socket_mode_off: str = "forbidden_team"
    """What apps.connections.open answers an app that is not in Socket Mode."""
    eleventh_connection: str = "refused"
    """Or "oldest_dropped": which one is told `too_many_websockets`."""
    connection_seconds: float = 3_600.0
    """How long a WebSocket lasts before Slack wants a new one."""


class Sandbox:
    """`seed` is "demo" or "none"; `base_url` is known once the server listens."""

    def __init__(self, folder: Path, *, seed: str = "none", scale: float = 1.0) -> None:
        self._seed, self._scale = seed, scale
        self.ledger = Ledger(folder)
        self.clock = Clock(scale)
        self.base_url = ""
        self.open_requests = 0
        self.sockets = Sockets(self.clock)
        self.deliveries = Deliveries(self.clock, self.sockets)
        self.schedule = Schedule(self.clock)
        self._fill()

    def _fill(self) -> None:
        self.workspaces: dict[str, Workspace] = {}
        self.apps: dict[str, SlackApp] = {}
        self.installations = Installations()
        self.limits = Limits()
        self.limited_minutes: dict[tuple[str, str], int] = {}
        self.faults = Faults()
        self.answers = Answers()
        self.counts = Counts()
        self.rotation = Rotation(self.clock, self.installations)
        self.codes = OAuthCodes(self.clock)
        self.response_urls = ResponseUrls(self.clock)
        self.triggers = Triggers(self.clock)
        self.views = Views()
        self.files = Files()
        self.clock.reset(self._scale)
        if self._seed == "demo":
            self.workspaces.update((each.team_id, each) for each in demo_workspaces())

    def reset(self) -> None:
        """Back to the state at the start, with an empty ledger."""
        self.faults.clear()
        self.deliveries.clear()
        self.schedule.clear()
        self.sockets.clear()
        self._fill()
        self.ledger.clear()

    def install(
        self, app: SlackApp, workspace: Workspace, scopes: list[str], installer: str
    ) -> Installation:
        """Install an app and let its bot user into the workspace."""
        installation = self.installations.install(app, workspace, scopes, installer)
        if app.token_rotation:
            self.rotation.begin(installation, self.answers.token_lifetime)
        workspace.users[installation.bot_user_id] = bot_user(
            workspace.team_id,
            installation.bot_user_id,
            app.name,
            app_id=app.app_id,
            bot_id=installation.bot_id,
        )
        return installation

    def app_of_client(self, client_id: str) -> SlackApp | None:
        return next((app for app in self.apps.values() if app.client_id == client_id), None)
