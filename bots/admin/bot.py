"""Bots: what answers where. A file that cannot be loaded says why on its bot's page."""

from typing import Any

from django.contrib import admin
from django.forms import ModelChoiceField

from bots.models import Bot
from bots.scripts.loading import files, load
from teams.admin.base import HubAdmin, HubForm, state_label


class BotForm(HubForm[Bot]):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if field := self.fields.get("modules"):
            there = ", ".join(files())
            field.help_text = f"{field.help_text} {f'There are: {there}.' if there else ''}"
        if isinstance(app := self.fields.get("slack_app"), ModelChoiceField):
            app.empty_label = None

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        app = cleaned.get("slack_app")
        if any(team.slack_app_id != getattr(app, "pk", None) for team in cleaned.get("teams", ())):
            self.add_error("teams", "Choose teams in which this app is installed.")
        return cleaned


@admin.register(Bot)
class BotAdmin(HubAdmin[Bot]):
    form = BotForm
    list_display = ("name", "slack_app", "modules", "position", "enabled", "shown_state")
    list_filter = ("slack_app", "enabled")
    list_select_related = ("slack_app",)
    search_fields = ("name", "modules")
    autocomplete_fields = ("teams",)
    readonly_fields = ("trouble",)
    fields = (
        "name",
        "slack_app",
        "modules",
        "trouble",
        "teams",
        "enabled",
        "position",
        "answers_unknown",
        "username",
        "icon",
        "greeting",
    )

    @state_label({"runs": "success", "fails": "danger", "off": "info"})
    def shown_state(self, bot: Bot) -> tuple[str, str]:
        if not bot.enabled:
            return "off", "Off"
        return ("fails", "Fails") if _troubles(bot) else ("runs", "Runs")

    @admin.display(description="what is wrong")
    def trouble(self, bot: Bot) -> str:
        return "\n".join(_troubles(bot)) or "Nothing."


def _troubles(bot: Bot) -> list[str]:
    """Why files cannot be loaded, as this process finds it."""
    return [trouble for name in bot.module_names if (trouble := load(name).trouble)]
