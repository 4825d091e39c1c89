"""A bot: what answers on one Slack app, where, and under which name."""

import re

from django.core.exceptions import ValidationError
from django.db import models

from bots.canned import Reply
from broadcasts.saying import Manner
from broadcasts.templating import TemplateError, unknown_names
from teams.models import SlackApp, Team
from teams.models.team import TeamQuerySet

GREETING_VARIABLES = ("team", "channel_id", "inviter_id")
_MODULE = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*", re.ASCII)
_ICON = re.compile(r":[^\s:]+:|https://\S+")


def check_modules(value: str) -> None:
    for name in value.split():
        if not _MODULE.fullmatch(name):
            raise ValidationError(f"“{name}” is no name of a file or of a Python module.")


def check_icon(value: str) -> None:
    if not _ICON.fullmatch(value):
        raise ValidationError("An emoji such as :tea:, or the https:// address of a picture.")


def check_greeting(value: str) -> None:
    try:
        problems = unknown_names(value, dict.fromkeys(GREETING_VARIABLES))
    except TemplateError as error:
        raise ValidationError(f"{error}.") from error
    if problems:
        raise ValidationError(f"{'; '.join(problems)}.")


class BotQuerySet(models.QuerySet["Bot"]):
    def enabled_on(self, slack_app: SlackApp) -> "BotQuerySet":
        """In the order in which they are asked."""
        return self.filter(slack_app=slack_app, enabled=True).order_by("position", "pk")

    def serving(self, team: Team) -> "BotQuerySet":
        """Those of the team's app that are for it, in their order."""
        is_for_it = models.Q(teams=None) | models.Q(teams=team)
        return self.enabled_on(team.slack_app).filter(is_for_it).distinct()

    def with_replies(self) -> "BotQuerySet":
        """Each knows `has_replies`: whether some of its replies are on."""
        those = Reply.objects.filter(bot=models.OuterRef("pk"), enabled=True)
        return self.annotate(has_replies=models.Exists(those))


class Bot(models.Model):
    """Several may serve the same team: the first one that understands a message answers it."""

    name = models.CharField(
        max_length=80, help_text="In a channel it answers to this name as well: “tea: brew”."
    )
    slack_app = models.ForeignKey(SlackApp, models.CASCADE, related_name="bots")
    modules = models.TextField(
        blank=True,
        validators=(check_modules,),
        help_text="What it runs, one a line: tea is the file tea.py in BOTS_DIR; a name with a "
        "dot is an installed Python module.",
    )
    teams = models.ManyToManyField(
        Team, blank=True, related_name="bots", help_text="None chosen: every team of the app."
    )
    enabled = models.BooleanField(default=True)
    position = models.PositiveSmallIntegerField(
        "order", default=0, help_text="Bots with a smaller number are asked first."
    )
    answers_unknown = models.BooleanField(
        "answers what it does not know",
        default=True,
        help_text="Where no bot does, what nobody understands gets no answer.",
    )
    username = models.CharField(
        "shown name",
        max_length=80,
        blank=True,
        help_text="Over its answers; needs chat:write.customize. Empty: the app's own.",
    )
    icon = models.CharField(
        max_length=255,
        blank=True,
        validators=(check_icon,),
        help_text="An emoji such as :tea:, or the https:// address of a picture.",
    )
    greeting = models.TextField(
        blank=True,
        validators=(check_greeting,),
        help_text="Said in a channel that the bot has been added to; empty: nothing. Knows "
        "{{ team }}, {{ channel_id }} and {{ inviter_id }}: <@{{ inviter_id }}> mentions who "
        "added it.",
    )
    created_at = models.DateTimeField(auto_now_add=True)

    objects = BotQuerySet.as_manager()

    class Meta:
        ordering = ("slack_app", "position", "id")

    def __str__(self) -> str:
        return self.name

    @property
    def module_names(self) -> list[str]:
        """Each once, though it may be written twice."""
        return list(dict.fromkeys(self.modules.split()))

    @property
    def identity(self) -> dict[str, str]:
        """chat.postMessage's arguments for its name and icon; empty for the app's own."""
        icon = "icon_emoji" if self.icon.startswith(":") else "icon_url"
        shown = {"username": self.username, icon: self.icon}
        return {name: value for name, value in shown.items() if value}

    @property
    def manner(self) -> Manner:
        """Its name and icon, for what is said as this bot on command (broadcasts/saying.py)."""
        return {"name": self.username, "icon": self.icon}

    def served(self) -> TeamQuerySet:
        """The teams in which it answers: those chosen, else all that have its app."""
        chosen: TeamQuerySet = self.teams.all()
        return chosen if chosen.exists() else Team.objects.filter(slack_app=self.slack_app)
