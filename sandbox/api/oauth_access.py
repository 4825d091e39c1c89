"""oauth.v2.access: a code from the consent page, or a refresh token, becomes a bot token."""

from collections.abc import Callable
from hmac import compare_digest

from sandbox.api.errors import SlackError
from sandbox.state import Sandbox
from sandbox.world.apps import Installation, SlackApp
from sandbox.world.workspace import Doc


def oauth_v2_access(state: Sandbox, args: Doc, client_id: str, client_secret: str) -> Doc:
    app = state.app_of_client(client_id)
    if app is None:
        raise SlackError("invalid_client_id")
    if not compare_digest(client_secret.encode(), app.client_secret.encode()):
        raise SlackError("bad_client_secret")
    match args.get("grant_type") or "authorization_code":
        case "authorization_code":
            return _redeem(state, app, args)
        case "refresh_token":
            return _refresh(state, app, str(args.get("refresh_token", "")))
    raise SlackError("invalid_grant_type")


def _redeem(state: Sandbox, app: SlackApp, args: Doc) -> Doc:
    grant = state.codes.find(str(args.get("code", "")))
    if grant is None or grant.app_id != app.app_id:
        raise SlackError("invalid_code")
    if grant.used:
        raise SlackError("code_already_used")
    if str(args.get("redirect_uri") or "") != grant.redirect_uri:
        raise SlackError("bad_redirect_uri")
    grant.used = True
    workspace = state.workspaces[grant.team_id]
    return installed(state, state.install(app, workspace, grant.scopes, grant.installer))


def _refresh(state: Sandbox, app: SlackApp, refresh_token: str) -> Doc:
    answers = state.answers
    known = state.rotation.owner(refresh_token)
    if known is None or known.app is not app:
        raise SlackError("invalid_refresh_token")
    installation = state.rotation.refresh(
        refresh_token, lifetime=answers.token_lifetime, grace=answers.refresh_grace
    )
    if installation is None:
        raise SlackError("invalid_refresh_token")
    document = installed(state, installation)
    del document["authed_user"]
    return document


def installed(state: Sandbox, installation: Installation) -> Doc:
    """The answer to an installation. It names no bot_id: that is asked of auth.test."""
    workspace = installation.workspace
    enterprise, of_org = workspace.enterprise, installation.org is not None
    document: Doc = {
        "ok": True,
        "app_id": installation.app.app_id,
        "authed_user": {"id": installation.installer},
        "scope": ",".join(installation.scopes),
        "token_type": "bot",
        "access_token": installation.token,
        "bot_user_id": installation.bot_user_id,
        "team": None if of_org else {"id": workspace.team_id, "name": workspace.name},
        "enterprise": {"id": enterprise["id"], "name": enterprise["name"]} if enterprise else None,
        "is_enterprise_install": of_org,
    }
    if installation.refresh_token:
        document["refresh_token"] = installation.refresh_token
        document["expires_in"] = state.answers.token_lifetime
    return document


OAUTH_METHODS: dict[str, Callable[[Sandbox, Doc, str, str], Doc]] = {
    "oauth.v2.access": oauth_v2_access,
}
"""The methods that take an app's client id and secret instead of a token."""
