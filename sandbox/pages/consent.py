"""The page on which a person allows an app into a workspace, as at /oauth/v2/authorize."""

from urllib.parse import urlencode, urlsplit

from aiohttp.web import Response, StreamResponse

from sandbox.pages.render import page, redirect
from sandbox.pages.scopes import sentence
from sandbox.routing import HttpError, Router, Visit
from sandbox.world.apps import SlackApp

_LOOPBACK = {"127.0.0.1", "localhost", "::1"}


def add_routes(router: Router) -> None:
    router.route("GET", "/oauth/v2/authorize")(get_authorize)
    router.route("POST", "/oauth/v2/authorize/decide")(post_decide)


async def get_authorize(visit: Visit) -> StreamResponse:
    query = visit.query
    asked = _checked(visit, query)
    if isinstance(asked, Response):
        return asked
    app, redirect_uri, scopes = asked
    workspaces = list(visit.state.workspaces.values())
    pinned = query.get("team", "")
    return page(
        "consent.html",
        app=app,
        scopes=[(scope, sentence(scope)) for scope in scopes],
        workspaces=[each for each in workspaces if each.team_id == pinned] or workspaces,
        installed={each.team_id for each in workspaces if _installed(visit, app, each.team_id)},
        host=urlsplit(redirect_uri).netloc,
        carried={
            key: query.get(key, "") for key in ("client_id", "redirect_uri", "scope", "state")
        },
    )


async def post_decide(visit: Visit) -> StreamResponse:
    form = await visit.form()
    asked = _checked(visit, form)
    if isinstance(asked, Response):
        return asked
    app, redirect_uri, scopes = asked
    state = form.get("state", "")
    if form.get("decision") != "allow":
        return redirect(_with(redirect_uri, {"error": "access_denied", "state": state}))
    workspace = visit.state.workspaces.get(form.get("team", ""))
    if workspace is None:
        raise HttpError(400, "choose a workspace")
    code = visit.state.codes.give(
        app_id=app.app_id,
        team_id=workspace.team_id,
        scopes=scopes,
        redirect_uri=form.get("redirect_uri", ""),
        installer=workspace.owner["id"],
    )
    return redirect(_with(redirect_uri, {"code": code, "state": state}))


def _checked(visit: Visit, asked: dict[str, str]) -> tuple[SlackApp, str, list[str]] | Response:
    """The app, where to send the person back to, and the scopes; else a page that says why not."""
    app = visit.state.app_of_client(asked.get("client_id", ""))
    if app is None:
        return _refusal("invalid_client_id", "No app has this client id.")
    redirect_uri = _redirect_uri(app, asked.get("redirect_uri", ""))
    if redirect_uri is None:
        return _refusal("bad_redirect_uri", "The app has not registered this redirect address.")
    scopes = [each.strip() for each in asked.get("scope", "").split(",") if each.strip()]
    if not scopes:
        return _refusal("no_scopes", "The app asks for no scope.")
    return app, redirect_uri, list(dict.fromkeys(scopes))


def _redirect_uri(app: SlackApp, asked: str) -> str | None:
    """A registered address or a path below one; it may be left out when there is only one."""
    if not asked:
        return app.redirect_urls[0] if len(app.redirect_urls) == 1 else None
    parts = urlsplit(asked)
    secure = parts.scheme == "https" or parts.hostname in _LOOPBACK
    known = any(
        asked == each or asked.startswith((each.rstrip("/") + "/", each + "?"))
        for each in app.redirect_urls
    )
    return asked if secure and known and not parts.fragment else None


def _installed(visit: Visit, app: SlackApp, team_id: str) -> bool:
    return visit.state.installations.find(app.app_id, team_id) is not None


def _refusal(code: str, sentence: str) -> Response:
    return page("refusal.html", 400, code=code, sentence=sentence)


def _with(address: str, values: dict[str, str]) -> str:
    return f"{address}{'&' if '?' in address else '?'}{urlencode(values)}"
