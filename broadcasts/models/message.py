"""What a broadcast says."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import models

from broadcasts.rendering import problems


class Message(models.Model):
    """Text and/or Block Kit blocks with Liquid variables, and how the sender shows."""

    name = models.CharField(
        max_length=100, unique=True, help_text="For staff; nobody else sees it."
    )
    text = models.TextField(
        blank=True,
        help_text="Slack's mrkdwn. Also what notifications show and screen readers read. "
        'Variables: {{ first_name | default: "there" }}.',
    )
    blocks = models.JSONField(
        null=True, blank=True, help_text="A list of Block Kit blocks; variables work inside."
    )
    offers_opt_out = models.BooleanField(
        "opt-out button", default=True, help_text="A button by which a person stops this broadcast."
    )
    sender_name = models.CharField(max_length=80, blank=True)
    sender_icon = models.CharField(
        max_length=255, blank=True, help_text="An emoji such as :tada: or an https image address."
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        super().clean()
        if found := self.problems():
            raise ValidationError(found)

    def problems(self) -> list[str]:
        """Why it cannot be sent, as sentences; empty when it can."""
        return problems(self.content())

    def content(self) -> dict[str, Any]:
        """The copy that a run keeps: later edits change later runs only."""
        return {
            "text": self.text,
            "blocks": self.blocks,
            "offers_opt_out": self.offers_opt_out,
            "sender_name": self.sender_name,
            "sender_icon": self.sender_icon,
        }
