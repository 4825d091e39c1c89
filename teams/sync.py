"""Reading a team's people and channels from Slack, page by page.

Where a sync stands is in the team's row (`sync_started_at`, `sync_cursor`), written with each
page: whoever comes next goes on from there, after a wait or a crash. Nothing is ever deleted; what
a complete reading did not find is marked gone.
"""

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import available_timezones

from django.db import connection, transaction
from django.db.models import Count, Q
from django.utils import timezone

from teams import directory, slack
from teams.answers import NOT_A_MEMBER, Ambiguous, Disconnected, NotNow, Ok, Refusal
from teams.grant import clean
from teams.models import Recipient, Team
from teams.renewal import report_expired
from teams.tokens import settle_refusal

logger = logging.getLogger(__name__)

# Slack recommends no more; the method's limit counts requests, so fewer would be slower.
PAGE = 200
# Seconds after which a worker lets other teams have their turn.
STRETCH = 60.0
# Seconds before a request is repeated whose answer was lost.
LOST_WAIT = 30.0
# Clocks of workers differ: who comes back after a wait is not sent away for being early.
_EARLY = timedelta(seconds=1)
# First half of the advisory lock's key; the second is the team's.
_LOCK = 0x53594E43


@dataclass(frozen=True)
class Part:
    """One list to read; its name stands before the cursor in the row."""

    name: str
    kind: Recipient.Kind
    method: str
    field: str
    parse: Callable[[Team, object, datetime], Recipient | None]


PEOPLE = Part("people", Recipient.Kind.PERSON, "users.list", "members", directory.person)
CHANNELS = Part(
    "channels", Recipient.Kind.CHANNEL, "conversations.list", "channels", directory.channel
)


def advance(team_pk: int, *, only_stalled: bool = False) -> float | None:
    """Read on for a while; seconds after which to call again, None when there is no need.

    Does nothing for a team that is not connected, that another worker is reading, or whose sync
    waits for Slack: whoever was told to wait comes back. With `only_stalled` nor for one that
    somebody has taken up, or ended, meanwhile: else each lost message begins a sync of its own.
    """
    with _alone(team_pk) as alone:
        if not alone:
            return None
        now = timezone.now()
        teams = Team.objects.sync_stalled(now) if only_stalled else Team.objects.connected()
        team = teams.filter(pk=team_pk).first()
        if team is None or (team.sync_resumes_at and team.sync_resumes_at > now + _EARLY):
            return None
        wait = _advance(team)
        if wait and team.sync_started_at and Team.objects.is_current(team):
            team.mark_sync(team.sync_cursor, timezone.now() + timedelta(seconds=wait))
        return wait


def _advance(team: Team) -> float | None:
    if team.sync_started_at is None:
        team.begin_sync(timezone.now())
    if not team.sync_cursor:
        _refresh(team)
    deadline = time.monotonic() + STRETCH
    while team.sync_started_at is not None:
        if time.monotonic() > deadline or not Team.objects.is_current(team):
            return 0.0
        refusal = _read_page(team)
        if refusal is not None:
            return _give_way(team, refusal)
    return None


def _read_page(team: Team) -> Refusal | None:
    """One page and its mark in the row, in one commit; the refusal when there is no page."""
    part, cursor = _position(team)
    arguments: dict[str, object] = {"limit": PAGE, "cursor": cursor or None}
    if part is PEOPLE:
        arguments["include_locale"] = True
    else:
        arguments["types"] = _channel_types(team)
    answer = slack.for_team(team).call(part.method, **arguments)
    if not isinstance(answer, Ok):
        return answer
    documents = answer.data.get(part.field)
    if not isinstance(documents, list):
        return Ambiguous("no_list", f"Slack's answer to {part.method} holds no list.")
    metadata = answer.data.get("response_metadata")
    following = metadata.get("next_cursor") if isinstance(metadata, dict) else ""
    _keep_page(team, part, documents, clean(following))
    return None


