"""What needs a person, read off the rows at each tick: whoever paused or held something only
changes its own row. A notice opens when its cause appears and closes when that is gone.
"""

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Exists, Model, OuterRef, QuerySet

from broadcasts.models import Broadcast, Delivery, Engine, Notice, Run
from broadcasts.models.broadcast import PAUSED_WITH_BROADCAST
from teams.models import Team
from teams.models.team import BY_STAFF

logger = logging.getLogger(__name__)

Kind = Notice.Kind


@dataclass(frozen=True)
class Subject:
    """What a notice is about: one of each at most."""

    kind: str
    team: int | None = None
    broadcast: int | None = None
    run: int | None = None


@dataclass(frozen=True)
class Changes:
    """From the notices that are there to those that should be."""

    new: dict[Subject, str]
    reworded: dict[Subject, str]
    gone: set[Subject]


def reconcile(causes: dict[Subject, str], known: dict[Subject, str]) -> Changes:
    """Pure; both by subject, with the sentence."""
    return Changes(
        new={subject: sentence for subject, sentence in causes.items() if subject not in known},
        reworded={
            subject: sentence
            for subject, sentence in causes.items()
            if known.get(subject, sentence) != sentence
        },
        gone=known.keys() - causes.keys(),
    )


@transaction.atomic
def review(now: datetime) -> None:
    """Open and close notices as the rows demand."""
    current = {_subject(notice): notice for notice in Notice.objects.current()}
    known = {subject: notice.sentence for subject, notice in current.items()}
    changes = reconcile(dict(_causes(now)), known)
    Notice.objects.bulk_create(
        [_notice(subject, sentence, now) for subject, sentence in changes.new.items()],
        ignore_conflicts=True,
    )
    for subject, sentence in changes.reworded.items():
        Notice.objects.filter(pk=current[subject].pk).update(sentence=sentence, resolved_at=None)
    Notice.objects.filter(pk__in=[current[subject].pk for subject in changes.gone]).close(now)
    for sentence in changes.new.values():
        logger.warning("Needs a person: %s", sentence)


def _subject(notice: Notice) -> Subject:
    return Subject(notice.kind, notice.team_id, notice.broadcast_id, notice.run_id)


def _notice(subject: Subject, sentence: str, now: datetime) -> Notice:
    return Notice(
        kind=subject.kind,
        team_id=subject.team,
        broadcast_id=subject.broadcast,
        run_id=subject.run,
        sentence=sentence,
        created_at=now,
    )


def _causes(now: datetime) -> Iterator[tuple[Subject, str]]:
    yield from _hub()
    yield from _teams()
    yield from _broadcasts()
    yield from _runs()
    yield from _unknown(now)


def _hub() -> Iterator[tuple[Subject, str]]:
    for engine in Engine.objects.exclude(hold_reason=""):
        yield Subject(Kind.HUB_HELD), _said("Nothing is posted by this hub", engine.hold_reason)


def _teams() -> Iterator[tuple[Subject, str]]:
    paused = Team.objects.filter(state=Team.State.PAUSED)
    for pk, name, reason in _by_itself(paused).values_list("pk", "name", "state_reason"):
        yield Subject(Kind.TEAM_PAUSED, team=pk), _said(f"{name} is paused", reason)

    rows = Delivery.objects.ready().filter(team=OuterRef(OuterRef("pk")), run=OuterRef("pk"))
    waits = Exists(Run.objects.begun().filter(Exists(rows)))
    lost = Team.objects.filter(waits, state=Team.State.DISCONNECTED)
    for pk, name, reason in lost.values_list("pk", "name", "state_reason"):
        sentence = _said(f"Messages wait for {name}, which is disconnected", reason)
        yield Subject(Kind.TEAM_LOST, team=pk), sentence


def _broadcasts() -> Iterator[tuple[Subject, str]]:
    paused = Broadcast.objects.filter(state=Broadcast.State.PAUSED)
    for pk, name, reason in _by_itself(paused).values_list("pk", "name", "state_reason"):
        yield Subject(Kind.BROADCAST_PAUSED, broadcast=pk), _said(f"{name} is paused", reason)


def _runs() -> Iterator[tuple[Subject, str]]:
    """A run that stands with its broadcast is asked about there."""
    runs = Run.objects.select_related("broadcast").defer("content", "audience")
    for run in runs.filter(state=Run.State.HELD):
        yield Subject(Kind.RUN_LATE, run=run.pk), _said(f"{run} is held", run.state_reason)
    alone = runs.filter(state=Run.State.PAUSED).exclude(broadcast__state=Broadcast.State.PAUSED)
    for run in _by_itself(alone).exclude(state_reason=PAUSED_WITH_BROADCAST):
        yield Subject(Kind.RUN_PAUSED, run=run.pk), _said(f"{run} is paused", run.state_reason)


def _unknown(now: datetime) -> Iterator[tuple[Subject, str]]:
    """Only what may be resent by now: before that, late answers settle most by themselves."""
    rows = Delivery.objects.resendable(now)
    runs = Run.objects.select_related("broadcast").defer("content", "audience")
    for run in runs.filter(Exists(rows.filter(run=OuterRef("pk")))):
        sentence = f"{run}: nobody knows whether some messages arrived. Resend or leave them."
        yield Subject(Kind.UNKNOWN, run=run.pk), sentence[:500]
    if rows.filter(run=None).exists():
        sentence = "Nobody knows whether some posts outside broadcasts arrived."
        yield Subject(Kind.UNKNOWN), f"{sentence} Resend or leave them."


def _by_itself[M: Model](paused: QuerySet[M]) -> QuerySet[M]:
    """Less what a person has paused."""
    return paused.exclude(state_reason__startswith=BY_STAFF).exclude(state_reason="")


def _said(what: str, reason: str) -> str:
    return f"{what}: {reason}"[:500]
