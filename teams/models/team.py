"""One Slack app installed in one workspace, or in one Enterprise organisation."""

from datetime import datetime

from django.db import models
from django.db.models import F, Q

from teams.crypto import EncryptedTextField
from teams.models.app import SlackApp


class TeamQuerySet(models.QuerySet["Team"]):
    def connected(self) -> "TeamQuerySet":
        return self.filter(state=Team.State.CONNECTED)

    def disconnect(self, reason: str, now: datetime, *, token_version: int | None = None) -> int:
        """Mark these teams disconnected and forget their tokens; the number changed.

        With token_version, only where that token is still the team's: an answer about an old
        token says nothing of the one that a re-install has just brought.
        """
        teams = self.exclude(state=Team.State.DISCONNECTED)
        if token_version is not None:
            teams = teams.filter(token_version=token_version)
        return teams.update(
            state=Team.State.DISCONNECTED,
            state_reason=reason,
            state_at=now,
            bot_token="",
            token_version=F("token_version") + 1,
        )


class Team(models.Model):
    """An installation. Its row outlives uninstalls and comes back to life at a re-install."""

    class State(models.TextChoices):
        CONNECTED = "connected", "Connected"
        PAUSED = "paused", "Paused by staff"
        DISCONNECTED = "disconnected", "Disconnected"

    slack_app = models.ForeignKey(SlackApp, models.PROTECT, related_name="teams")
    team_id = models.CharField(
        "workspace ID", max_length=32, blank=True, help_text="T…; empty for an org-wide install."
    )
    enterprise_id = models.CharField("organisation ID", max_length=32, blank=True)
    is_org_install = models.BooleanField(default=False)
    name = models.CharField(max_length=255)
    domain = models.CharField(max_length=255, blank=True)
    time_zone = models.CharField(max_length=64, default="UTC")

    bot_token = EncryptedTextField(blank=True, default="")
    token_version = models.PositiveIntegerField(
        default=0, help_text="Rises with every token, so that news of an old one is not acted on."
    )
    bot_user_id = models.CharField(max_length=32, blank=True)
    bot_id = models.CharField(max_length=32, blank=True)
    scopes = models.TextField("granted scopes", blank=True)
    installer_id = models.CharField("installed by", max_length=32, blank=True)
    installed_at = models.DateTimeField(null=True, blank=True)

    state = models.CharField(max_length=12, choices=State, default=State.CONNECTED)
    state_reason = models.CharField(max_length=255, blank=True)
    state_at = models.DateTimeField(null=True, blank=True)

    sync_cursor = models.CharField(
        max_length=255, blank=True, help_text="Where an interrupted sync of people goes on."
    )
    sync_started_at = models.DateTimeField(null=True, blank=True)
    synced_at = models.DateTimeField("last synced", null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = TeamQuerySet.as_manager()

    class Meta:
        ordering = ("name", "id")
        constraints = (
            # Two partial constraints: a workspace that joins an organisation must not become a
            # second row, and NULLs would be distinct in PostgreSQL.
            models.UniqueConstraint(
                fields=("slack_app", "team_id"),
                condition=Q(is_org_install=False),
                name="one_team_per_workspace",
            ),
            models.UniqueConstraint(
                fields=("slack_app", "enterprise_id"),
                condition=Q(is_org_install=True),
                name="one_team_per_organisation",
            ),
        )

    def __str__(self) -> str:
        return self.name

    @property
    def scope_list(self) -> list[str]:
        return [scope for scope in self.scopes.split(",") if scope]

    @property
    def person_scope(self) -> str:
        """Within what a user ID names one person: the organisation, else the workspace."""
        return self.enterprise_id or self.team_id


class Lane(models.Model):
    """A team's pace and who is serving it; the unit of pacing, fairness and failure.

    A narrow table of its own: senders write it every few seconds and no form ever does.
    """

    team = models.OneToOneField(Team, models.CASCADE, primary_key=True, related_name="lane")
    rate = models.FloatField(default=60.0, help_text="Posts a minute that Slack is known to take.")
    ceiling = models.FloatField(default=525.0, help_text="Posts a minute never to be exceeded.")
    paused_until = models.DateTimeField(null=True, blank=True)
    pause_reason = models.CharField(max_length=255, blank=True)
    owner = models.UUIDField(null=True, blank=True)
    leased_until = models.DateTimeField(null=True, blank=True)
    last_served_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"Lane of {self.team_id}"
