"""Posts outside broadcasts: one row in the same ledger, with a key of its own."""

from typing import Any

from django.utils import timezone

from broadcasts.models import Delivery
from broadcasts.tasks import wake_senders
from teams.models import Recipient, Team


def post(
    team: Team,
    *,
    key: str,
    slack_id: str,
    text: str,
    blocks: list[dict[str, Any]] | None = None,
    **look: str | None,
) -> Delivery:
    """Mean to post `text` to a user or channel of the team; asking again with `key` does nothing.

    `look` is the sender's, by the names of chat.postMessage: username, icon_emoji, icon_url.
    The sender posts it on the team's lane; its outcome is on the returned row.
    """
    recipient = Recipient.objects.filter(team=team, slack_id=slack_id).first()
    delivery, is_new = Delivery.objects.get_or_create(
        key=key,
        defaults={
            "team": team,
            "recipient": recipient,
            "target": slack_id if slack_id.startswith("C") else f"{team.person_scope}:{slack_id}",
            "slack_id": slack_id,
            "payload": {"text": text, "blocks": blocks} | look,
            "due_at": timezone.now(),
        },
    )
    if is_new:
        wake_senders.delay_on_commit()  # type: ignore[attr-defined]
    return delivery
