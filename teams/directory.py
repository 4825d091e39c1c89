"""Slack's documents of people and channels as rows; one bulk upsert a page."""

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import cache
from operator import attrgetter
from typing import Any

from django.db import connection
from django.db.models import Model

from teams.grant import clean
from teams.models import Recipient, Team

type Document = Mapping[str, Any]

_FROM_SLACK = (
    "kind",
    "name",
    "display_name",
    "real_name",
    "first_name",
    "last_name",
    "title",
    "email",
    "time_zone",
    "locale",
    "is_bot",
    "is_guest",
    "is_deactivated",
    "is_stranger",
    "is_private",
    "is_member",
    "gone_at",
    "seen_at",
)


# What a person has chosen for themselves.
_CHOSEN = ("opted_out_at", "muted_until", "quiet_from", "quiet_to")
_OURS_AND_SLACKS = ("team_id", "slack_id", *_FROM_SLACK)
_values = attrgetter(*_OURS_AND_SLACKS)


def keep(recipients: Iterable[Recipient]) -> int:
    """Insert or refresh these rows in one statement; what is ours (opt-outs, …) stays as it was.

    Of whoever is new here it is what they have chosen through another app or workspace of theirs.
    As one JSON array, and not by bulk_create: that costs four times the CPU, a field at a time.
    """
    # One statement cannot touch a row twice, and a page may name somebody twice.
    rows = {(row.team_id, row.slack_id): row for row in recipients}
    page = [dict(zip(_OURS_AND_SLACKS, _values(row), strict=True)) for row in rows.values()]
    with connection.cursor() as cursor:
        cursor.execute(_upsert(), (json.dumps(page, default=str),))
    return len(rows)


@cache
def _upsert() -> str:
    columns = {field.column: field for field in Recipient._meta.concrete_fields}
    typed = ", ".join(f"{name} {columns[name].db_type(connection)}" for name in _OURS_AND_SLACKS)
    names = ", ".join(_OURS_AND_SLACKS)
    chosen = ", ".join(_CHOSEN)
    return f"""
        WITH page AS MATERIALIZED (SELECT * FROM json_to_recordset(%s) AS page({typed})),
        others AS MATERIALIZED (
            SELECT t.id AS team, o.id AS other
            FROM teams_team t JOIN teams_team o ON o.id <> t.id
                AND (o.team_id = t.team_id AND t.team_id <> ''
                     OR o.enterprise_id = t.enterprise_id AND t.enterprise_id <> '')
            WHERE t.id IN (SELECT team_id FROM page)
        )
        INSERT INTO teams_recipient ({names}, dm_channel, attributes, created_at, {chosen})
        SELECT {", ".join(f"page.{name}" for name in _OURS_AND_SLACKS)}, '', '{{}}',
               clock_timestamp(), {chosen}
        FROM page LEFT JOIN LATERAL (
            SELECT {chosen}
            FROM others JOIN teams_recipient r ON r.team_id = others.other
            WHERE others.team = page.team_id AND r.slack_id = page.slack_id
                AND page.kind = 'person'
            ORDER BY opted_out_at, r.id LIMIT 1
        ) AS chosen ON true
        ON CONFLICT (team_id, slack_id)
        DO UPDATE SET {", ".join(f"{name} = excluded.{name}" for name in _FROM_SLACK)}
    """


def person(team: Team, document: object, seen_at: datetime) -> Recipient | None:
    """The row of a user document; None when it is none."""
    slack_id = _slack_id(document)
    if slack_id is None or not isinstance(document, Mapping):
        return None
    profile = _object(document, "profile")
    return Recipient(
        team=team,
        slack_id=slack_id,
        kind=Recipient.Kind.PERSON,
        name=clean(document.get("name")),
        display_name=clean(profile.get("display_name")),
        real_name=clean(profile.get("real_name") or document.get("real_name")),
        first_name=clean(profile.get("first_name")),
        last_name=clean(profile.get("last_name")),
        title=clean(profile.get("title")),
        email=clean(profile.get("email")),
        time_zone=clean(document.get("tz"), 64),
        locale=clean(document.get("locale"), 16),
        is_bot=slack_id == "USLACKBOT"
        or _any(document, "is_bot", "is_workflow_bot", "is_connector_bot"),
        is_guest=_any(document, "is_restricted", "is_ultra_restricted"),
        is_deactivated=_any(document, "deleted"),
        is_stranger=_any(document, "is_stranger") or _is_foreign(team, document),
        seen_at=seen_at,
    )


def channel(team: Team, document: object, seen_at: datetime) -> Recipient | None:
    """The row of a conversation document; None for what is no channel."""
    slack_id = _slack_id(document)
    if slack_id is None or not isinstance(document, Mapping) or _any(document, "is_im", "is_mpim"):
        return None
    return Recipient(
        team=team,
        slack_id=slack_id,
        kind=Recipient.Kind.CHANNEL,
        name=clean(document.get("name")),
        is_deactivated=_any(document, "is_archived"),
        is_private=_any(document, "is_private"),
        is_member=_any(document, "is_member"),
        seen_at=seen_at,
    )


def _slack_id(document: object) -> str | None:
    value = document.get("id") if isinstance(document, Mapping) else None
    width = _width(Recipient, "slack_id")
    return value if isinstance(value, str) and 0 < len(value) <= width and value.isalnum() else None


@cache
def _width(model: type[Model], field: str) -> int:
    return int(getattr(model._meta.get_field(field), "max_length", 0))


def is_admin(team: Team, document: object) -> bool:
    """An admin or owner here: those of a shared channel's other workspaces are none.

    Slack calls such a guest no stranger; the home alone tells.
    """
    if not isinstance(document, Mapping) or _any(document, "is_stranger"):
        return False
    if team.is_org_install and _organisation(document) != team.enterprise_id:
        return False
    return not _is_foreign(team, document) and _any(document, "is_admin", "is_owner")


def _is_foreign(team: Team, document: Document) -> bool:
    """A user of another workspace, here through a shared channel.

    Inside an organisation people belong to several workspaces under one id.
    """
    organisation = _organisation(document)
    if organisation and organisation == team.enterprise_id:
        return False
    if team.is_org_install:
        return bool(organisation)
    home = document.get("team_id")
    return bool(home and team.team_id and home != team.team_id)


def _organisation(document: Document) -> object:
    return _object(document, "enterprise_user").get("enterprise_id")


def _any(document: Document, *names: str) -> bool:
    return any(document.get(name) is True for name in names)


def _object(document: Document, name: str) -> Document:
    value = document.get(name)
    return value if isinstance(value, Mapping) else {}
