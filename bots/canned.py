"""Replies that staff write in the admin: a trigger, and what the bot says to it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import models

from bots import triggers
from bots.triggers import BadPattern
from broadcasts.rendering import SAMPLE, TEXT_LENGTH, VARIABLES, variables_of
from broadcasts.templating import TemplateError, fill, unknown_names
from teams.models import Recipient, Team
from teams.models.team import TeamQuerySet

if TYPE_CHECKING:
    from bots.models import Bot

# Beside those of a message.
MORE_VARIABLES = {
    "user_id": "Their Slack ID: write <@{{ user_id }}> to mention them.",
    "words": "What they said, without the bot's name.",
    "match": "What the regular expression's named groups found: match.city for (?P<city>…).",
}
_FIELDS = (
    "slack_id",
    "name",
    "display_name",
    "real_name",
    "first_name",
    "last_name",
    "title",
    "email",
    "time_zone",
    "locale",
    "attributes",
)


class ReplyQuerySet(models.QuerySet["Reply"]):
    def heard_by(self, team: Team, bot: "Bot | None" = None) -> "ReplyQuerySet":
        """Those of this bot, or of none, that are on for this team, the first to answer first."""
        here = Reply.teams.through.objects.filter(reply=models.OuterRef("pk"))
        some, this = models.Exists(here), models.Exists(here.filter(team=team))
        return self.filter(~some | this, enabled=True, bot=bot).order_by("order", "pk")

    def find(self, words: str) -> "Answer | None":
        """The first of them that answers these words."""
        for reply in self:
            if (found := reply.match(words)) is not None:
                return Answer(reply, words, found)
        return None


class Reply(models.Model):
    """One trigger and its reply, of a bot or of none, for any or some teams."""

    class Kind(models.TextChoices):
        EXACT = triggers.EXACT, "is"
        STARTS = triggers.STARTS, "starts with"
        CONTAINS = triggers.CONTAINS, "contains"
        REGEXP = triggers.REGEXP, "matches the regular expression"

    class Place(models.TextChoices):
        SAME = "same", "Where they wrote: in their thread, if it was in one"
        THREAD = "thread", "In a thread under what they wrote"
        CHANNEL = "channel", "In the conversation itself, never in a thread"

    kind = models.CharField(
        "when what they say",
        max_length=8,
        choices=Kind,
        default=Kind.EXACT,
        help_text="To the bot: by its name in a channel, or in a direct message. In whole words "
        "and any case of letters; a regular expression may match anywhere.",
    )
    trigger = models.CharField(
        max_length=500,
        help_text="The words, or a regular expression in "
        "<a href='https://github.com/google/re2/wiki/Syntax'>RE2's syntax</a>.",
    )
    text = models.TextField("reply", help_text="In Slack's mrkdwn, with Liquid variables.")
    bot = models.ForeignKey(
        "bots.Bot",
        models.CASCADE,
        null=True,
        blank=True,
        related_name="replies",
        help_text="Heard where this bot is, in its turn, and said under its name and icon. Empty: "
        "heard on every app, before all bots.",
    )
    place = models.CharField("said", max_length=7, choices=Place, default=Place.SAME)
    teams = models.ManyToManyField(
        Team,
        blank=True,
        related_name="replies",
        help_text="None chosen: every team; with a bot, every team of that bot.",
    )
    order = models.PositiveSmallIntegerField(
        default=100,
        help_text="Of several of a bot that fit, the one with the lowest number answers.",
    )
    enabled = models.BooleanField(
        "on", default=False, help_text="Save it, try it above, then switch it on."
    )
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ReplyQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "replies"
        ordering = ("order", "id")

    def __str__(self) -> str:
        return f"{self.get_kind_display()} “{self.trigger}”"

    def clean(self) -> None:
        """Finds what could never be matched or filled in."""
        found = {}
        self.trigger = self.trigger.strip()
        try:
            if self.kind == self.Kind.REGEXP:
                triggers.check(self.trigger)
        except BadPattern as error:
            found["trigger"] = str(error)
        try:
            if problems := unknown_names(self.text, VARIABLES | MORE_VARIABLES):
                found["text"] = f"{'; '.join(problems)}."
        except TemplateError as error:
            found["text"] = f"{error}."
        if found:
            raise ValidationError(found)

    def match(self, words: str) -> dict[str, str] | None:
        """The named groups, if it answers these words; an unreadable pattern answers nothing."""
        try:
            return triggers.match(self.kind, self.trigger, words)
        except BadPattern:
            return None

    def served(self) -> TeamQuerySet:
        """The teams in which it is heard, once it and its bot are on."""
        there = self.bot.served() if self.bot else Team.objects.all()
        return there.filter(pk__in=self.teams.all()) if self.teams.exists() else there

    @property
    def turn(self) -> tuple[int, ...]:
        """When it is asked: of two of them, the smaller one is first."""
        bot = (1, self.bot.position, self.bot.pk) if self.bot else (0, 0, 0)
        return (*bot, self.order, self.pk)

    def thread_for(self, ts: str, root: str | None) -> str | None:
        """The thread to answer in: `ts` is the message's, `root` that of the thread it is in.

        None stands for the conversation itself.
        """
        if self.place == self.Place.THREAD:
            return root or ts
        return root if self.place == self.Place.SAME else None


@dataclass(frozen=True)
class Answer:
    """A reply and what it was triggered by."""

    reply: Reply
    words: str
    match: dict[str, str]

    def text_for(self, team: Team, user_id: str) -> str:
        """Filled in for whoever asked, whether a sync has met them or not; may be empty.

        Raises:
            TemplateError: their values do not fit the text.
        """
        people: models.QuerySet[Recipient, dict[str, Any]] = team.recipients.values(*_FIELDS)
        person = people.filter(slack_id=user_id).first() or {"slack_id": user_id}
        return self._text(variables_of(person, team=team.name), user_id)

    def sample(self) -> str:
        """As an invented person would read it; raises TemplateError."""
        return self._text(SAMPLE, "U0123456789")

    def _text(self, variables: Mapping[str, object], user_id: str) -> str:
        more = {"user_id": user_id, "words": self.words, "match": self.match}
        return fill(self.reply.text, {**variables, **more}, mrkdwn=True).strip()[:TEXT_LENGTH]
