"""Control verbs that tell what happened: health, ledger, summary, events."""

from dataclasses import asdict

from aiohttp.web import StreamResponse

from sandbox.routing import Router, Visit, json_answer


def add_routes(router: Router) -> None:
    router.route("GET", "/control/health")(get_health)
    router.route("GET", "/control/ledger")(get_ledger)
    router.route("GET", "/control/summary")(get_summary)
    router.route("GET", "/control/events")(get_events)


async def get_health(visit: Visit) -> StreamResponse:
    return json_answer({"ok": True})


async def get_ledger(visit: Visit) -> StreamResponse:
    query, ledger = visit.query, visit.state.ledger
    keep = {key: query[key] for key in ("team_id", "app_id") if query.get(key)}
    posts = []
    for post in ledger.since(int(query.get("since") or 0)):
        if any(post[key] != value for key, value in keep.items()):
            continue
        if query.get("metadata") != "1":
            del post["metadata"]
        posts.append(post)
    return json_answer({"posts": posts, "next": len(ledger)})


async def get_summary(visit: Visit) -> StreamResponse:
    """Counts since the start or the last reset, of one app or of all."""
    counts, app_id = visit.state.counts, visit.query.get("app_id")
    per_team: dict[str, dict[str, int]] = {}
    for name in ("posts", "rate_limited"):
        for (app, team), number in getattr(counts, name).items():
            if app_id in (None, app):
                team_counts = per_team.setdefault(team, {"posts": 0, "rate_limited": 0})
                team_counts[name] += number
    return json_answer(
        {
            "posts": sum(each["posts"] for each in per_team.values()),
            "rate_limited": sum(each["rate_limited"] for each in per_team.values()),
            "ambiguous": counts.ambiguous,
            "open_requests": visit.state.open_requests,
            "requests": dict(counts.requests),
            "per_team": per_team,
        }
    )


async def get_events(visit: Visit) -> StreamResponse:
    team_id = visit.query.get("team_id")
    log = visit.state.deliveries.log
    return json_answer([asdict(each) for each in log if team_id in (None, each.team_id)])
