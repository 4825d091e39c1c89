"""One Slack app installed in one workspace, or in one Enterprise organisation."""

import re
from datetime import datetime, timedelta
from functools import partial

from django.db import models, transaction
from django.db.models import F, Q

from teams import hooks
from teams.crypto import EncryptedTextField
from teams.grant import Grant
from teams.models.app import CUSTOMIZE_SCOPE, SlackApp
from teams.models.lane import Lane

# How the reason of every pause by a person begins; the hub's own pauses say what they found.
BY_STAFF = "By staff"

SYNC_EVERY = timedelta(days=1)
# An install starts its own sync; one that is not begun by then was lost.
SYNC_AFTER_INSTALL = timedelta(minutes=10)
# After so long without a page somebody else takes a sync up; who still reads it holds its lock.
SYNC_STALLED = timedelta(seconds=30)
# Before a token that rotates expires: Slack lets it live for twelve hours.
RENEW_BEFORE = timedelta(minutes=120)


class TeamQuerySet(models.QuerySet["Team"]):
    def connected(self) -> "TeamQuerySet":
        return self.filter(state=Team.State.CONNECTED)

    def served(self) -> "TeamQuerySet":
        """Those to which something may be posted."""
        return self.connected().filter(slack_app__enabled=True, slack_app__held=False)

    def without_scope(self, scope: str) -> "TeamQuerySet":
        """Those of which we know that they have not granted it."""
        granted = rf"(^|,){re.escape(scope)}(,|$)"
        return self.exclude(scopes="").exclude(scopes__regex=granted)

    def departed(self, before: datetime) -> "TeamQuerySet":
        """Those that were disconnected before then, and never came back."""
        return self.filter(state=Team.State.DISCONNECTED, state_at__lt=before)

    def living(self, app: SlackApp, grant: Grant) -> "TeamQuerySet":
        """The installation that this grant is of, if it is there and has a token."""
        place = (
            {"enterprise_id": grant.enterprise_id}
            if grant.is_org_install
            else {"team_id": grant.team_id}
        )
        mine = self.filter(slack_app=app, is_org_install=grant.is_org_install, **place)
        return mine.exclude(state=Team.State.DISCONNECTED)

    def due_for_sync(self, now: datetime) -> "TeamQuerySet":
        """Connected teams whose people were never or long ago read."""
        never = Q(synced_at=None, installed_at__lt=now - SYNC_AFTER_INSTALL)
        old = Q(synced_at__lt=now - SYNC_EVERY)
        return self.connected().filter(never | old, sync_started_at=None)

    def sync_stalled(self, now: datetime) -> "TeamQuerySet":
        """Connected teams whose people were read in part, by somebody who is gone."""
        return self.connected().filter(sync_resumes_at__lt=now - SYNC_STALLED)

    def due_for_renewal(self, now: datetime) -> "TeamQuerySet":
        """Connected teams whose token expires soon, or has."""
        return self.connected().filter(token_expires_at__lt=now + RENEW_BEFORE)

    def is_current(self, team: "Team") -> bool:
        """Whether the token of this row in hand is still the team's."""
        fresh = self.filter(pk=team.pk, token_version=team.token_version)
        return fresh.values_list("pk").first() is not None

    def pause(self, reason: str, now: datetime) -> int:
        """Stop serving these teams; the number changed. Only the connected can be paused."""
        return self.connected().update(state=Team.State.PAUSED, state_reason=reason, state_at=now)

    def resume(self, now: datetime) -> int:
        """Staff let paused teams go on; the number changed."""
        return self.filter(state=Team.State.PAUSED).update(
            state=Team.State.CONNECTED, state_reason="", state_at=now
        )

    @transaction.atomic
    def install(self, app: SlackApp, grant: Grant, now: datetime) -> tuple["Team", bool]:
        """Make or bring back to life the one row of this installation; whether it is new.

        All or nothing, and safe to run twice at once: the constraints let one insert win and the
        row's lock puts the other behind it.
        """
        identity: dict[str, object] = {
            "slack_app": app,
            "is_org_install": grant.is_org_install,
        } | (
            {"enterprise_id": grant.enterprise_id}
            if grant.is_org_install
            else {"team_id": grant.team_id}
        )
        # Locked as it is found: between two looks its removal could end.
        found = self.select_for_update()
        team, is_new = found.get_or_create(**identity, defaults={"name": grant.name})
        team.take(grant, now)
        Lane.objects.get_or_create(team=team)
        return team, is_new

    def disconnect(self, reason: str, now: datetime, *, token_version: int | None = None) -> int:
        """Mark these teams disconnected and forget their tokens; the number changed.

        With token_version, only where that token is still the team's: an answer about an old
        token says nothing of the one that a re-install has just brought.
        """
        teams = self.exclude(state=Team.State.DISCONNECTED)
        if token_version is not None:
            teams = teams.filter(token_version=token_version)
        with transaction.atomic():
            gone = list(teams.select_related("slack_app").select_for_update(of=("self",)))
            changed = self.model.objects.filter(pk__in=[team.pk for team in gone]).update(
                state=Team.State.DISCONNECTED,
                state_reason=reason,
                state_at=now,
                bot_token="",
                refresh_token="",
                token_expires_at=None,
                token_version=F("token_version") + 1,
            )
            for team in gone:
                transaction.on_commit(partial(hooks.run_disconnected, team), robust=True)
        return changed


