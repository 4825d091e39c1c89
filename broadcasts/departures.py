"""Teams that were disconnected long ago are removed, with everything that was theirs.

Person by person: their deliveries, whose numbers stay on the runs, and then they; at last the
team. In commits of at most 1,000 deliveries, each under the team's lock and only while it is still
disconnected: whoever installs the app again meanwhile keeps what is left. Nothing remembers where
a removal stands; what is left says it.
"""

import logging
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Q

from broadcasts.models import Delivery, Run, Saying
from broadcasts.models.run import RunQuerySet
from broadcasts.retention import is_busy
from teams import hooks
from teams.models import Recipient, Team

logger = logging.getLogger(__name__)

BATCH = 1_000

_REMOVE = """
    WITH gone AS MATERIALIZED (
        SELECT id, run_id, state, key FROM broadcasts_delivery
        WHERE {which} AND team_id = %(team)s LIMIT %(limit)s FOR UPDATE
    ),
    copies AS (DELETE FROM broadcasts_copy c USING gone WHERE c.delivery_id = gone.id),
    removed AS (DELETE FROM broadcasts_delivery d USING gone WHERE d.id = gone.id)
    SELECT run_id, state, count(*),
           array_agg(DISTINCT split_part(key, ':', 2)) FILTER (WHERE key LIKE 'say:%%')
    FROM gone GROUP BY run_id, state
"""
# Each by an index that is there anyway: once_per_run, delivery_without_run, delivery_ready.
_OF_PEOPLE = _REMOVE.format(which="run_id = ANY(%(runs)s) AND target = ANY(%(targets)s)")
_WITHOUT_RUN = _REMOVE.format(which="run_id IS NULL")
_READY = _REMOVE.format(which="run_id = ANY(%(runs)s) AND state = 'ready'")

# What they count as from now on: nothing waits any more, and a mark so old has no sender.
_COUNTS_AS = {
    Delivery.State.READY: Delivery.State.SKIPPED,
    Delivery.State.POSTING: Delivery.State.UNKNOWN,
}


def remove_departed(now: datetime, seconds: float) -> int:
    """Remove for so long, or until lanes have work; how many teams are gone for good.

    One that cannot be removed is logged, and stands in no other's way.
    """
    before = now - timedelta(days=settings.KEEP_DISCONNECTED_DAYS)
    end = time.monotonic() + seconds
    total = 0
    departed = Team.objects.departed(before).order_by("state_at", "pk")
    for team in list(departed.values_list("pk", flat=True)):
        try:
            for is_gone in _removal(team, before):
                total += is_gone
                if time.monotonic() > end or is_busy():
                    return total
        except Exception:
            logger.exception("Team %s could not be removed", team)
    return total


def _removal(team_pk: int, before: datetime) -> Iterator[bool]:
    """After each commit, whether the team is gone now; ends early where it has to wait."""
    more = True
    while more:
        with transaction.atomic():
            team = _departed(team_pk, before)
            if team is None or _is_being_made_for(team_pk):
                return
            more = _remove_people(team) or _remove(_WITHOUT_RUN, team) == BATCH
            is_gone = not more and _remove_team(team)
        yield is_gone


def _departed(pk: int, before: datetime) -> Team | None:
    """Locked; None when it has come back, or is in other hands."""
    teams = Team.objects.departed(before).defer("bot_token", "refresh_token")
    return teams.select_for_update(skip_locked=True).filter(pk=pk).first()


def _runs_of(team_pk: int) -> RunQuerySet:
    """Those that may have deliveries of the team: the first chunk writes down its teams."""
    return Run.objects.filter(audience__order__contains=[team_pk], removed_at=None)


def _is_being_made_for(team_pk: int) -> bool:
    """Whether a run may be about to make deliveries of people that it has read already."""
    begins = Q(audience__teams__contains=[team_pk]) | ~Q(audience__groups=[])
    touched = Q(audience__order__contains=[team_pk]) | ~Q(audience__has_key="order") & begins
    return Run.objects.begun().filter(touched, expanded_at=None).exists()


def _remove_people(team: Team) -> bool:
    """Some people and channels, with their deliveries; whether any were left."""
    runs = list(_runs_of(team.pk).values_list("pk", flat=True))
    page = max(1, BATCH // max(1, len(runs)))
    people = list(team.recipients.order_by("pk").values_list("pk", "slack_id")[:page])
    targets = [target for _, slack_id in people for target in _targets(team, slack_id)]
    if _remove(_OF_PEOPLE, team, runs=runs, targets=targets) < BATCH:
        Recipient.objects.filter(pk__in=[pk for pk, _ in people]).delete()
    return bool(people)


def _targets(team: Team, slack_id: str) -> list[str]:
    """What a delivery to them may be called, also from before the team joined an organisation."""
    scopes = {team.team_id, team.enterprise_id} - {""}
    return [slack_id, *(f"{scope}:{slack_id}" for scope in sorted(scopes))]


def _remove_team(team: Team) -> bool:
    """The row, and what a run has made that met its people as they went."""
    runs = list(_runs_of(team.pk).begun().values_list("pk", flat=True))
    if _remove(_READY, team, runs=runs) == BATCH:
        return False
    hooks.run_removing(team)
    logger.warning("Team %s (%s) is removed: disconnected since %s", team.pk, team, team.state_at)
    team.delete()
    return True


class _Gone(NamedTuple):
    run: int | None
    state: str
    rows: int
    sayings: list[str] | None


def _remove(statement: str, team: Team, **which: list[int] | list[str]) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement, {**which, "team": team.pk, "limit": BATCH})
        gone = [_Gone(*row) for row in cursor.fetchall()]
    _note(gone)
    said = {int(pk) for one in gone for pk in one.sayings or () if pk.isdecimal()}
    Saying.objects.filter(pk__in=said).forget_unheard()
    return sum(one.rows for one in gone)


def _note(gone: Iterable[_Gone]) -> None:
    counts: dict[int, Counter[str]] = defaultdict(Counter)
    for one in gone:
        if one.run is not None:
            counts[one.run][_COUNTS_AS.get(Delivery.State(one.state), one.state)] += one.rows
    for run in Run.objects.select_for_update(no_key=True).filter(pk__in=counts).order_by("pk"):
        run.note_departed(counts[run.pk])
