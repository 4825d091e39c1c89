"""Where Bolt's OAuth flow keeps its one-time values and its result: our rows."""

import logging
import secrets
from datetime import UTC, datetime, timedelta
from functools import partial

from django.db import DatabaseError, transaction
from django.utils import timezone
from slack_bolt.error import BoltError
from slack_sdk.oauth.installation_store import Installation, InstallationStore
from slack_sdk.oauth.state_store import OAuthStateStore

from teams import hooks
from teams.grant import Grant, clean
from teams.models import OAuthState, SlackApp, Team
from teams.tasks import sync_team

logger = logging.getLogger(__name__)

STATE_LIFE = timedelta(minutes=10)


class StateStore(OAuthStateStore):
    """Values of one Slack app, each good once and for ten minutes."""

    def __init__(self, slack_app: SlackApp) -> None:
        self.slack_app_id = slack_app.pk

    @property
    def logger(self) -> logging.Logger:
        return logger

    def issue(self, *args: object, **kwargs: object) -> str:
        now = timezone.now()
        OAuthState.objects.filter(expires_at__lt=now).delete()
        state = OAuthState.objects.create(
            slack_app_id=self.slack_app_id,
            value=secrets.token_urlsafe(32),
            expires_at=now + STATE_LIFE,
        )
        return state.value

    def consume(self, state: str) -> bool:
        """Whether it was ours, fresh and unused; one DELETE, so that only one request wins."""
        if "\0" in state:
            return False
        unused = OAuthState.objects.filter(
            slack_app_id=self.slack_app_id, value=state, expires_at__gte=timezone.now()
        )
        deleted, _ = unused.delete()
        return deleted == 1


class InstallStore(InstallationStore):
    """Saves installations only: requests from Slack are authorized from our rows directly."""

    def __init__(self, slack_app: SlackApp) -> None:
        self.slack_app = slack_app

    @property
    def logger(self) -> logging.Logger:
        return logger

    def save(self, installation: Installation) -> None:
        """The whole row or nothing; then, after the commit, the sync and the hooks.

        Raises:
            BoltError: the database refused.
        """
        try:
            with transaction.atomic():
                team, is_new = Team.objects.install(
                    self.slack_app, grant_of(installation), timezone.now()
                )
                # Robust: a broker that is away must not fail an install that is committed; the
                # sweep of due syncs makes up for it.
                transaction.on_commit(partial(sync_team.delay, team.pk), robust=True)
                transaction.on_commit(partial(hooks.run_installed, team, is_new), robust=True)
        except DatabaseError as error:
            logger.exception("An installation of app %s could not be saved", self.slack_app.pk)
            raise BoltError("The installation could not be saved.") from error


def grant_of(installation: Installation) -> Grant:
    scopes = installation.bot_scopes or ()
    expires_at = installation.bot_token_expires_at
    is_org_install = bool(installation.is_enterprise_install)
    return Grant(
        team_id="" if is_org_install else clean(installation.team_id, 32),
        enterprise_id=clean(installation.enterprise_id, 32),
        is_org_install=is_org_install,
        name=clean(installation.enterprise_name if is_org_install else installation.team_name),
        domain=clean(installation.custom_values.get("domain")),
        bot_token=clean(installation.bot_token, 1000),
        bot_user_id=clean(installation.bot_user_id, 32),
        bot_id=clean(installation.bot_id, 32),
        scopes=clean(scopes if isinstance(scopes, str) else ",".join(scopes), 10_000),
        installer_id=clean(installation.user_id, 32),
        refresh_token=clean(installation.bot_refresh_token, 1000),
        expires_at=datetime.fromtimestamp(expires_at, UTC) if expires_at else None,
    )