class Team(models.Model):
    """An installation. Its row comes back to life at a re-install, until it is removed."""

    class State(models.TextChoices):
        CONNECTED = "connected", "Connected"
        PAUSED = "paused", "Paused"
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
    refresh_token = EncryptedTextField(blank=True, default="")
    token_expires_at = models.DateTimeField(
        null=True, blank=True, help_text="Empty for a token that does not rotate."
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
    sync_resumes_at = models.DateTimeField(
        null=True, blank=True, help_text="An interrupted sync goes on then."
    )
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
    def slack_id(self) -> str:
        """T… of the workspace, or E… of the organisation."""
        return self.enterprise_id if self.is_org_install else self.team_id

    def kept_until(self, kept_for: timedelta) -> datetime | None:
        """Until then it can come back with all its people; None for what is not disconnected."""
        if self.state != self.State.DISCONNECTED or self.state_at is None:
            return None
        return self.state_at + kept_for

    @property
    def scope_list(self) -> list[str]:
        return [scope for scope in self.scopes.split(",") if scope]

    @property
    def may_customize(self) -> bool:
        """Whether its posts may have a name and an icon; taken for granted where nobody knows."""
        return not self.scopes or CUSTOMIZE_SCOPE in self.scope_list

    def take(self, grant: Grant, now: datetime) -> None:
        """Become what Slack has just granted; what it did not tell stays as it was."""
        if self.bot_user_id != grant.bot_user_id:
            # Direct-message channels belong to the bot user that opened them.
            self.recipients.exclude(dm_channel="").update(dm_channel="")
            self.bot_id = ""
        # Perhaps it may more than before; where it may not, the next post says so again.
        self.recipients.admit(now)
        self.enterprise_id = grant.enterprise_id
        self.name = grant.name or self.name or self.slack_id
        self.domain = grant.domain or self.domain
        self.bot_token = grant.bot_token
        self.refresh_token, self.token_expires_at = grant.refresh_token, grant.expires_at
        self.token_version += 1
        self.bot_user_id = grant.bot_user_id
        self.bot_id = grant.bot_id or self.bot_id
        self.scopes = grant.scopes
        self.installer_id = grant.installer_id
        self.installed_at = self.state_at = now
        self.state, self.state_reason = self.State.CONNECTED, ""
        self.sync_cursor, self.sync_started_at, self.sync_resumes_at = "", None, None
        self.save()

    def renew_token(self, token: str, *, refresh_token: str, expires_at: datetime) -> None:
        """The next pair, and with it a new version: senders see it at their next beat."""
        self.bot_token, self.refresh_token = token, refresh_token
        self.token_expires_at = expires_at
        self.token_version += 1
        self.save(update_fields=("bot_token", "refresh_token", "token_expires_at", "token_version"))

    @property
    def person_scope(self) -> str:
        """Within what a user ID names one person: the organisation, else the workspace."""
        return self.enterprise_id or self.team_id

    def begin_sync(self, now: datetime) -> None:
        self.sync_started_at = now
        self.mark_sync("", now)

    def mark_sync(self, position: str, resumes_at: datetime) -> None:
        """Where to go on, empty for the beginning, and not before when."""
        self.sync_cursor, self.sync_resumes_at = position, resumes_at
        self.save(update_fields=("sync_started_at", "sync_cursor", "sync_resumes_at"))

    def end_sync(self, now: datetime) -> None:
        self.synced_at = now
        self.save(update_fields=("synced_at",))
        self.abandon_sync()

    def abandon_sync(self) -> None:
        """It cannot be done now; the next one begins anew."""
        self.sync_started_at, self.sync_cursor, self.sync_resumes_at = None, "", None
        self.save(update_fields=("sync_started_at", "sync_cursor", "sync_resumes_at"))
