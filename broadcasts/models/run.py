"""One firing of a broadcast, with everything it started with."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from django.db import models, transaction
from django.db.models import Count, F, Q
from django.db.models.functions import Least

from broadcasts.estimates import lane_end
from broadcasts.models.broadcast import Broadcast
from broadcasts.models.delivery import Delivery
from broadcasts.models.rules import Rules
from teams.models import Lane, Team


@dataclass(frozen=True)
class Progress:
    """Where a run stands: deliveries by state, and when the slowest team will be done."""

    counts: dict[str, int]
    is_expanded: bool
    done_at: datetime | None

    @property
    def total(self) -> int:
        return sum(self.counts.values())

    @property
    def left(self) -> int:
        return self.counts.get(Delivery.State.READY, 0) + self.counts.get(Delivery.State.POSTING, 0)

    @property
    def percent(self) -> int:
        return 100 * (self.total - self.left) // self.total if self.total else 0


class RunQuerySet(models.QuerySet["Run"]):
    def active(self) -> "RunQuerySet":
        return self.filter(state=Run.State.ACTIVE)

    def begun(self) -> "RunQuerySet":
        """Those that are to become deliveries, and are not over."""
        return self.filter(state__in=(Run.State.ACTIVE, Run.State.PAUSED))

    def unfinished(self) -> "RunQuerySet":
        return self.filter(state__in=Run.UNFINISHED)

    def still_sending(self) -> "RunQuerySet":
        """The paused, and the active of which something can leave.

        What waits for a team that is not served, or for somebody's quiet hours, does not count:
        they must not keep the next firing from all the others.
        """
        rows = Delivery.objects.filter(run=models.OuterRef("pk"))
        ready = Delivery.objects.ready().filter(
            run=models.OuterRef(models.OuterRef("pk")), team=models.OuterRef("pk")
        )
        ready = ready.exclude(error=Delivery.QUIET_HOURS)
        can_leave = models.Exists(Team.objects.served().filter(models.Exists(ready)))
        is_posting = models.Exists(rows.filter(state=Delivery.State.POSTING))
        return self.begun().filter(
            Q(state=Run.State.PAUSED) | Q(expanded_at=None) | can_leave | is_posting
        )

    def let_go(self) -> int:
        """Staff send what was held; each begins at the next tick, or after an earlier run."""
        held = self.filter(state=Run.State.HELD)
        return held.update(state=Run.State.WAITING, state_reason="Sent late, by staff.")

    def begin(self, now: datetime) -> int:
        reason = f"Waited until {now.astimezone(UTC):%Y-%m-%d %H:%M} UTC."
        waiting = self.filter(state=Run.State.WAITING)
        return waiting.update(state=Run.State.ACTIVE, state_reason=reason)

    def pause(self, reason: str) -> int:
        return self.active().update(state=Run.State.PAUSED, state_reason=reason)

    def resume(self) -> int:
        """Go on; refused contents are counted anew."""
        return self.filter(state=Run.State.PAUSED).update(
            state=Run.State.ACTIVE, state_reason="", rejected=0
        )

    def reject(self) -> tuple[bool, int]:
        """Slack refused the content of one of this run's posts: was it ever taken, how many were.

        Nothing is counted before it was taken.
        """
        self.exclude(first_ok_at=None).update(rejected=F("rejected") + 1)
        run = self.only("first_ok_at", "rejected").get()
        return run.first_ok_at is not None, run.rejected

    def cancel(self, now: datetime) -> int:
        """One row flips and no mark succeeds any more; the deliveries follow (sweeping.py)."""
        return self.unfinished().update(state=Run.State.CANCELLED, finished_at=now)

    def unexpanded(self) -> list[int]:
        """Primary keys of the runs whose audience is not all deliveries yet."""
        return list(self.begun().filter(expanded_at=None).values_list("pk", flat=True))

    def cancelled_with_rows(self) -> list[int]:
        """Primary keys of the cancelled runs whose deliveries have not all followed yet."""
        rows = Delivery.objects.ready().filter(run=models.OuterRef("pk"))
        found = self.filter(state=Run.State.CANCELLED).filter(models.Exists(rows))
        return list(found.values_list("pk", flat=True))

    def reopen(self) -> int:
        """The finished among these go on: a person made some of their deliveries due again."""
        finished = self.filter(state=Run.State.FINISHED)
        return finished.update(state=Run.State.ACTIVE, finished_at=None, counts=None)

    def over(self) -> "RunQuerySet":
        return self.filter(state__in=Run.OVER)

    def uncounted(self) -> "RunQuerySet":
        """Those that are over, to the last delivery, and whose deliveries nobody has counted."""
        rows = Delivery.objects.filter(run=models.OuterRef("pk"))
        decided = [~models.Exists(rows.filter(state=state)) for state in Delivery.UNDECIDED]
        return self.over().filter(*decided, counts__isnull=True)

    def to_be_removed(self, before: datetime) -> "RunQuerySet":
        """Those whose deliveries are no longer to be kept, and of which some are left."""
        return self.over().filter(finished_at__lt=before, removed_at=None, counts__isnull=False)

    def finish(self, now: datetime) -> int:
        """Close the expanded runs with nothing left to do."""
        rows = Delivery.objects.filter(run=models.OuterRef("pk"))
        # One test a state: each has its own partial index.
        decided = [~models.Exists(rows.filter(state=state)) for state in Delivery.UNDECIDED]
        over = self.active().exclude(expanded_at=None).exclude(orders__isnull=False)
        over = over.filter(*decided)
        with transaction.atomic():
            # Who makes rows of a run due again holds its lock: looked at once more, under it.
            free = over.select_for_update(no_key=True, skip_locked=True)
            locked = list(free.values_list("pk", flat=True))
            return over.filter(pk__in=locked).update(state=Run.State.FINISHED, finished_at=now)


class Run(Rules):
    """Unique by (broadcast, scheduled_for): two beats and ten workers make one run."""

    class State(models.TextChoices):
        HELD = "held", "Held"
        WAITING = "waiting", "Waiting"
        ACTIVE = "active", "Sending"
        PAUSED = "paused", "Paused"
        CANCELLED = "cancelled", "Cancelled"
        FINISHED = "finished", "Finished"

    OVER = (State.CANCELLED, State.FINISHED)
    UNFINISHED = (State.HELD, State.WAITING, State.ACTIVE, State.PAUSED)

    broadcast = models.ForeignKey(Broadcast, models.PROTECT, related_name="runs")
    scheduled_for = models.DateTimeField()
    state = models.CharField(max_length=9, choices=State, default=State.ACTIVE)
    state_reason = models.CharField(max_length=255, blank=True)
    content = models.JSONField()
    audience = models.JSONField()
    as_of = models.DateTimeField(help_text="Recipients known later are not part of it.")
    cursor = models.JSONField(default=dict, help_text="How far its audience has become deliveries.")
    first_ok_at = models.DateTimeField(
        null=True, blank=True, help_text="When Slack first took its content."
    )
    canary_id = models.BigIntegerField(
        null=True, blank=True, help_text="The one delivery that may go until then."
    )
    canary_at = models.DateTimeField(null=True, blank=True)
    rejected = models.PositiveIntegerField(
        default=0, help_text="Recipients for whom Slack refused the content after that."
    )
    expanded_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    counts = models.JSONField(
        null=True, blank=True, help_text="Its deliveries by state, counted when it was over."
    )
    departed = models.JSONField(
        default=dict,
        blank=True,
        help_text="Of these, by state, those that were removed with their teams.",
    )
    removal_began_at = models.DateTimeField(
        "deliveries removed",
        null=True,
        blank=True,
        help_text="Their time was over: since then only their numbers are known.",
    )
    removed_at = models.DateTimeField(null=True, blank=True, help_text="To the last one.")
    judged_from = models.DateTimeField(
        null=True, blank=True, help_text="Failures up to here have paused it once already."
    )
    next_look = models.PositiveIntegerField(
        default=0, help_text="With fewer failures than this their share cannot be too large."
    )
    created_at = models.DateTimeField(auto_now_add=True)

    objects = RunQuerySet.as_manager()

    class Meta:
        ordering = ("-scheduled_for", "-id")
        constraints = (
            models.UniqueConstraint(
                fields=("broadcast", "scheduled_for"), name="one_run_per_instant"
            ),
        )

    def __str__(self) -> str:
        return f"{self.broadcast} · {self.scheduled_for:%Y-%m-%d %H:%M %Z}"

    def progress(self, now: datetime) -> Progress:
        """Counts by state and the estimated end, that of the last of its live lanes."""
        counts = self.delivery_counts()
        if self.state in Run.OVER:
            return Progress(counts, self.expanded_at is not None, None)
        backlog = Count("team__deliveries", filter=Q(team__deliveries__state="ready"))
        lanes = (
            Lane.objects.filter(team__deliveries__run=self, team__state=Team.State.CONNECTED)
            .annotate(left=backlog, pace=Least("rate", "ceiling"))
            .filter(left__gt=0)
            .values_list("left", "pace", "paused_until")
        )
        ends = [lane_end(now, left, pace, paused_until) for left, pace, paused_until in lanes]
        done_at = max(ends, default=None)
        return Progress(counts, self.expanded_at is not None, done_at)

    def delivery_counts(self) -> dict[str, int]:
        """Its deliveries by state: the stored numbers, unless it goes on or a fate was settled."""
        stored: dict[str, int] | None = self.counts
        if stored is not None and (self.removal_began_at or self._still_bad() == _bad(stored)):
            return stored
        return self._counted(Delivery.objects.filter(run=self), self.departed)

    @transaction.atomic
    def store_counts(self) -> None:
        """Count once for all, when it is over; reads every row of the run."""
        # Under its lock, since a team that is removed takes rows with it and notes their numbers.
        locked = Run.objects.select_for_update(no_key=True)
        self.refresh_from_db(fields=("departed",), from_queryset=locked)
        counts = self._counted(Delivery.objects.filter(run=self), self.departed)
        Run.objects.over().filter(pk=self.pk, removal_began_at=None).update(counts=counts)

    def note_departed(self, counts: Mapping[str, int]) -> None:
        """So many deliveries, by state, went with their team; the caller holds the row's lock."""
        self.departed = dict(Counter(self.departed) + Counter(counts))
        self.save(update_fields=("departed",))

    def begin_removal(self, now: datetime) -> bool:
        """Freeze the numbers; whether it may go on: false for a run that has work again."""
        if self.removal_began_at is None:
            self.store_counts()
        over = Run.objects.over().filter(pk=self.pk)
        over.filter(removal_began_at=None).update(removal_began_at=now)
        return over.exclude(removal_began_at=None).exists()

    def end_removal(self, now: datetime) -> None:
        """Unless some were skipped, which somebody held: they go the next time."""
        left = Delivery.objects.filter(run=self, state__in=Delivery.DONE)
        Run.objects.filter(~models.Exists(left), pk=self.pk).update(removed_at=now)

    def _still_bad(self) -> dict[str, int]:
        """What only the partial index of the failed and unknown is read for."""
        bad = Delivery.objects.filter(run=self, state__in=Delivery.BAD)
        return self._counted(bad, _bad(self.departed))

    def _counted(
        self, rows: "models.QuerySet[Delivery]", departed: Mapping[str, int]
    ) -> dict[str, int]:
        counted = dict(rows.order_by().values_list("state").annotate(Count("pk")))
        return dict(Counter(counted) + Counter(departed))


def _bad(counts: Mapping[str, int]) -> dict[str, int]:
    return {state: n for state, n in counts.items() if state in Delivery.BAD}
