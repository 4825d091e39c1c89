"""One small router for the control API and the pages; the Web API has its own short path."""

import json
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from aiohttp.web import BaseRequest, Response, StreamResponse

from sandbox.state import Sandbox
from sandbox.world.apps import Installation
from sandbox.world.workspace import Workspace

_dumps = json.JSONEncoder(ensure_ascii=False).encode


class HttpError(Exception):
    """An answer other than 200, with a sentence for the person or test that asked."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status
        self.sentence = sentence


@dataclass(slots=True)
class Visit:
    """One request to a control verb or a page; `path` holds the named parts of the address."""

    state: Sandbox
    request: BaseRequest
    path: dict[str, str]

    @property
    def query(self) -> dict[str, str]:
        return dict(self.request.query)

    async def json(self) -> dict[str, Any]:
        try:
            value = json.loads(await self.request.read() or b"{}")
        except ValueError:
            raise HttpError(400, "the body is not JSON") from None
        if not isinstance(value, dict):
            raise HttpError(400, "the body is not a JSON object")
        return value

    async def form(self) -> dict[str, str]:
        return {key: str(value) for key, value in (await self.request.post()).items()}

    async def fields(self) -> dict[str, list[str]]:
        """A form of which some fields come several times."""
        form = await self.request.post()
        return {key: [str(value) for value in form.getall(key)] for key in form}

    def workspace(self, team_id: str | None = None) -> Workspace:
        team_id = team_id or self.path.get("team", "")
        workspace = self.state.workspaces.get(team_id)
        if workspace is None:
            raise HttpError(404, f"no workspace {team_id}")
        return workspace

    def installation(self, app_id: str, team_id: str) -> Installation:
        installation = self.state.installations.find(app_id, team_id)
        if installation is None:
            raise HttpError(404, f"app {app_id} is not installed in {team_id}")
        return installation


type Handler = Callable[[Visit], Awaitable[StreamResponse]]


class Router:
    """Routes are tried in the order in which they were added."""

    def __init__(self) -> None:
        self._routes: list[tuple[str, re.Pattern[str], Handler]] = []

    def route(self, verb: str, pattern: str) -> Callable[[Handler], Handler]:
        """`pattern` is a path with `{name}` for one segment."""
        expression = re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", pattern))

        def register(handler: Handler) -> Handler:
            self._routes.append((verb, expression, handler))
            return handler

        return register

    def find(self, verb: str, path: str) -> tuple[Handler, dict[str, str]]:
        """The handler and the named parts; HttpError 404 or 405 when there is none."""
        known = False
        for route_verb, expression, handler in self._routes:
            match = expression.fullmatch(path)
            if match and route_verb == verb:
                return handler, match.groupdict()
            known = known or match is not None
        raise HttpError(405 if known else 404, "no such page" if not known else "wrong verb")


def json_answer(value: Any, status: int = 200) -> Response:
    return Response(status=status, body=_dumps(value).encode(), content_type="application/json")
