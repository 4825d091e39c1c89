"""The one-time `state` values that tie a redirect from Slack to the browser that left us."""

from django.db import models

from teams.models.app import SlackApp


class OAuthState(models.Model):
    """A value given to Slack at the start of an install; used once, within ten minutes."""

    slack_app = models.ForeignKey(SlackApp, models.CASCADE)
    value = models.CharField(max_length=64, unique=True)
    expires_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"OAuth state of {self.slack_app_id}"
