"""Runs: how far each firing has come, and what staff can do about it."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Case, Count, IntegerField, OuterRef, QuerySet, Subquery, When
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.urls import URLPattern, path
from unfold.contrib.filters.admin import AutocompleteSelectFilter
from unfold.views import ChangeList

from broadcasts.admin.progress import progress_of
from broadcasts.clock import database_now
from broadcasts.models import Delivery, Order, Run
from broadcasts.orders import order
from teams.admin.acting import Act, ActingAdmin, Outcome
from teams.admin.base import FactsAdmin, state_label
from teams.models.team import BY_STAFF

State = Run.State


def _ordered(kind: Order.Kind) -> Callable[[QuerySet[Run], datetime], Outcome]:
    return lambda runs, now: Outcome(order(runs, kind))


def _has(run: Run, state: str) -> bool:
    return Delivery.objects.filter(run=run, state=state).exists()


ACTS = (
    Act(
        name="pause",
        label="Pause",
        run=lambda runs, now: Outcome(runs.pause(f"{BY_STAFF}.")),
        done="Paused",
        refused="Only a run that is sending can be paused.",
        possible=lambda run: run.state == State.ACTIVE,
    ),
    Act(
        name="resume",
        label="Resume",
        run=lambda runs, now: Outcome(runs.resume()),
        done="Resumed",
        refused="Only a paused run can be resumed.",
        possible=lambda run: run.state == State.PAUSED,
    ),
    Act(
        name="send_now",
        label="Send now",
        run=lambda runs, now: Outcome(runs.let_go()),
        done="Sending",
        refused="Only a run that is held can be sent now.",
        possible=lambda run: run.state == State.HELD,
        confirm="It is late. Everybody gets it now, with the text and the audience it has.",
    ),
    Act(
        name="cancel",
        label="Cancel the run",
        run=lambda runs, now: Outcome(runs.cancel(now)),
        done="Cancelled",
        refused="Only a run that is not over can be cancelled.",
        possible=lambda run: run.state in Run.UNFINISHED,
        confirm="What has not been sent stays unsent, for good.",
    ),
    Act(
        name="retry_failed",
        label="Retry failed",
        run=_ordered(Order.Kind.RETRY_FAILED),
        done="Due again:",
        refused="Nothing failed, or the run was cancelled.",
        possible=lambda run: run.state != State.CANCELLED and _has(run, Delivery.State.FAILED),
        things="failed deliveries",
    ),
    Act(
        name="resend_unknown",
        label="Resend unknown",
        run=_ordered(Order.Kind.RESEND_UNKNOWN),
        done="Due again:",
        refused="Nothing unknown, or too recent: wait two minutes for answers that are late.",
        possible=lambda run: run.state != State.CANCELLED and _has(run, Delivery.State.UNKNOWN),
        confirm="Nobody knows whether these messages arrived. Some people may get theirs twice.",
        things="unknown deliveries",
    ),
    Act(
        name="close_unknown",
        label="Leave unknown",
        run=_ordered(Order.Kind.CLOSE_UNKNOWN),
        done="Left as they are:",
        refused="Nothing unknown.",
        possible=lambda run: _has(run, Delivery.State.UNKNOWN),
        confirm="They count as dealt with and are never sent again. Some people may have nothing.",
        things="unknown deliveries",
    ),
)


class CountedRuns(ChangeList):  # type: ignore[misc]
    """Counts the deliveries of the listed runs, of those that are not over yet.

    Nowhere else: a click on pause must not wait for a million rows to be counted.
    """

    def get_queryset(self, *arguments: Any, **options: Any) -> QuerySet[Run]:
        rows = Delivery.objects.filter(run=OuterRef("pk")).order_by().values("run")
        counted = rows.annotate(n=Count("pk")).values("n")
        undecided = counted.filter(state__in=Delivery.UNDECIDED)
        runs: QuerySet[Run] = super().get_queryset(*arguments, **options)
        return runs.annotate(total=_live(counted), left=_live(undecided))


def _live(counted: QuerySet[Delivery, Any]) -> Case:
    return Case(When(counts__isnull=True, then=Subquery(counted)), output_field=IntegerField())


@admin.register(Run)
class RunAdmin(ActingAdmin[Run], FactsAdmin[Run]):
    acts = ACTS
    list_display = ("broadcast", "scheduled_for", "shown_state", "done_of_all", "finished_at")
    list_filter = ("state", ("broadcast", AutocompleteSelectFilter))
    list_filter_submit = True
    list_select_related = ("broadcast",)
    list_per_page = 20
    search_fields = ("broadcast__name",)
    date_hierarchy = "scheduled_for"
    change_form_outer_before_template = "admin/broadcasts/run_before.html"
    fields = (
        "broadcast",
        "scheduled_for",
        "state",
        "state_reason",
        "as_of",
        "expanded_at",
        "finished_at",
        "text",
    )

    class Media:
        js = ("slackhub/progress.js",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Run]:
        return super().get_queryset(request).select_related("broadcast")

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return CountedRuns

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.progress_view)
        return [
            path("<int:pk>/progress/", view, name="broadcasts_run_progress"),
            *super().get_urls(),
        ]

    def progress_view(self, request: HttpRequest, pk: int) -> JsonResponse:
        """Polled by progress.js while the page is open."""
        run = Run.objects.filter(pk=pk).first()
        if run is None:
            raise Http404("There is no such run.")
        if not self.has_view_permission(request, run):
            raise PermissionDenied
        return JsonResponse(progress_of(run, database_now()))

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        run = self.get_object(request, object_id)
        context = {"progress": progress_of(run, database_now())} if run else {}
        return super().change_view(
            request, object_id, form_url, {**context, **(extra_context or {})}
        )

    @state_label(
        {
            State.HELD: "warning",
            State.ACTIVE: "info",
            State.PAUSED: "warning",
            State.CANCELLED: "danger",
            State.FINISHED: "success",
        }
    )
    def shown_state(self, run: Run) -> tuple[str, str]:
        return run.state, run.get_state_display()

    @admin.display(description="done")
    def done_of_all(self, run: Any) -> str:
        live = (run.total or 0) + sum(run.departed.values())
        total = live if run.counts is None else sum(run.counts.values())
        if not total:
            return "nothing yet" if run.expanded_at is None else "nobody"
        return f"{total - (run.left or 0)} of {total}"

    @admin.display(description="text")
    def text(self, run: Run) -> str:
        return str(run.content.get("text") or "(blocks only)")
