"""News from Slack that keeps a team and its mirror fresh; each may come late, twice or never."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from teams import directory
from teams.answers import NOT_A_MEMBER
from teams.grant import clean
from teams.models import Recipient, Team
from teams.models.recipient import RecipientQuerySet
from teams.tasks import sync_team

type Event = Mapping[str, Any]

# Clocks differ, and a sync notes its start as the time of all it read.
LEEWAY = timedelta(seconds=2)


def apply_event(team: Team, event: Event) -> bool:
    """Do what one inner event says; whether it is of a kind we know.

    Safe to repeat; news that is older than what the row knows is left alone.
    """
    handler = HANDLERS.get(str(event.get("type")))
    if handler is None:
        return False
    handler(team, event, _time_of(event))
    return True


def _time_of(event: Event) -> datetime:
    """When it happened: seconds with a fraction, as text; now when Slack does not say."""
    try:
        return datetime.fromtimestamp(float(event["event_ts"]), UTC)
    except (KeyError, OSError, OverflowError, TypeError, ValueError):
        return timezone.now()


def _person(team: Team, event: Event, at: datetime) -> None:
    row = directory.person(team, event.get("user"), at)
    if row is None:
        return
    with transaction.atomic():
        known = team.recipients.select_for_update().filter(slack_id=row.slack_id).first()
        if known and known.seen_at > at + LEEWAY:
            return
        row.locale = row.locale or (known.locale if known else "")
        directory.keep([row])


def _channel_named(team: Team, event: Event, at: datetime) -> None:
    document = event.get("channel")
    row = directory.channel(team, document, at)
    if row is None:
        return
    is_private = str(event.get("type")).startswith("group_")
    Recipient.objects.get_or_create(
        team=team,
        slack_id=row.slack_id,
        defaults={"kind": row.kind, "name": row.name, "is_private": is_private, "seen_at": at},
    )
    _change(team, row.slack_id, at, name=row.name)


def _archived(team: Team, event: Event, at: datetime) -> None:
    _change(team, event.get("channel"), at, is_deactivated=True)


def _unarchived(team: Team, event: Event, at: datetime) -> None:
    _change(team, event.get("channel"), at, is_deactivated=False)
    _channels(team, event.get("channel")).exclude(refusal=NOT_A_MEMBER).admit(at + LEEWAY)


def _deleted(team: Team, event: Event, at: datetime) -> None:
    known = team.recipients.filter(slack_id=clean(event.get("channel"), 32), gone_at=None)
    known.filter(seen_at__lte=at + LEEWAY).update(gone_at=at, is_member=False)


def _joined(team: Team, event: Event, at: datetime) -> None:
    slack_id = clean(event.get("channel"), 32)
    if not slack_id or event.get("user") != team.bot_user_id:
        return
    Recipient.objects.get_or_create(
        team=team,
        slack_id=slack_id,
        defaults={
            "kind": Recipient.Kind.CHANNEL,
            "is_private": event.get("channel_type") == "G",
            "seen_at": at,
        },
    )
    _change(team, slack_id, at, is_member=True)
    _channels(team, slack_id).admit(at + LEEWAY)


def _left(team: Team, event: Event, at: datetime) -> None:
    if event.get("user") == team.bot_user_id:
        _change(team, event.get("channel"), at, is_member=False)


def _change(team: Team, slack_id: object, at: datetime, **fields: object) -> None:
    known = _channels(team, slack_id).filter(seen_at__lte=at + LEEWAY)
    known.update(seen_at=at, gone_at=None, **fields)


def _channels(team: Team, slack_id: object) -> RecipientQuerySet:
    """The one with that ID, if there is one."""
    return team.recipients.channels().filter(slack_id=clean(slack_id, 32))


def _renamed(team: Team, event: Event, at: datetime) -> None:
    name = clean(event.get("name"))
    if name:
        Team.objects.filter(pk=team.pk).update(name=name)


def _moved(team: Team, event: Event, at: datetime) -> None:
    domain = clean(event.get("domain"))
    if domain:
        Team.objects.filter(pk=team.pk).update(domain=domain)


def _let_in_or_out(team: Team, event: Event, at: datetime) -> None:
    """An organisation's admins have added the app to a workspace, or taken it from one."""
    if team.is_org_install:
        sync_team.delay_on_commit(team.pk)  # type: ignore[attr-defined]


HANDLERS: dict[str, Callable[[Team, Event, datetime], None]] = {
    "team_join": _person,
    "user_change": _person,
    "channel_created": _channel_named,
    "channel_rename": _channel_named,
    "channel_archive": _archived,
    "channel_unarchive": _unarchived,
    "channel_deleted": _deleted,
    "group_rename": _channel_named,
    "group_archive": _archived,
    "group_unarchive": _unarchived,
    "group_deleted": _deleted,
    "member_joined_channel": _joined,
    "member_left_channel": _left,
    "team_rename": _renamed,
    "team_domain_change": _moved,
    "team_access_granted": _let_in_or_out,
    "team_access_revoked": _let_in_or_out,
}
