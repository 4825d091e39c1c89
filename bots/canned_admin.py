"""Replies in the admin: checked as they are saved, and tried on their page before they go live."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html, format_html_join
from unfold.contrib.filters.admin import AutocompleteSelectFilter

from bots.canned import MORE_VARIABLES, Reply
from bots.trials import Trial
from broadcasts.rendering import VARIABLES
from teams.admin.base import HubAdmin, HubForm
from teams.models import Team

_VARIABLES_HELP = format_html(
    "<p>Variables, filled in for whoever asks:</p><ul class='hub-list'>{}</ul>",
    format_html_join("", "<li><code>{}</code>: {}</li>", (VARIABLES | MORE_VARIABLES).items()),
)


class ReplyForm(HubForm[Reply]):
    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        bot, teams = cleaned.get("bot"), cleaned.get("teams", Team.objects.none())
        if bot and teams.exclude(pk__in=bot.served()).exists():
            self.add_error("teams", "Choose teams that its bot serves.")
        return cleaned


@admin.register(Reply)
class ReplyAdmin(HubAdmin[Reply]):
    form = ReplyForm
    list_display = ("__str__", "start_of_text", "bot", "place", "where", "order", "enabled")
    list_filter = (
        "enabled",
        "kind",
        ("bot", AutocompleteSelectFilter),
        ("teams", AutocompleteSelectFilter),
    )
    list_select_related = ("bot",)
    list_filter_submit = True
    search_fields = ("trigger", "text")
    autocomplete_fields = ("bot", "teams")
    fieldsets = (
        (None, {"fields": ("kind", "trigger", "text"), "description": _VARIABLES_HELP}),
        ("Where", {"fields": ("bot", "teams", "place", "order", "enabled")}),
    )
    change_form_outer_before_template = "admin/bots/reply_before.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Reply]:
        # Not the tokens: one that no key fits must not break the list.
        names = Prefetch("teams", Team.objects.only("name"))
        return super().get_queryset(request).prefetch_related(names)

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """With `?said=…` the page shows what the saved reply would make of it."""
        said = request.GET.get("said", "")[:500]
        reply = self.get_object(request, unquote(object_id)) if object_id and said else None
        trial = {"trial": Trial.of(reply, said)} if reply else {}
        return super().changeform_view(
            request, object_id, form_url, {**trial, **(extra_context or {})}
        )

    @admin.display(description="reply")
    def start_of_text(self, reply: Reply) -> str:
        return reply.text if len(reply.text) <= 80 else f"{reply.text[:80]}…"

    @admin.display(description="teams")
    def where(self, reply: Reply) -> str:
        names = [team.name for team in reply.teams.all()]
        more = f" and {len(names) - 3} more" if len(names) > 3 else ""
        return ", ".join(names[:3]) + more or "every team"
