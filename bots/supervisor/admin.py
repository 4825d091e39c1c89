"""How the connections of the apps in Socket Mode fare."""

from datetime import datetime

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from bots.supervisor.rows import Link
from teams.admin.apps import SECRETS
from teams.admin.base import FactsAdmin, state_label

State = Link.State


@admin.register(Link)
class LinkAdmin(FactsAdmin[Link]):
    list_display = (
        "slack_app",
        "number",
        "shown_state",
        "since",
        "last_event_at",
        "per_minute",
        "restart_count",
        "reason",
        "runner",
    )
    list_display_links = ("slack_app", "number")
    list_filter = ("slack_app", "state")
    list_select_related = ("slack_app", "runner")
    sortable_by = ()
    fields = (
        "slack_app",
        "number",
        "whole_state",
        "since",
        "reason",
        "retry_at",
        "last_event_at",
        "per_minute",
        "restart_count",
        "latest_restarts",
        "runner",
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Link]:
        secrets = (f"slack_app__{name}" for name in SECRETS)
        links = super().get_queryset(request).select_related("slack_app", "runner")
        return links.defer(*secrets)

    @state_label(
        {
            State.OPEN: "success",
            State.OPENING: "info",
            State.WAITING: "warning",
            State.UNSERVED: "danger",
            State.SWITCHED_OFF: "danger",
            State.CROWDED: "warning",
            State.OFF: "",
        }
    )
    def shown_state(self, link: Link) -> tuple[str, str]:
        state = link.state_at(timezone.now())
        return state, State(state).label.partition(":")[0]

    @admin.display(description="state")
    def whole_state(self, link: Link) -> str:
        return State(link.state_at(timezone.now())).label

    @admin.display(description="latest restarts")
    def latest_restarts(self, link: Link) -> SafeString | str:
        told = (
            (datetime.fromisoformat(at).strftime("%d %b %H:%M:%S UTC"), sentence)
            for at, sentence in link.restarts
        )
        return format_html_join("", "<div>{}: {}</div>", told) or "None."
