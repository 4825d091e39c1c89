"""Slack apps as their settings page holds them, and where they are installed."""

import secrets
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from sandbox.world.ids import slack_id
from sandbox.world.workspace import Workspace


@dataclass(slots=True)
class SlackApp:
    """`events` is None for an app that subscribes to everything.

    `metadata_subscriptions` are `{"app_id", "event_type"}`, of which one may be "*". In Socket
    Mode nothing goes to `request_url` and `options_load_url`, which are kept for when the mode is
    switched off.
    `commands` are `{"command", "description", "usage_hint", "should_escape"}` or None for any
    command, `shortcuts`
    `{"type", "name", "callback_id"}`, where the type is "global" or "message".
    """

    app_id: str
    name: str
    client_id: str
    client_secret: str
    signing_secret: str
    redirect_urls: list[str] = field(default_factory=list)
    request_url: str | None = None
    options_load_url: str | None = None
    scopes: list[str] = field(default_factory=list)
    events: list[str] | None = None
    metadata_subscriptions: list[dict[str, str]] = field(default_factory=list)
    token_rotation: bool = False
    socket_mode: bool = False
    app_token: str = ""
    commands: list[dict[str, Any]] | None = None
    shortcuts: list[dict[str, str]] = field(default_factory=list)
    home_tab: bool = True
    messages_tab: bool = True
    messages_tab_read_only: bool = False
    app_token_scopes: list[str] = field(default_factory=lambda: ["connections:write"])


@dataclass(slots=True)
class Org:
    """An organisation with an app: its installation in each workspace that admins added it to."""

    there: dict[str, "Installation"] = field(default_factory=dict)


@dataclass(slots=True)
class Installation:
    """An app in a workspace; `tokens` are the bot tokens that work, the newest last.

    There is one, and for an app whose tokens rotate one or two. Where a whole organisation has
    the app, its workspaces share them with an installation in the organisation itself.
    """

    app: SlackApp
    workspace: Workspace
    scopes: list[str]
    bot_user_id: str
    bot_id: str
    installer: str
    tokens: list[str] = field(default_factory=list)
    refresh_token: str = ""
    org: Org | None = None

    @property
    def token(self) -> str:
        return self.tokens[-1]


class Death(StrEnum):
    """What a token that no longer works answers."""

    REVOKED = "token_revoked"
    UNINSTALLED = "account_inactive"
    EXPIRED = "token_expired"


class Installations:
    """All installations, by token and by app and workspace, and the tokens that died."""

    def __init__(self) -> None:
        self.by_token: dict[str, Installation] = {}
        self.dead: dict[str, Death] = {}
        self._by_team: dict[str, dict[str, Installation]] = {}

    def find(self, app_id: str, team_id: str) -> Installation | None:
        return self._by_team.get(team_id, {}).get(app_id)

    def of_team(self, team_id: str) -> list[Installation]:
        """The apps of a workspace, the one that came last at the end."""
        return [*self._by_team.get(team_id, {}).values()]

    def install(
        self, app: SlackApp, workspace: Workspace, scopes: list[str], installer: str
    ) -> Installation:
        """Give a new token; a token of the same app and workspace dies, its scopes stay."""
        before = self.find(app.app_id, workspace.team_id)
        if before:
            self._kill(before, Death.REVOKED)
            scopes = list(dict.fromkeys([*before.scopes, *scopes]))
        installation = Installation(
            app=app,
            workspace=workspace,
            scopes=scopes,
            bot_user_id=slack_id("U", workspace.team_id, app.app_id),
            bot_id=slack_id("B", workspace.team_id, app.app_id),
            installer=installer,
        )
        self.give_token(installation)
        self._by_team.setdefault(workspace.team_id, {})[app.app_id] = installation
        return installation

    def install_org(self, app: SlackApp, home: Workspace, scopes: list[str]) -> Installation:
        """One token for an organisation, whose stand-in is `home`; in no workspace yet."""
        installation = self.install(app, home, scopes, slack_id("W", home.team_id))
        installation.org = Org()
        return installation

    def add_to_workspace(self, of_org: Installation, workspace: Workspace) -> None:
        """An admin of the organisation lets the app into one of its workspaces."""
        assert of_org.org is not None
        added = replace(of_org, workspace=workspace, installer=workspace.owner["id"])
        of_org.org.there[workspace.team_id] = added
        self._by_team.setdefault(workspace.team_id, {})[of_org.app.app_id] = added

    def take_from_workspace(self, of_org: Installation, team_id: str) -> None:
        assert of_org.org is not None
        del of_org.org.there[team_id]
        del self._by_team[team_id][of_org.app.app_id]

    def give_token(self, installation: Installation) -> None:
        """One more bot token; that of an app whose tokens rotate says so."""
        rotating = "xoxe." if installation.app.token_rotation else ""
        token = f"{rotating}xoxb-{secrets.randbelow(10**12):012d}-{secrets.token_hex(12)}"
        installation.tokens.append(token)
        self.by_token[token] = installation

    def end_token(self, installation: Installation, token: str, death: Death) -> None:
        installation.tokens.remove(token)
        self.by_token.pop(token, None)
        self.dead[token] = death

    def remove(self, installation: Installation, death: Death) -> None:
        """Take the app out of the workspace; its token dies at once."""
        self._kill(installation, death)
        self._by_team.get(installation.workspace.team_id, {}).pop(installation.app.app_id, None)
        bot = installation.workspace.users.get(installation.bot_user_id)
        if bot:
            bot["deleted"] = True

    def _kill(self, installation: Installation, death: Death) -> None:
        for token in installation.tokens:
            self.by_token.pop(token, None)
            self.dead[token] = death
