"""Reading a team's people and channels from Slack, page by page.

Where a sync stands is in the team's row (`sync_started_at`, `sync_cursor`), written with each
page: whoever comes next goes on from there, after a wait or a crash. Nothing is ever deleted; what
a complete reading did not find is marked gone.
"""

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
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
from teams.workspaces import PAGE, Position, Workspaces, next_cursor

logger = logging.getLogger(__name__)

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
PARTS = {part.name: part for part in (PEOPLE, CHANNELS)}


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
    workspaces = Workspaces(team)
    while team.sync_started_at is not None:
        if time.monotonic() > deadline or not Team.objects.is_current(team):
            return 0.0
        refusal = workspaces.load()
        if refusal is not None:
            return _give_way(team, refusal)
        refusal = _read_page(team, workspaces)
        if refusal is not None:
            return _give_way(team, refusal, workspaces)
    return None


def _read_page(team: Team, workspaces: Workspaces) -> Refusal | None:
    """One page and its mark in the row, in one commit; the refusal when there is no page."""
    place = _position(team, workspaces)
    if team.is_org_install and not place.workspace:
        # No admin of the organisation has added the app to any yet.
        team.end_sync(timezone.now())
        return None
    part = PARTS[place.part]
    arguments: dict[str, object] = {"limit": PAGE, "cursor": place.cursor or None}
    if place.workspace:
        arguments["team_id"] = place.workspace
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
    following = next_cursor(answer)
    _keep_page(team, place, documents, following, onward=workspaces.after(place.workspace))
    return None


@transaction.atomic
def _keep_page(
    team: Team, place: Position, documents: list[object], following: str, *, onward: str = ""
) -> None:
    """`onward` is the workspace that comes next, where there is one."""
    started = team.sync_started_at
    if started is None or not Team.objects.select_for_update(no_key=True).is_current(team):
        return
    rows = (PARTS[place.part].parse(team, document, started) for document in documents)
    directory.keep(row for row in rows if row is not None)
    if following:
        team.mark_sync(str(replace(place, cursor=following)), timezone.now())
    else:
        _go_on(team, place, started, onward)


def _go_on(team: Team, place: Position, started: datetime, onward: str) -> None:
    """This list is done with: the same of the next workspace, or the next part."""
    if onward:
        team.mark_sync(str(replace(place, workspace=onward, cursor="")), timezone.now())
        return
    part = PARTS[place.part]
    if place.is_whole:
        _mark_gone(team, part, started)
    if part is PEOPLE:
        _learn_zone(team)
    else:
        _admit(team, started)
    if part is PEOPLE and _channel_types(team):
        channels = Position(CHANNELS.name, is_whole=place.is_whole)
        team.mark_sync(str(channels), timezone.now())
    else:
        team.end_sync(timezone.now())


@transaction.atomic
def _leave_out(team: Team, place: Position, onward: str) -> None:
    """One workspace of an organisation does not let us read: the others are read."""
    started = team.sync_started_at
    if started and Team.objects.select_for_update(no_key=True).is_current(team):
        _go_on(team, replace(place, is_whole=False), started, onward)


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


def _give_way(team: Team, refusal: Refusal, workspaces: Workspaces | None = None) -> float | None:
    """What becomes of a sync that got no page: later, anew, without this workspace, or not at all.

    Without `workspaces` it was those that Slack did not tell.
    """
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
    if workspaces is None:
        team.abandon_sync()
        return None
    place = _position(team, workspaces)
    if place.cursor:
        # A cursor that Slack no longer knows: from the start of this list.
        team.mark_sync(str(replace(place, cursor="")), timezone.now())
        return LOST_WAIT
    if place.workspace:
        _leave_out(team, place, workspaces.after(place.workspace))
        return 0.0 if team.sync_started_at else None
    if place.part == CHANNELS.name:
        team.end_sync(timezone.now())
    else:
        team.abandon_sync()
    return None


def _refresh(team: Team) -> None:
    """Name, domain and the bot's id, as far as Slack tells; the people are read in any case."""
    about = None if team.is_org_install else slack.for_team(team).call("team.info")
    document = about.data.get("team") if isinstance(about, Ok) else None
    if isinstance(document, dict):
        team.name = clean(document.get("name")) or team.name
        team.domain = clean(document.get("domain")) or team.domain
    identity = slack.test_token(team.bot_token) if not team.bot_id else None
    if isinstance(identity, Ok):
        team.bot_id = clean(identity.data.get("bot_id"), 32)
    Team.objects.filter(pk=team.pk, token_version=team.token_version).update(
        name=team.name, domain=team.domain, bot_id=team.bot_id
    )


def _position(team: Team, workspaces: Workspaces) -> Position:
    """Where it stands; at first with people, and in an organisation's first workspace."""
    place = Position.read(team.sync_cursor)
    part = place.part if place.part in PARTS else PEOPLE.name
    return replace(place, part=part, workspace=place.workspace or workspaces.after(""))


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
