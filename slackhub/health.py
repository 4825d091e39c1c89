"""What a load balancer asks: is the process alive, and can the hub do its work."""

from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from redis import Redis, RedisError

from bots.models import Runner
from broadcasts.models import Engine
from teams.models import SlackApp

# A tick that travelled Beat -> broker -> worker longer ago than this says that one of them is away.
LATEST_TICK = timedelta(seconds=60)
_UNKNOWN = {"tick": "unknown", "sockets": "unknown"}


@never_cache
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """The process answers. Nothing else is asked: a restart cures no database."""
    return HttpResponse("ok\n", content_type="text/plain")


@never_cache
@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """A word for each part; 503 when one of them stops the hub's work.

    A workspace whose token is dead is that workspace's trouble and never turns this red.
    """
    parts = {**_database(datetime.now(UTC)), "redis": _redis()}
    is_ready = all(word in ("ok", "none yet", "not needed") for word in parts.values())
    return JsonResponse({"ready": is_ready, **parts}, status=200 if is_ready else 503)


def _database(now: datetime) -> dict[str, str]:
    try:
        if _pending():
            return {"database": "ok", "migrations": "pending", **_UNKNOWN}
        return {"database": "ok", "migrations": "ok", "tick": _tick(now), "sockets": _sockets(now)}
    except DatabaseError:
        return {"database": "away", "migrations": "unknown", **_UNKNOWN}


def _pending() -> bool:
    executor = MigrationExecutor(connection)
    return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def _tick(now: datetime) -> str:
    sent_at = Engine.objects.values_list("ticked_at", flat=True).first()
    if sent_at is None:
        return "none yet"
    return "ok" if now - sent_at < LATEST_TICK else "late"


def _sockets(now: datetime) -> str:
    """Whether a run_bots lives where an app needs one; whom Slack refuses is that app's trouble."""
    slugs = SlackApp.objects.enabled().filter(transport=SlackApp.Transport.SOCKET)
    wanted = set(slugs.values_list("slug", flat=True))
    if not wanted:
        return "not needed"
    served = set(Runner.objects.living(now).values_list("only", flat=True))
    return "ok" if "" in served or wanted <= served else "away"


def _redis() -> str:
    try:
        with Redis.from_url(settings.REDIS_URL, socket_timeout=2) as client:
            client.ping()
    except RedisError:
        return "away"
    return "ok"
