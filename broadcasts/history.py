"""Settling unknown deliveries by reading the conversation, where an operator allows it.

Found: sent (arrow h). Not found in the whole window: failed, since it was not posted (arrow i).
Anything less than certain leaves the row as it is. One request at a time, at the pace that Slack
allows the app, never in bulk.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import Exists, OuterRef

from broadcasts.evidence import Proof, delivery_in, hub_in, is_place, settle
from broadcasts.models import RESEND_AFTER, Delivery, Engine, HistoryReader
from broadcasts.models.delivery import DeliveryQuerySet
from teams import slack
from teams.answers import Answer, Disconnected, NotNow, Ok
from teams.models import Team
from teams.tokens import settle_refusal

logger = logging.getLogger(__name__)

# Slack's clock against ours.
LEEWAY = timedelta(seconds=60)
# A workspace may have Slack delete what is older than a day: what is not found then may have been.
# https://slack.com/help/articles/203457187-Customize-data-retention-in-Slack
KEPT_BY_SLACK = timedelta(hours=23)
PAGE = 200
LONGEST_CURSOR = 255
# Between two looks for due teams; a team may use at once what it has saved in that time.
LOOK_EVERY = timedelta(seconds=20)
NEXT_ROUND = timedelta(minutes=1)
REFUSED_WAIT = timedelta(hours=1)


def teams_to_read(now: datetime) -> list[int]:
    """Teams with a delivery that a read could settle, whose app may read and whose turn it is."""
    allowed = (
        Team.objects.connected()
        .filter(slack_app__enabled=True, slack_app__history_reads__gt=0)
        .exclude(history_reader__next_at__gt=now)
    )
    unknown = _readable(now).filter(team=OuterRef("pk"))
    return list(allowed.filter(Exists(unknown)).values_list("pk", flat=True))


def read_team(team_pk: int, now: datetime) -> None:
    """As many requests as the team's pace allows now."""
    rested = {"next_at": now - LOOK_EVERY}
    HistoryReader.objects.get_or_create(team_id=team_pk, defaults=rested)
    while _read_next(team_pk, now):
        pass


def _readable(now: datetime) -> DeliveryQuerySet:
    """No request of theirs is under way; a reply in a thread does not stand in the history."""
    return (
        Delivery.objects.resendable(now)
        .filter(marked_at__gt=now - KEPT_BY_SLACK)
        .exclude(payload__has_key="thread_ts")
    )


@transaction.atomic
def _read_next(team_pk: int, now: datetime) -> bool:
    """One request; False when there is nothing to read, or not yet, or somebody else reads."""
    readers = HistoryReader.objects.select_for_update(skip_locked=True, of=("self",))
    due = readers.filter(team__in=Team.objects.connected(), team=team_pk, next_at__lte=now)
    reader = due.select_related("team__slack_app").first()
    if reader is None:
        return False
    delivery = _next_delivery(reader, now)
    if delivery is None:
        # From the start again, a little later: those that could not be decided are among them.
        reader.delivery, reader.next_at = 0, now + NEXT_ROUND
    else:
        reader.delivery = delivery.pk
        reader.spend(max(1, reader.team.slack_app.history_reads), LOOK_EVERY, now)
        _read(reader, delivery, now)
    reader.save()
    return delivery is not None


def _next_delivery(reader: HistoryReader, now: datetime) -> Delivery | None:
    """The one whose pages are not all read; else the next by number."""
    mine = _readable(now).filter(team=reader.team).order_by("pk").select_related("recipient")
    delivery = mine.filter(pk=reader.delivery).first() if reader.cursor else None
    if delivery is None:
        reader.cursor = ""
        delivery = mine.filter(pk__gt=reader.delivery).first()
    return delivery


