"""Control verbs about Socket Mode: who is connected, and how a connection ends."""

from aiohttp.web import StreamResponse

from sandbox.routing import HttpError, Router, Visit, json_answer
from sandbox.sockets.connection import WARNING_SECONDS, Connection, Reason
from sandbox.world.workspace import Doc


def add_routes(router: Router) -> None:
    router.route("GET", "/control/sockets")(get_sockets)
    router.route("POST", "/control/sockets/disconnect")(post_disconnect)
    router.route("POST", "/control/sockets/silence")(post_silence)
    router.route("POST", "/control/sockets/reset")(post_reset)
    router.route("POST", "/control/sockets/tear")(post_tear)
    router.route("POST", "/control/sockets/close")(post_close)


async def get_sockets(visit: Visit) -> StreamResponse:
    chosen = visit.state.sockets.of_app(visit.query.get("app_id"))
    return json_answer([each.document() for each in chosen])


async def post_disconnect(visit: Visit) -> StreamResponse:
    """`reason`, and `seconds` until the connection closes (a warning: 10, else 0)."""
    wanted = await visit.json()
    try:
        reason = Reason(str(wanted.get("reason", Reason.REFRESH)))
    except ValueError:
        raise HttpError(400, f"reason is one of {', '.join(Reason)}") from None
    usual = WARNING_SECONDS if reason is Reason.WARNING else 0.0
    seconds = float(wanted.get("seconds", usual))
    chosen = _chosen(visit, wanted)
    for connection in chosen:
        visit.state.sockets.start(connection.disconnect(reason, seconds))
    return _told(chosen)


async def post_silence(visit: Visit) -> StreamResponse:
    """The line dies without a FIN: nothing is sent or answered any more, pings included."""
    chosen = _chosen(visit, await visit.json())
    for connection in chosen:
        connection.silent = True
    return _told(chosen)


async def post_reset(visit: Visit) -> StreamResponse:
    chosen = _chosen(visit, await visit.json())
    for connection in chosen:
        connection.reset()
    return _told(chosen)


async def post_tear(visit: Visit) -> StreamResponse:
    chosen = _chosen(visit, await visit.json())
    for connection in chosen:
        connection.tear()
    return _told(chosen)


async def post_close(visit: Visit) -> StreamResponse:
    """Close without having said why."""
    chosen = _chosen(visit, await visit.json())
    for connection in chosen:
        visit.state.sockets.start(connection.close())
    return _told(chosen)


def _chosen(visit: Visit, wanted: Doc) -> list[Connection]:
    """The connection of that id, or the oldest `count` of the app, else all of it."""
    connections = visit.state.sockets.of_app(str(wanted.get("app_id")))
    if wanted.get("connection"):
        connections = [each for each in connections if each.id == wanted["connection"]]
    count = wanted.get("count")
    return connections if count is None else connections[: int(count)]


def _told(chosen: list[Connection]) -> StreamResponse:
    return json_answer({"connections": [each.id for each in chosen]})
