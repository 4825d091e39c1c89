"""What needs a person: closed by itself when its cause is gone, or by a person's word."""

from typing import Any

from django.contrib import admin
from django.db.models import F, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString

from broadcasts.models import Notice
from teams.admin.acting import Act, ActingAdmin, Outcome
from teams.admin.base import FactsAdmin, state_label


@admin.register(Notice)
class NoticeAdmin(ActingAdmin[Notice], FactsAdmin[Notice]):
    acts = (
        Act(
            name="resolve",
            label="Dealt with",
            run=lambda notices, now: Outcome(notices.resolve(now)),
            done="Taken off the list:",
            refused="It was dealt with already.",
            possible=lambda notice: notice.resolved_at is None,
        ),
    )
    list_display = ("sentence", "shown_state", "way_on", "created_at", "resolved_at")
    list_filter = (("resolved_at", admin.EmptyFieldListFilter), "kind")
    search_fields = ("sentence",)
    sortable_by = ()
    fields = ("sentence", "way_on", "kind", "created_at", "resolved_at", "gone_at", "mailed_at")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Notice]:
        """The open ones first."""
        open_first = F("resolved_at").desc(nulls_first=True)
        return super().get_queryset(request).order_by(open_first, "-created_at", "-pk")

    @state_label({"open": "warning", "dealt": "info", "gone": "success"})
    def shown_state(self, notice: Notice) -> tuple[str, str]:
        if notice.gone_at:
            return "gone", "Cause gone"
        return ("dealt", "Dealt with") if notice.resolved_at else ("open", "Needs you")

    @admin.display(description="way on")
    def way_on(self, notice: Any) -> SafeString:
        return format_html('<a href="{}">Look at it</a>', notice.address)
