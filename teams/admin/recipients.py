"""Recipients: the mirror of Slack, with our own opt-outs."""

from datetime import datetime
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import URLPattern, path
from unfold.contrib.filters.admin import AutocompleteSelectFilter

from teams.admin.acting import Act, ActingAdmin, Outcome
from teams.admin.base import FactsAdmin
from teams.admin.pickers import RecipientJsonView
from teams.answers import why
from teams.models import Recipient


class ReachableFilter(admin.SimpleListFilter):
    title = "reachable"
    parameter_name = "reachable"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("yes", "May be written to"), ("no", "Bot, gone, stranger, refused or opted out")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Recipient]) -> QuerySet[Recipient]:
        reachable = Recipient.objects.reachable()
        if self.value() == "yes":
            return queryset.filter(pk__in=reachable.values("pk"))
        return queryset.exclude(pk__in=reachable.values("pk")) if self.value() else queryset


def _opt_out(recipients: QuerySet[Recipient], now: datetime) -> Outcome:
    return Outcome(recipients.filter(opted_out_at=None).update(opted_out_at=now))


def _opt_in(recipients: QuerySet[Recipient], now: datetime) -> Outcome:
    return Outcome(recipients.exclude(opted_out_at=None).update(opted_out_at=None))


@admin.register(Recipient)
class RecipientAdmin(ActingAdmin[Recipient], FactsAdmin[Recipient]):
    acts = (
        Act(
            name="opt_out",
            label="Opt out of everything",
            run=_opt_out,
            done="Opted out",
            refused="Already opted out.",
            possible=lambda recipient: recipient.opted_out_at is None,
        ),
        Act(
            name="opt_in",
            label="Opt in again",
            run=_opt_in,
            done="Opted in",
            refused="Not opted out.",
            possible=lambda recipient: recipient.opted_out_at is not None,
            confirm="They asked not to be written to. Only do this when they asked you to.",
        ),
    )
    list_display = (
        "__str__",
        "real_name",
        "kind",
        "team",
        "slack_id",
        "email",
        "time_zone",
        "reachable",
    )
    list_filter = (
        ("team", AutocompleteSelectFilter),
        "kind",
        ReachableFilter,
        "is_guest",
        ("opted_out_at", admin.EmptyFieldListFilter),
    )
    list_filter_submit = True
    list_select_related = ("team",)
    # By an index: there may be millions.
    ordering = ("team_id", "id")
    search_fields = ("name", "display_name", "real_name", "email", "slack_id", "team__name")
    show_full_result_count = False
    fields = (
        "team",
        "slack_id",
        "kind",
        "name",
        "display_name",
        "real_name",
        "first_name",
        "last_name",
        "title",
        "email",
        "time_zone",
        "locale",
        "reachable",
        "is_bot",
        "is_guest",
        "is_deactivated",
        "is_stranger",
        "is_private",
        "is_member",
        "attributes",
        "opted_out_at",
        "muted_until",
        "quiet_from",
        "quiet_to",
        "gone_at",
        "refused_at",
        "why_refused",
        "seen_at",
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Recipient]:
        return (
            super()
            .get_queryset(request)
            .select_related("team")
            .defer("team__bot_token", "team__refresh_token")
        )

    def get_urls(self) -> list[URLPattern]:
        view = RecipientJsonView.as_view(admin_site=self.admin_site)
        pick = path("pick/", self.admin_site.admin_view(view), name="teams_recipient_pick")
        return [pick, *super().get_urls()]

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Recipient], search_term: str
    ) -> tuple[QuerySet[Recipient], bool]:
        """A picker that names a team offers the people of that team (pickers.py)."""
        found, may_repeat = super().get_search_results(request, queryset, search_term)
        team = request.GET.get("of_team", "")
        return (found.filter(team=int(team)) if team.isdecimal() else found), may_repeat

    @admin.display(description="why refused")
    def why_refused(self, recipient: Recipient) -> str:
        return why(recipient.refusal) if recipient.refused_at else "-"

    @admin.display(boolean=True)
    def reachable(self, recipient: Recipient) -> bool:
        return recipient.is_reachable
