"""From an HTTP request to a method and back: token, faults, limits, scope, answer."""

import asyncio
import json

from aiohttp.web import BaseRequest, Response

import sandbox.api.auth
import sandbox.api.bots
import sandbox.api.channels
import sandbox.api.conversations
import sandbox.api.directory
import sandbox.api.editing
import sandbox.api.ephemeral
import sandbox.api.files
import sandbox.api.history
import sandbox.api.joining
import sandbox.api.memberships
import sandbox.api.posting
import sandbox.api.reactions
import sandbox.api.scheduling
import sandbox.api.usergroups
import sandbox.api.views  # noqa: F401  each of these fills the table of methods
from sandbox.api.arguments import read_arguments, read_client, read_token
from sandbox.api.connections import APP_METHODS
from sandbox.api.errors import RateLimited, SlackError
from sandbox.api.faults import FaultKind, Hit
from sandbox.api.methods import METHODS, Call, Method, missing_scope
from sandbox.api.oauth_access import OAUTH_METHODS
from sandbox.api.orgs import placed
from sandbox.state import Sandbox
from sandbox.world.apps import Death, Installation
from sandbox.world.workspace import Doc

_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
_JSON = "application/json; charset=utf-8"


class WebApi:
    """Answers everything under /api/."""

    def __init__(self, state: Sandbox) -> None:
        self._state = state

    async def __call__(self, request: BaseRequest, name: str) -> Response:
        state = self._state
        state.counts.requests[name] += 1
        state.open_requests += 1
        try:
            return await self._answer(request, name)
        except SlackError as refusal:
            return answer({"ok": False, "error": refusal.code} | refusal.extra)
        finally:
            state.open_requests -= 1

    async def _answer(self, request: BaseRequest, name: str) -> Response:
        args = await read_arguments(request)
        oauth = OAUTH_METHODS.get(name)
        if oauth:
            hit = self._state.faults.hit("", name) if self._state.faults.active else None
            done = await self._fail(request, hit, None) if hit else None
            if done:
                return done
            said = answer(oauth(self._state, args, *read_client(request, args)))
            if hit:
                await self._delay_or_drop(request, hit)
            return said
        method = METHODS.get(name)
        if method is None:
            return await self._answer_app(request, name, args)
        token = read_token(request, args) or ""
        installation = placed(self._authenticate(token), name, args)
        call = Call(self._state, args, installation, token)
        return await self._carry_out(request, name, method, call)

    async def _answer_app(self, request: BaseRequest, name: str, args: Doc) -> Response:
        """The methods of an app-level token, which belongs to no workspace."""
        run = APP_METHODS.get(name)
        if run is None:
            raise SlackError("unknown_method", req_method=name)
        hit = self._state.faults.hit("", name) if self._state.faults.active else None
        failed = await self._fail(request, hit, None) if hit else None
        if failed:
            return failed
        try:
            response = answer(run(self._state, request, args))
        except RateLimited as limited:
            return self._too_many(limited.seconds, None)
        if hit:
            await self._delay_or_drop(request, hit)
        return response

    async def _carry_out(
        self, request: BaseRequest, name: str, method: Method, call: Call
    ) -> Response:
        installation = call.installation
        app_id, team_id = installation.app.app_id, installation.workspace.team_id
        headers = {"x-oauth-scopes": ",".join(installation.scopes), "Content-Type": _JSON}
        hit = self._state.faults.hit(team_id, name) if self._state.faults.active else None
        if hit:
            failed = await self._fail(request, hit, installation)
            if failed:
                return failed
        try:
            if method.tier:
                wait = self._state.limits.wait_for_method(app_id, team_id, name, method.tier)
                if wait:
                    raise RateLimited(wait)
            if method.scope and method.scope not in installation.scopes:
                raise missing_scope(method.scope, installation.scopes)
            document = method.run(call)
        except RateLimited as limited:
            return self._too_many(limited.seconds, installation)
        except SlackError as refusal:
            document = {"ok": False, "error": refusal.code} | refusal.extra
        response = Response(body=_encode(document).encode(), headers=headers)
        if hit:
            await self._delay_or_drop(request, hit)
        return response

    def _authenticate(self, token: str) -> Installation:
        if not token:
            raise SlackError("not_authed")
        installation = self._state.installations.by_token.get(token)
        if installation is None:
            raise SlackError(self._state.installations.dead.get(token, "invalid_auth"))
        if self._state.rotation.is_expired(token):
            raise SlackError(Death.EXPIRED)
        return installation

    async def _fail(
        self, request: BaseRequest, hit: Hit, installation: Installation | None
    ) -> Response | None:
        """The answer of a fault that keeps the call from being carried out."""
        if hit.kind in (None, FaultKind.ACCEPT_THEN_DROP):
            return None
        # Before the wait: a fault that is cleared meanwhile must not hang for ever.
        cleared = self._state.faults.cleared
        await asyncio.sleep(hit.delay)
        if hit.kind is FaultKind.STORM_429:
            return self._too_many(hit.fault.retry_after, installation)
        if hit.kind is FaultKind.ERROR:
            return answer({"ok": False, "error": hit.fault.error})
        self._state.counts.ambiguous += 1
        if hit.kind is FaultKind.HANG:
            await cleared.wait()
            _drop(request)
        if hit.kind is FaultKind.NOT_JSON:
            return Response(text="<!doctype html><title>Server error</title>")
        status = 503 if hit.kind is FaultKind.HTTP_503 else 500
        return Response(status=status, text="upstream failure")

    async def _delay_or_drop(self, request: BaseRequest, hit: Hit) -> None:
        """What a fault does to the answer of a call that was carried out."""
        await asyncio.sleep(hit.delay)
        if hit.kind is FaultKind.ACCEPT_THEN_DROP:
            self._state.counts.ambiguous += 1
            _drop(request)

    def _too_many(self, seconds: int, installation: Installation | None) -> Response:
        if installation:
            place = installation.app.app_id, installation.workspace.team_id
            self._state.counts.rate_limited[place] += 1
        return answer(
            {"ok": False, "error": "ratelimited"}, status=429, retry_after=max(1, seconds)
        )


def answer(document: Doc, *, status: int = 200, retry_after: int | None = None) -> Response:
    headers = {"Content-Type": _JSON}
    if retry_after is not None:
        headers["Retry-After"] = str(retry_after)
    return Response(status=status, body=_encode(document).encode(), headers=headers)


def _drop(request: BaseRequest) -> None:
    """Cut the connection; the answer that follows goes nowhere."""
    if request.transport is not None:
        request.transport.abort()
