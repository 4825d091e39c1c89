"""Control verbs that change how the sandbox behaves, or make something happen in it."""

import time
from dataclasses import asdict, fields

from aiohttp.web import StreamResponse

from sandbox.api.faults import Fault, FaultKind
from sandbox.routing import HttpError, Router, Visit, json_answer
from sandbox.state import Answers, Sandbox
from sandbox.world.workspace import Doc


def add_routes(router: Router) -> None:
    router.route("PUT", "/control/limits")(put_limits)
    router.route("PUT", "/control/faults")(put_faults)
    router.route("DELETE", "/control/faults")(delete_faults)
    router.route("PUT", "/control/answers")(put_answers)
    router.route("PUT", "/control/clock")(put_clock)
    router.route("POST", "/control/workspaces/{team}/events")(post_event)
    router.route("POST", "/control/reset")(post_reset)


async def put_limits(visit: Visit) -> StreamResponse:
    changes = await visit.json()
    team_id = changes.pop("team_id", None)
    try:
        rules = visit.state.limits.change(team_id, changes)
    except ValueError as error:
        raise HttpError(400, str(error)) from None
    return json_answer(asdict(rules))


async def put_faults(visit: Visit) -> StreamResponse:
    wanted = await visit.json()
    try:
        kind = FaultKind(str(wanted.get("kind")))
    except ValueError:
        raise HttpError(400, f"kind is one of {', '.join(FaultKind)}") from None
    latency = wanted.get("latency") or {}
    seconds = wanted.get("seconds")
    fault = Fault(
        kind=kind,
        team_id=wanted.get("team_id"),
        methods=wanted.get("methods"),
        rate=float(wanted.get("rate", 1)),
        count=wanted.get("count"),
        until=None if seconds is None else time.monotonic() + float(seconds),
        error=str(wanted.get("error", "internal_error")),
        retry_after=int(wanted.get("retry_after", 1)),
        shortest=float(latency.get("min", 0)),
        longest=float(latency.get("max", latency.get("min", 0))),
    )
    visit.state.faults.active.append(fault)
    return json_answer({"ok": True, "faults": len(visit.state.faults.active)})


async def delete_faults(visit: Visit) -> StreamResponse:
    visit.state.faults.clear()
    return json_answer({"ok": True})


async def put_answers(visit: Visit) -> StreamResponse:
    wanted = await visit.json()
    if unknown := wanted.keys() - {field.name for field in fields(Answers)}:
        raise HttpError(400, f"no such answer: {', '.join(sorted(unknown))}")
    for name, value in wanted.items():
        setattr(visit.state.answers, name, value)
    return json_answer(asdict(visit.state.answers))


async def put_clock(visit: Visit) -> StreamResponse:
    """`scale` stretches retry waits; `advance` ages codes, tokens and response URLs."""
    wanted = await visit.json()
    if "scale" in wanted:
        visit.state.clock.scale = float(wanted["scale"])
    visit.state.clock.advance(float(wanted.get("advance", 0)))
    return json_answer({"scale": visit.state.clock.scale})


async def post_event(visit: Visit) -> StreamResponse:
    wanted = await visit.json()
    installation = visit.installation(str(wanted.get("app_id")), visit.path["team"])
    event = wanted.get("event")
    if not isinstance(event, dict):
        raise HttpError(400, "event is an object")
    send, given = visit.state.deliveries.send, wanted.get("event_id")
    if "count" not in wanted:
        return json_answer({"event_id": send(installation, event, event_id=given)})
    copies = [_copy(visit.state, event) for _ in range(int(wanted["count"]))]
    return json_answer({"event_ids": [send(installation, each) for each in copies]})


def _copy(state: Sandbox, event: Doc) -> Doc:
    """One of many like it: the times by which an app would tell them apart are its own."""
    ts = state.clock.ts()
    return event | {"event_ts": ts} | ({"ts": ts} if "ts" in event else {})


async def post_reset(visit: Visit) -> StreamResponse:
    visit.state.reset()
    return json_answer({"ok": True})