@transaction.atomic
def _keep_page(team: Team, part: Part, documents: list[object], following: str) -> None:
    started = team.sync_started_at
    if started is None or not Team.objects.select_for_update(no_key=True).is_current(team):
        return
    rows = (part.parse(team, document, started) for document in documents)
    directory.keep(row for row in rows if row is not None)
    if following:
        team.mark_sync(f"{part.name}:{following}", timezone.now())
        return
    _mark_gone(team, part, started)
    if part is PEOPLE:
        _learn_zone(team)
    else:
        _admit(team, started)
    if part is PEOPLE and _channel_types(team):
        team.mark_sync(f"{CHANNELS.name}:", timezone.now())
    else:
        team.end_sync(timezone.now())


def _mark_gone(team: Team, part: Part, started: datetime) -> None:
    of_kind = team.recipients.filter(kind=part.kind)
    # A workspace is never empty: an empty list is a fault of Slack's, not news.
    if of_kind.filter(seen_at__gte=started).exists():
        of_kind.filter(seen_at__lt=started, gone_at=None).update(gone_at=timezone.now())


def _admit(team: Team, started: datetime) -> None:
    """The channels that are open to the bot again, whatever event was lost."""
    listed = team.recipients.channels().filter(seen_at__gte=started, is_deactivated=False)
    listed.filter(Q(is_member=True) | ~Q(refusal=NOT_A_MEMBER)).admit(started)


def _learn_zone(team: Team) -> None:
    """The zone of most people: Slack tells each person's, and none of the workspace."""
    zones = team.recipients.people().reachable().values_list("time_zone")
    ranked = zones.annotate(people=Count("pk")).order_by("-people", "time_zone")
    for zone, _ in ranked:
        if zone in available_timezones():
            Team.objects.filter(pk=team.pk).update(time_zone=zone)
            return


def _give_way(team: Team, refusal: Refusal) -> float | None:
    """What becomes of a sync that got no page: later, anew, or not at all."""
    if not Team.objects.is_current(team):
        return 0.0
    if isinstance(refusal, NotNow):
        if refusal.scope == "token":
            report_expired(team.pk, team.token_version, timezone.now())
        return refusal.wait
    if isinstance(refusal, Ambiguous):
        return LOST_WAIT
    logger.warning("Sync of team %s stopped: %s", team.pk, refusal.sentence)
    if isinstance(refusal, Disconnected) and settle_refusal(team, refusal, timezone.now()):
        return None
    part, cursor = _position(team)
    if cursor:
        # A cursor that Slack no longer knows: from the start.
        team.mark_sync("", timezone.now())
        return LOST_WAIT
    if part is CHANNELS:
        team.end_sync(timezone.now())
    else:
        team.abandon_sync()
    return None


def _refresh(team: Team) -> None:
    """Name, domain and the bot's id, as far as Slack tells; the people are read in any case."""
    about = slack.for_team(team).call("team.info")
    document = about.data.get("team") if isinstance(about, Ok) else None
    if isinstance(document, dict) and not team.is_org_install:
        team.name = clean(document.get("name")) or team.name
        team.domain = clean(document.get("domain")) or team.domain
    identity = slack.test_token(team.bot_token) if not team.bot_id else None
    if isinstance(identity, Ok):
        team.bot_id = clean(identity.data.get("bot_id"), 32)
    Team.objects.filter(pk=team.pk, token_version=team.token_version).update(
        name=team.name, domain=team.domain, bot_id=team.bot_id
    )


def _position(team: Team) -> tuple[Part, str]:
    name, _, cursor = team.sync_cursor.partition(":")
    return (CHANNELS if name == CHANNELS.name else PEOPLE), cursor


def _channel_types(team: Team) -> str:
    """What the granted scopes let us list; empty for no channels at all."""
    types = {"channels:read": "public_channel", "groups:read": "private_channel"}
    return ",".join(kind for scope, kind in types.items() if scope in team.scope_list)


@contextmanager
def _alone(team_pk: int) -> Iterator[bool]:
    """Whether nobody else reads this team; held to the end of the block, or of the connection."""
    key = (_LOCK, team_pk % 2**31)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", key)
        row = cursor.fetchone()
    alone = bool(row and row[0])
    try:
        yield alone
    finally:
        if alone:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s, %s)", key)
