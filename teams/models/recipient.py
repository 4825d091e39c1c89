"""A person or a channel of one team, and the named sets staff make of them."""

from datetime import datetime, time

from django.core.exceptions import ValidationError
from django.db import models

from teams.models.team import Team


class RecipientQuerySet(models.QuerySet["Recipient"]):
    def people(self) -> "RecipientQuerySet":
        return self.filter(kind=Recipient.Kind.PERSON)

    def channels(self) -> "RecipientQuerySet":
        return self.filter(kind=Recipient.Kind.CHANNEL)

    def joined(self) -> "RecipientQuerySet":
        """Channels that the bot is in."""
        return self.channels().filter(is_member=True)

    def reachable(self) -> "RecipientQuerySet":
        """Those a broadcast may go to, by what Slack and they themselves have said."""
        return self.filter(
            is_bot=False,
            is_deactivated=False,
            is_stranger=False,
            gone_at=None,
            refused_at=None,
            opted_out_at=None,
        ).exclude(slack_id="USLACKBOT")

    def admit(self, before: datetime) -> int:
        """Those that Slack refused before then may be tried again; the number changed."""
        return self.filter(refused_at__lte=before).update(refused_at=None, refusal="")


class Recipient(models.Model):
    """The mirror of one Slack user or channel, plus what is ours: opt-outs, attributes, DM id."""

    class Kind(models.TextChoices):
        PERSON = "person", "Person"
        CHANNEL = "channel", "Channel"

    team = models.ForeignKey(Team, models.CASCADE, related_name="recipients")
    slack_id = models.CharField("Slack ID", max_length=32)
    kind = models.CharField(max_length=7, choices=Kind, default=Kind.PERSON)
    name = models.CharField(max_length=255, blank=True, help_text="The handle, or #channel's name.")
    display_name = models.CharField(max_length=255, blank=True)
    real_name = models.CharField(max_length=255, blank=True)
    first_name = models.CharField(max_length=255, blank=True)
    last_name = models.CharField(max_length=255, blank=True)
    title = models.CharField(max_length=255, blank=True)
    email = models.CharField(max_length=255, blank=True)
    time_zone = models.CharField(max_length=64, blank=True)
    locale = models.CharField(max_length=16, blank=True)
    is_bot = models.BooleanField("bot", default=False)
    is_guest = models.BooleanField("guest", default=False)
    is_deactivated = models.BooleanField(
        "deactivated", default=False, help_text="A person who left, or an archived channel."
    )
    is_stranger = models.BooleanField(
        "stranger", default=False, help_text="From another workspace, through a shared channel."
    )
    is_private = models.BooleanField("private channel", default=False)
    is_member = models.BooleanField("the bot is in it", default=False)
    dm_channel = models.CharField(max_length=32, blank=True)
    attributes = models.JSONField(default=dict, blank=True)
    opted_out_at = models.DateTimeField("opted out", null=True, blank=True)
    muted_until = models.DateTimeField(null=True, blank=True)
    quiet_from = models.TimeField(
        "quiet hours from", null=True, blank=True, help_text="In the person's own time zone."
    )
    quiet_to = models.TimeField("quiet hours to", null=True, blank=True)
    gone_at = models.DateTimeField(
        "gone since", null=True, blank=True, help_text="A sync no longer found it at Slack."
    )
    refused_at = models.DateTimeField(
        "refused since",
        null=True,
        blank=True,
        help_text="Slack let no post into this channel; until it is unarchived or invites the bot.",
    )
    refusal = models.CharField(
        "Slack's code", max_length=100, blank=True, default="", db_default=""
    )
    seen_at = models.DateTimeField(help_text="Start of the sync, or time of the event, last seen.")
    created_at = models.DateTimeField(auto_now_add=True)

    objects = RecipientQuerySet.as_manager()

    class Meta:
        ordering = ("team", "name", "id")
        constraints = (
            models.UniqueConstraint(fields=("team", "slack_id"), name="one_recipient_per_slack_id"),
            # What teams_quiet_end() can read: a whole day of quiet hours would never end.
            models.CheckConstraint(
                condition=models.Q(quiet_from=None, quiet_to=None)
                | models.Q(quiet_from__isnull=False, quiet_to__isnull=False)
                & ~models.Q(quiet_from=models.F("quiet_to")),
                name="quiet_hours_have_both_ends",
            ),
        )
        indexes = (
            # Read by the expansion of a run: keyset pages of (team, id).
            models.Index(fields=("team", "id"), name="recipient_keyset"),
        )

    def __str__(self) -> str:
        return f"#{self.name}" if self.kind == self.Kind.CHANNEL else self.shown_name

    @property
    def shown_name(self) -> str:
        return self.display_name or self.real_name or self.name or self.slack_id

    @property
    def is_reachable(self) -> bool:
        return not (
            self.is_bot
            or self.is_deactivated
            or self.is_stranger
            or self.gone_at
            or self.refused_at
            or self.opted_out_at
            or self.slack_id == "USLACKBOT"
        )

    def opt_out(self, now: datetime) -> None:
        """Out of everything; the first time stays on the record."""
        Recipient.objects.filter(pk=self.pk, opted_out_at=None).update(opted_out_at=now)
        self.refresh_from_db(fields=("opted_out_at",))

    def opt_in(self) -> None:
        self.opted_out_at = None
        self.save(update_fields=("opted_out_at",))

    def mute(self, until: datetime | None) -> None:
        """Nothing comes before that time, and what would have come is not made up for."""
        self.muted_until = until
        self.save(update_fields=("muted_until",))

    def keep_quiet(self, hours: tuple[time, time] | None) -> None:
        """What comes between these hours, in the person's own time zone, waits for their end.

        Raises ValidationError for hours without an end.
        """
        if hours and hours[0] == hours[1]:
            raise ValidationError("Quiet hours must begin and end at different times.")
        self.quiet_from, self.quiet_to = hours or (None, None)
        self.save(update_fields=("quiet_from", "quiet_to"))


class Group(models.Model):
    """A named set of one team's people and channels, picked by hand."""

    team = models.ForeignKey(Team, models.CASCADE, related_name="groups")
    name = models.CharField(max_length=100)
    members = models.ManyToManyField(Recipient, through="GroupMember", related_name="groups")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("team", "name")
        constraints = (models.UniqueConstraint(fields=("team", "name"), name="one_group_per_name"),)

    def __str__(self) -> str:
        return self.name


class GroupMember(models.Model):
    """One recipient in one group, since when: a run takes those there when it began."""

    group = models.ForeignKey(Group, models.CASCADE)
    recipient = models.ForeignKey(Recipient, models.CASCADE)
    added_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("group", "recipient"), name="once_in_a_group"),
        )

    def __str__(self) -> str:
        return f"{self.recipient_id} in {self.group_id}"
