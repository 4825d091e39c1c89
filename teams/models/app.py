"""A Slack app that this hub serves."""

import re

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models

from teams.crypto import EncryptedTextField
from teams.evidence import HISTORY_SCOPES, METADATA_SCOPE

# Without it Slack refuses a post that has a name or an icon of its own.
CUSTOMIZE_SCOPE = "chat:write.customize"

_APP_ID = re.compile(r"A[A-Z0-9]+")
_SCOPE = re.compile(r"[a-z]+([._:-][a-z]+)*")


class SlackAppQuerySet(models.QuerySet["SlackApp"]):
    def enabled(self) -> "SlackAppQuerySet":
        return self.filter(enabled=True)


class SlackApp(models.Model):
    """One app registered at Slack, with its own credentials, scopes and transport.

    A hub serves several: a large customer's own internal app is one more row.
    """

    class Transport(models.TextChoices):
        HTTP = "http", "HTTP: Slack calls this hub's public address"
        SOCKET = "socket", "Socket Mode: this hub connects to Slack"

    slug = models.SlugField(
        unique=True, help_text="Part of the app's addresses: /slack/&lt;slug&gt;/events."
    )
    name = models.CharField(max_length=35, help_text="As registered at Slack; at most 35 letters.")
    app_id = models.CharField(
        "app ID", max_length=32, unique=True, help_text="Starts with A; Basic Information page."
    )
    client_id = models.CharField("client ID", max_length=64)
    client_secret = EncryptedTextField()
    signing_secret = EncryptedTextField(
        help_text="Proves that a request comes from Slack; Basic Information page."
    )
    app_token = EncryptedTextField(
        "app-level token", blank=True, default="", help_text="Starts with xapp-; Socket Mode only."
    )
    transport = models.CharField(max_length=6, choices=Transport, default=Transport.HTTP)
    connections = models.PositiveSmallIntegerField(
        "Socket Mode connections",
        default=1,
        validators=[MinValueValidator(1), MaxValueValidator(10)],
        help_text="1 to 10. With two or more, nothing waits while Slack replaces one of them.",
    )
    scopes = models.TextField(
        "bot scopes",
        default="app_mentions:read,channels:read,chat:write,chat:write.public,commands,im:history,"
        "team:read,users:read",
        help_text="Comma-separated; each one is explained on the install page. Names and icons of "
        "bots and messages need chat:write.customize too, and im:write where they go to people; "
        "reactions need reactions:write.",
    )
    command = models.CharField(
        max_length=32,
        blank=True,
        validators=[
            RegexValidator(r"^/[a-z0-9_-]+\Z", "A slash and small letters, digits, - or _.")
        ],
        help_text="By which people choose what they receive, such as /hub. Empty: HUB_COMMAND. Of "
        "two apps with one command in a workspace, Slack asks the one that was installed last.",
    )
    delivery_events = models.BooleanField(
        default=False,
        help_text="Slack tells of each post, which settles deliveries whose answer was lost. Adds "
        "a scope: paste the manifest anew and let every workspace install the app again.",
    )
    history_reads = models.PositiveSmallIntegerField(
        default=0,
        help_text="Unknown deliveries are settled by reading their conversations, so many times a "
        "minute and workspace: 1 for an app that you distribute, up to 50 for one of your own "
        "workspaces or of Slack's Marketplace, 0 for never. Adds scopes.",
    )
    enabled = models.BooleanField(default=True)
    held = models.BooleanField(
        default=False, help_text="Nothing is posted for any team of this app while it is held."
    )
    created_at = models.DateTimeField(auto_now_add=True)

    objects = SlackAppQuerySet.as_manager()

    class Meta:
        ordering = ("created_at", "id")
        verbose_name = "Slack app"

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Finds the slips that Slack would show to whoever installs the app."""
        found = {}
        if self.app_id and not _APP_ID.fullmatch(self.app_id):
            found["app_id"] = "Not an app ID: A and then capital letters and digits."
        if self.scopes and not self.scope_list:
            found["scopes"] = "Name at least one scope, such as chat:write."
        elif wrong := [scope for scope in self.scope_list if not _SCOPE.fullmatch(scope)]:
            found["scopes"] = f"Not a scope: {', '.join(wrong)}."
        if found:
            raise ValidationError(found)

    @property
    def hub_command(self) -> str:
        return self.command or settings.HUB_COMMAND

    @property
    def scope_list(self) -> list[str]:
        """All that are asked for: those of staff, then those that the switches need."""
        asked = [scope.strip() for scope in self.scopes.split(",") if scope.strip()]
        if self.delivery_events:
            asked.append(METADATA_SCOPE)
        if self.history_reads:
            asked += HISTORY_SCOPES
        return list(dict.fromkeys(asked))
