"""Bots: what answers where. A file that cannot be loaded says why on its bot's page."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.db.models import QuerySet
from django.forms import ModelChoiceField
from django.http import HttpRequest, HttpResponse

from bots.models import Bot
from bots.scripts.loading import files, load
from bots.trials import Trial
from teams.admin.base import HubAdmin, HubForm, state_label
from teams.models.app import CUSTOMIZE_SCOPE

SHOWN_REPLIES = 50
FIELDS = (
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


class BotForm(HubForm[Bot]):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if field := self.fields.get("modules"):
            there = ", ".join(files())
            field.help_text = f"{field.help_text} {f'There are: {there}.' if there else ''}"
        if isinstance(app := self.fields.get("slack_app"), ModelChoiceField):
            app.empty_label = None
        for name in self.fields.keys() & {"modules", "greeting"}:
            self.fields[name].widget.attrs["rows"] = 3

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
    change_form_outer_before_template = "admin/bots/bot_before.html"

    def get_fields(self, request: HttpRequest, obj: Bot | None = None) -> Any:
        return [name for name in FIELDS if obj or name != "trouble"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Bot]:
        return Bot.objects.with_replies()

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        saved = Bot.objects.with_replies().get(pk=form.instance.pk)
        for note in filter(None, (_idle(saved), _nameless(saved))):
            messages.warning(request, note)

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Shows the bot's replies; with `?said=…` what they would make of it."""
        bot = self.get_object(request, unquote(object_id)) if object_id else None
        more: dict[str, Any] = {}
        if bot and request.user.has_perm("bots.view_reply"):
            said = request.GET.get("said", "")[:500]
            more = {"replies": bot.replies.all()[: SHOWN_REPLIES + 1], "most": SHOWN_REPLIES}
            more |= {"trial": Trial.of_bot(bot, said)} if said else {}
        return super().changeform_view(
            request, object_id, form_url, {**more, **(extra_context or {})}
        )

    @state_label({"runs": "success", "idle": "warning", "fails": "danger", "off": "info"})
    def shown_state(self, bot: Bot) -> tuple[str, str]:
        if not bot.enabled:
            return "off", "Off"
        if _troubles(bot):
            return "fails", "Fails"
        return ("idle", "Answers nothing") if _idle(bot) else ("runs", "Runs")

    @admin.display(description="what is wrong")
    def trouble(self, bot: Bot) -> str:
        lines = [*_troubles(bot), _idle(bot), _nameless(bot)] if bot.pk else []
        return "\n".join(filter(None, lines)) or "Nothing."


def _troubles(bot: Bot) -> list[str]:
    """Why files cannot be loaded, as this process finds it."""
    return [trouble for name in bot.module_names if (trouble := load(name).trouble)]


def _idle(bot: Any) -> str:
    if bot.module_names or bot.has_replies:
        return ""
    return "It has neither modules nor replies that are on: it answers nothing."


def _nameless(bot: Bot) -> str:
    """Where its name and icon cannot be shown."""
    if not bot.identity:
        return ""
    need = f"Its name and icon need the scope {CUSTOMIZE_SCOPE}"
    until = "until then it answers under the app's own name"
    if CUSTOMIZE_SCOPE not in bot.slack_app.scope_list:
        return (
            f"{need}: add it to {bot.slack_app}, and let the workspaces install that anew; {until}."
        )
    lacking = bot.served().connected().without_scope(CUSTOMIZE_SCOPE).values_list("name", flat=True)
    if count := lacking.count():
        return (
            f"{need}, which {count} of its teams have not granted, such as {lacking[0]}; {until}."
        )
    return ""