def _read(reader: HistoryReader, delivery: Delivery, now: datetime) -> None:
    door = slack.for_team(reader.team)
    channel = _known_channel(delivery)
    answer: Answer
    if not channel:
        # Opening twice does no harm, and the next request reads it.
        answer = door.call("conversations.open", users=delivery.slack_id)
        if not isinstance(answer, Ok):
            return _not_read(reader, answer, now)
        channel = _opened(answer.data)
        if not channel:
            return reader.move_on()
    assert delivery.marked_at is not None
    answer = door.call(
        "conversations.history",
        channel=channel,
        oldest=f"{(delivery.marked_at - LEEWAY).timestamp():.6f}",
        latest=f"{(delivery.marked_at + RESEND_AFTER).timestamp():.6f}",
        limit=PAGE,
        include_all_metadata=1,
        cursor=reader.cursor or None,
    )
    if not isinstance(answer, Ok):
        return _not_read(reader, answer, now)
    _conclude(reader, delivery, _Page(channel, answer.data), now)


def _known_channel(delivery: Delivery) -> str:
    if delivery.slack_id[0] not in "UW":
        return delivery.slack_id
    return delivery.channel or (delivery.recipient.dm_channel if delivery.recipient else "")


def _opened(data: Mapping[str, Any]) -> str:
    channel = data.get("channel")
    found = channel.get("id") if isinstance(channel, Mapping) else None
    return found if isinstance(found, str) else ""


@dataclass(frozen=True, slots=True)
class _Page:
    """A page of a conversation, as conversations.history answered it."""

    channel: str
    data: Mapping[str, Any]

    @property
    def messages(self) -> list[Any] | None:
        """None where the answer is not understood: then it shows nothing."""
        found = self.data.get("messages")
        return found if isinstance(found, list) else None

    @property
    def following(self) -> str:
        metadata = self.data.get("response_metadata")
        found = metadata.get("next_cursor") if isinstance(metadata, Mapping) else None
        return found if isinstance(found, str) and len(found) <= LONGEST_CURSOR else ""

    @property
    def is_last(self) -> bool:
        return self.data.get("has_more") is False


def _conclude(reader: HistoryReader, delivery: Delivery, page: _Page, now: datetime) -> None:
    if page.messages is None:
        return reader.move_on()
    hubs = ("", Engine.get().hub_id)
    named = [
        message
        for message in page.messages
        if _named_by(message) == delivery.pk and hub_in(message.get("metadata")) in hubs
    ]
    proofs = list(filter(None, (_proof(reader.team, page.channel, one) for one in named)))
    if proofs:
        connection.ensure_connection()
        settle(connection.connection, proofs)
    elif named:
        logger.warning("Delivery %s is named by a post that is not known as ours", delivery.pk)
    elif page.following:
        return reader.stay(page.following)
    elif page.is_last and not _may_be_elsewhere(reader.team, delivery):
        Delivery.objects.filter(pk=delivery.pk, attempt=delivery.attempt).not_posted(now)
    reader.move_on()


def _may_be_elsewhere(team: Team, delivery: Delivery) -> bool:
    """An install may bring another bot user, whose direct messages are other conversations."""
    assert delivery.marked_at is not None
    is_direct = delivery.slack_id[0] in "UWD"
    return is_direct and team.installed_at is not None and team.installed_at > delivery.marked_at


def _named_by(message: Any) -> int | None:
    return delivery_in(message.get("metadata")) if isinstance(message, Mapping) else None


def _proof(team: Team, channel: str, message: Mapping[str, Any]) -> Proof | None:
    """The message as a proof; None unless this very app posted it."""
    if message.get("app_id") != team.slack_app.app_id:
        return None
    delivery, ts = _named_by(message), message.get("ts")
    if delivery is None or not isinstance(ts, str) or not is_place(channel, ts):
        return None
    return Proof(
        delivery, team.slack_app.pk, team.team_id, team.enterprise_id, channel=channel, ts=ts
    )


def _not_read(reader: HistoryReader, answer: Answer, now: datetime) -> None:
    match answer:
        case NotNow(wait=wait):
            reader.repeat(now + timedelta(seconds=wait))
        case Disconnected(sentence=sentence):
            logger.warning("Team %s: no history is read: %s", reader.team.pk, sentence)
            settle_refusal(reader.team, answer, now)
            if not Team.objects.is_current(reader.team):
                # It was the token, and whoever installs the app again brings another.
                return reader.repeat(now)
            # Not this one again: it may be the only one that the app may not read.
            reader.next_at = now + REFUSED_WAIT
            reader.move_on()
        case _:
            reader.move_on()
