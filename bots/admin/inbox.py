"""Events from Slack, as the inbox keeps them."""

from datetime import datetime
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.paginator import InfinitePaginator

from bots.models import InboxEvent
from bots.tasks import handle_event
from teams.admin.acting import Act, ActingAdmin, Outcome
from teams.admin.apps import SECRETS
from teams.admin.base import FactsAdmin, state_label

State = InboxEvent.State


def _run_again(events: Any, now: datetime) -> Outcome:
    pks = events.run_again(now)
    for pk in pks:
        handle_event.delay_on_commit(pk)  # type: ignore[attr-defined]
    return Outcome(len(pks))


RUN_AGAIN = Act(
    name="run_again",
    label="Run again",
    run=_run_again,
    done="Running again:",
    refused="Only what has failed can be run again.",
    possible=lambda event: event.state == State.FAILED,
    confirm="What their listeners had done before they failed may be done twice.",
)


@admin.register(InboxEvent)
class InboxEventAdmin(ActingAdmin[InboxEvent], FactsAdmin[InboxEvent]):
    acts = (RUN_AGAIN,)
    list_display = ("id", "type", "shown_state", "slack_app", "team_id", "received_at", "error")
    list_filter = ("state", "slack_app")
    list_select_related = ("slack_app",)
    search_fields = ("event_id__exact", "team_id__exact", "type__exact")
    search_help_text = "A whole event ID, workspace ID or type."
    paginator = InfinitePaginator
    show_full_result_count = False
    sortable_by = ()
    # Not the body: it holds people's words and Slack's verification token.
    fields = (
        "type",
        "state",
        "error",
        "slack_app",
        "team_id",
        "event_id",
        "attempts",
        "received_at",
        "taken_at",
        "answered_at",
        "handled_at",
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[InboxEvent]:
        secrets = (f"slack_app__{name}" for name in SECRETS)
        events = super().get_queryset(request).select_related("slack_app")
        return events.defer("body", *secrets)

    @state_label({State.HANDLED: "success", State.FAILED: "danger", State.KEPT: "info"})
    def shown_state(self, event: InboxEvent) -> tuple[str, str]:
        return event.state, event.get_state_display().partition(":")[0]
