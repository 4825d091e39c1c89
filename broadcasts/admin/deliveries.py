"""Deliveries: the ledger, to be read, and the few that wait for a person's word."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.contrib.filters.admin import AutocompleteSelectFilter
from unfold.paginator import InfinitePaginator

from broadcasts import settling
from broadcasts.models import Delivery
from teams.admin.acting import Act, ActingAdmin, Outcome
from teams.admin.base import FactsAdmin, state_label

State = Delivery.State

ACTS = (
    Act(
        name="retry_failed",
        label="Retry failed",
        run=lambda rows, now: Outcome(settling.retry_failed(rows, now)),
        done="Due again:",
        refused="Only a failed delivery of a run that was not cancelled can be retried.",
        possible=lambda delivery: delivery.state == State.FAILED,
    ),
    Act(
        name="resend_unknown",
        label="Resend unknown",
        run=lambda rows, now: Outcome(settling.resend_unknown(rows, now)),
        done="Due again:",
        refused="Only an unknown one can be resent, two minutes after its attempt at the earliest.",
        possible=lambda delivery: delivery.state == State.UNKNOWN,
        confirm="Nobody knows whether these messages arrived. Some people may get theirs twice.",
    ),
    Act(
        name="close_unknown",
        label="Leave unknown",
        run=lambda rows, now: Outcome(settling.close_unknown(rows, now)),
        done="Left as they are:",
        refused="Only an unknown delivery can be left so.",
        possible=lambda delivery: delivery.state == State.UNKNOWN,
        confirm="They count as dealt with and are never sent again. Some people may have nothing.",
    ),
)


@admin.register(Delivery)
class DeliveryAdmin(ActingAdmin[Delivery], FactsAdmin[Delivery]):
    acts = ACTS
    list_display = (
        "id",
        "shown_state",
        "recipient",
        "team",
        "run",
        "attempt",
        "due_at",
        "settled_at",
        "error_text",
    )
    list_filter = ("state", ("team", AutocompleteSelectFilter), ("run", AutocompleteSelectFilter))
    list_filter_submit = True
    list_select_related = ("team", "recipient", "run__broadcast")
    search_fields = ("slack_id__exact", "target__exact")
    search_help_text = "Slack ID of a person or a channel, or a whole target."
    # The largest table: never counted, never sorted by hand, never changed all at once.
    paginator = InfinitePaginator
    show_full_result_count = False
    sortable_by = ()
    list_disable_select_all = True
    list_per_page = 50
    fields = (
        "state",
        "error_text",
        "error",
        "recipient",
        "team",
        "run",
        "key",
        "target",
        "part",
        "slack_id",
        "attempt",
        "due_at",
        "marked_at",
        "settled_at",
        "channel",
        "ts",
        "duplicates",
        "created_at",
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Delivery]:
        deliveries = super().get_queryset(request).select_related(*self.list_select_related)
        secrets = ("team__bot_token", "team__refresh_token")
        return deliveries.defer(*secrets, "run__content", "run__audience")

    @state_label(
        {
            State.SENT: "success",
            State.FAILED: "danger",
            State.UNKNOWN: "warning",
            State.POSTING: "info",
        }
    )
    def shown_state(self, delivery: Delivery) -> tuple[str, str]:
        return delivery.state, delivery.get_state_display().partition(":")[0]

    @admin.display(description="known duplicates")
    def duplicates(self, delivery: Any) -> str:
        return ", ".join(copy.ts for copy in delivery.copies.all()) or "none"
