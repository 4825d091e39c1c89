"""The admin's first page: is anything waiting for a person."""

from datetime import UTC, datetime
from typing import Any

from django.http import HttpRequest

from broadcasts.models import Delivery, Engine, Notice, Run
from teams.models import Team

SHOWN_RUNS = 5
SHOWN_NOTICES = 10


def numbers(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Adds what this member of staff may see to the context of admin/index.html."""
    may = request.user.has_perm
    facts: dict[str, Any] = {}
    if may("teams.view_team"):
        facts["connected"] = Team.objects.connected().count()
        facts["teams"] = Team.objects.count()
    if may("broadcasts.view_run"):
        now = datetime.now(UTC)
        runs = Run.objects.unfinished().select_related("broadcast")
        facts["running"] = runs.count()
        facts["runs"] = [(run, run.progress(now)) for run in runs[:SHOWN_RUNS]]
    if may("broadcasts.view_delivery"):
        facts["unknown"] = Delivery.objects.filter(state=Delivery.State.UNKNOWN).count()
    if may("broadcasts.view_notice"):
        # The hold has a banner of its own.
        notices = Notice.objects.open().exclude(kind=Notice.Kind.HUB_HELD)
        facts["notices"] = notices[:SHOWN_NOTICES]
        facts["more_notices"] = max(0, notices.count() - SHOWN_NOTICES)
    if may("broadcasts.view_engine"):
        facts["engine"] = Engine.get()
    return {**context, "facts": facts}
