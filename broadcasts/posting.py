"""Posts outside broadcasts: rows in the same ledger, each with a key of its own."""

from collections.abc import Iterable
from typing import Any

from django.utils import timezone

from broadcasts.models import Delivery
from broadcasts.tasks import wake_senders
from teams.models import Recipient, Team

BATCH = 1_000


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
    place = {"dm_channel": slack_id} if slack_id.startswith("D") else {"slack_id": slack_id}
    recipient = Recipient.objects.filter(team=team, **place).first()
    delivery, is_new = Delivery.objects.get_or_create(
        key=key,
        defaults={
            "team": team,
            "recipient": recipient,
            "target": target_of(team, recipient.slack_id if recipient else slack_id),
            "slack_id": slack_id,
            "payload": {"text": text, "blocks": blocks} | look,
            "due_at": timezone.now(),
        },
    )
    if is_new:
        wake_senders.delay_on_commit()  # type: ignore[attr-defined]
    return delivery


def post_to_each(recipients: Iterable[Recipient], *, prefix: str, payload: dict[str, Any]) -> None:
    """Mean to post the same to each; a channel that teams share is met once.

    The keys are the prefix and the target.
    """
    now = timezone.now()
    rows: list[Delivery] = []
    for recipient in recipients:
        target = target_of(recipient.team, recipient.slack_id)
        rows.append(
            Delivery(
                key=f"{prefix}{target}",
                team=recipient.team,
                recipient=recipient,
                target=target,
                slack_id=recipient.slack_id,
                payload=payload,
                due_at=now,
            )
        )
    Delivery.objects.bulk_create(rows, batch_size=BATCH, ignore_conflicts=True)
    wake_senders.delay_on_commit()  # type: ignore[attr-defined]


def target_of(team: Team, slack_id: str) -> str:
    """What names one person, whatever app reaches them, or one channel, whoever shares it."""
    return slack_id if slack_id.startswith("C") else f"{team.person_scope}:{slack_id}"
