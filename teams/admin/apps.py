"""Slack apps: their secrets go in here and never come out again."""

from typing import Any

from django.contrib import admin
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest
from unfold.widgets import UnfoldAdminPasswordWidget

from teams.admin.base import HubAdmin, HubForm
from teams.models import SlackApp, Team

SECRETS = ("client_secret", "signing_secret", "app_token")


class SlackAppForm(HubForm[SlackApp]):
    """A secret that is left empty stays as it is."""

    class Meta:
        model = SlackApp
        fields = (
            "name",
            "slug",
            "app_id",
            "client_id",
            *SECRETS,
            "transport",
            "connections",
            "scopes",
            "command",
            "delivery_events",
            "history_reads",
            "enabled",
            "held",
        )
        widgets = {
            name: UnfoldAdminPasswordWidget(attrs={"autocomplete": "new-password"})
            for name in SECRETS
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in self._kept():
            field = self.fields[name]
            field.required = False
            field.help_text = f"It is set. Leave this empty to keep it. {field.help_text}"

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        for name in self._kept():
            cleaned[name] = cleaned.get(name) or getattr(self.instance, name)
        return cleaned

    def _kept(self) -> list[str]:
        if not self.instance.pk:
            return []
        return [n for n in SECRETS if n in self.fields and getattr(self.instance, n)]


@admin.register(SlackApp)
class SlackAppAdmin(HubAdmin[SlackApp]):
    form = SlackAppForm
    list_display = ("name", "slug", "app_id", "transport", "enabled", "held", "connected_teams")
    list_filter = ("enabled", "held", "transport")
    search_fields = ("name", "slug", "app_id")
    prepopulated_fields = {"slug": ("name",)}

    def get_queryset(self, request: HttpRequest) -> QuerySet[SlackApp]:
        connected = Count("teams", filter=Q(teams__state=Team.State.CONNECTED))
        return super().get_queryset(request).annotate(connected=connected)

    def get_fields(self, request: HttpRequest, obj: SlackApp | None = None) -> Any:
        """Whoever may only look sees Django's read-only values: none of them may be a secret."""
        fields = SlackAppForm.Meta.fields
        may_write = (
            self.has_change_permission(request, obj) if obj else self.has_add_permission(request)
        )
        return fields if may_write else [name for name in fields if name not in SECRETS]

    def get_prepopulated_fields(
        self, request: HttpRequest, obj: SlackApp | None = None
    ) -> dict[str, Any]:
        return {} if obj else dict(super().get_prepopulated_fields(request, obj))

    @admin.display(description="connected teams")
    def connected_teams(self, app: Any) -> int:
        return int(app.connected)
