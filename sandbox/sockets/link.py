"""GET /link/: where an app opens a WebSocket with its ticket."""

from aiohttp.web import BaseRequest, StreamResponse, WebSocketResponse

from sandbox.routing import HttpError, Router, Visit
from sandbox.sockets.connection import Connection, Reason
from sandbox.sockets.pool import MOST
from sandbox.state import Sandbox
from sandbox.world.workspace import Doc

DEBUG_SECONDS = 360
"""How long a connection lasts that asks for `debug_reconnects`."""


def add_routes(router: Router) -> None:
    router.route("GET", "/link/")(get_link)


async def get_link(visit: Visit) -> StreamResponse:
    if not WebSocketResponse().can_prepare(visit.request):
        raise HttpError(400, "this address is for WebSockets")
    state, query = visit.state, visit.query
    app_id = state.sockets.redeem(query.get("ticket", ""))
    if app_id is None or app_id not in state.apps:
        raise HttpError(403, "this ticket is used or too old")
    seconds = state.answers.connection_seconds
    if query.get("debug_reconnects") == "true":
        seconds = DEBUG_SECONDS
    return await _serve(state, visit.request, app_id, seconds)


async def _serve(
    state: Sandbox, request: BaseRequest, app_id: str, seconds: float
) -> StreamResponse:
    """Stay with the connection until it is gone."""
    connection = Connection(app_id, request)
    response = await connection.prepare()
    if not _has_room(state, app_id):
        await connection.disconnect(Reason.TOO_MANY, 0)
        return response
    life = state.sockets.add(connection, seconds)
    try:
        await connection.say(_hello(state, connection, seconds))
        await connection.listen()
    except ConnectionError:
        return response
    finally:
        life.cancel()
        state.sockets.remove(connection)
    await connection.close()
    return response


def _has_room(state: Sandbox, app_id: str) -> bool:
    """The eleventh connection is refused, or takes the place of the oldest."""
    there = [each for each in state.sockets.of_app(app_id) if not each.leaving]
    if len(there) < MOST:
        return True
    if state.answers.eleventh_connection == "refused":
        return False
    state.sockets.start(there[0].disconnect(Reason.TOO_MANY, 0))
    return True


def _hello(state: Sandbox, connection: Connection, seconds: float) -> Doc:
    return {
        "type": "hello",
        "num_connections": len(state.sockets.of_app(connection.app_id)),
        "debug_info": {
            "host": connection.host,
            "build_number": 1,
            "approximate_connection_time": int(seconds),
        },
        "connection_info": {"app_id": connection.app_id},
    }
