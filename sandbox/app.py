"""The HTTP server: the short path to the Web API, and the router for everything else."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from ssl import SSLContext

from aiohttp import web

from sandbox.api.dispatch import WebApi
from sandbox.certificate import certified
from sandbox.control import (
    acts,
    channels,
    modals,
    observe,
    orgs,
    place,
    sockets,
    steer,
    suggestions,
)
from sandbox.events import respond
from sandbox.pages import acting, consent, conversations, files, render, views, workspaces
from sandbox.routing import HttpError, Router, Visit, json_answer
from sandbox.sockets import link
from sandbox.state import Sandbox

_PARTS = (
    place,
    orgs,
    acts,
    modals,
    suggestions,
    channels,
    steer,
    observe,
    sockets,
    link,
    respond,
    consent,
    workspaces,
    conversations,
    acting,
    views,
    files,
    render,
)
_API = "/api/"
_FOR_PEOPLE = ("/w/", "/oauth/")
_SHUTDOWN_SECONDS = 1.0


class Front:
    """Calls the handler of a request."""

    def __init__(self, state: Sandbox) -> None:
        self._state = state
        self._api = WebApi(state)
        self._router = Router()
        for module in _PARTS:
            module.add_routes(self._router)

    async def __call__(self, request: web.BaseRequest) -> web.StreamResponse:
        path = request.path
        if path.startswith(_API):
            return await self._api(request, path[len(_API) :])
        try:
            handler, parts = self._router.find(request.method, path)
            return await handler(Visit(self._state, request, parts))
        except HttpError as error:
            if path.startswith(_FOR_PEOPLE):
                return render.page(
                    "refusal.html", error.status, code=error.status, sentence=error.sentence
                )
            return json_answer({"ok": False, "error": error.sentence}, error.status)


@asynccontextmanager
async def serving(
    state: Sandbox, host: str, port: int, *, tls: SSLContext | None = None
) -> AsyncIterator[list[int]]:
    """Listen; the chosen port while the block runs, and with `tls` a second one for that."""
    runner = web.ServerRunner(
        web.Server(Front(state), access_log=None, handler_cancellation=True),
        shutdown_timeout=_SHUTDOWN_SECONDS,
    )
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port).start()
        if tls:
            await web.TCPSite(runner, host, 0, ssl_context=tls).start()
        chosen = [int(address[1]) for address in runner.addresses]
        state.base_url = f"http://{host}:{chosen[0]}"
        yield chosen
    finally:
        state.faults.clear()
        await state.deliveries.close()
        state.schedule.clear()
        await state.sockets.close()
        await runner.cleanup()
        state.ledger.close()


async def run(
    state: Sandbox, host: str, port: int, port_file: Path | None, *, pem: Path | None = None
) -> None:
    """Serve until SIGINT or SIGTERM; where there is to be a `pem`, also over TLS."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    tls = certified(host, pem) if pem else None
    async with serving(state, host, port, tls=tls) as chosen:
        print(f"The sandbox listens on {state.base_url}", flush=True)
        if port_file:
            _write_whole(port_file, " ".join(map(str, chosen)))
        await stop.wait()


def _write_whole(path: Path, text: str) -> None:
    """No reader sees half a file."""
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    draft.write_text(text)
    draft.replace(path)
