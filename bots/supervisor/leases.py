"""The shared rows: which connections there should be, and which of them this process serves.

Every call runs on the supervisor's one thread for rows.
"""

import json
import math
import uuid
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection, models
from django.db.models import Q
from django.db.models.functions import Cast
from django.utils import timezone

from bots.supervisor.reconciling import Wanted
from bots.supervisor.rows import LEASE, Link, Runner
from broadcasts.clock import database_now
from teams.crypto import UndecryptableSecret, decrypt
from teams.models import SlackApp

_RENEW = """
    UPDATE bots_link SET leased_until = clock_timestamp() + %(lease)s
    WHERE runner_id = %(runner)s AND id = ANY(%(links)s) RETURNING id
"""
_TAKE = """
    UPDATE bots_link SET runner_id = %(runner)s, leased_until = clock_timestamp() + %(lease)s,
        state = 'opening', since = clock_timestamp(), retry_at = NULL
    WHERE id IN (
        SELECT id FROM bots_link
        WHERE id = ANY(%(links)s) AND (runner_id IS NULL OR leased_until < clock_timestamp())
        ORDER BY number, id LIMIT %(count)s FOR UPDATE SKIP LOCKED
    )
    RETURNING id
"""
_TELL = """
    UPDATE bots_link l
    SET state = t.state, since = t.since, reason = left(t.reason, 255), retry_at = t.retry_at,
        last_event_at = coalesce(t.last_event_at, l.last_event_at), per_minute = t.per_minute,
        restart_count = l.restart_count + t.more,
        restarts = jsonb_path_query_array(t.restarts || l.restarts, '$[0 to 9]')
    FROM unnest(%(id)s::bigint[], %(state)s::text[], %(since)s::timestamptz[], %(reason)s::text[],
        %(retry_at)s::timestamptz[], %(last_event_at)s::timestamptz[], %(per_minute)s::int[],
        %(more)s::int[], %(restarts)s::jsonb[])
        AS t(id, state, since, reason, retry_at, last_event_at, per_minute, more, restarts)
    WHERE l.id = t.id AND l.runner_id = %(runner)s
"""


@dataclass(frozen=True)
class News:
    """What the row of one link is to say; `more` restarts since the last time."""

    id: int
    state: str
    since: datetime
    reason: str
    retry_at: datetime | None
    last_event_at: datetime | None
    per_minute: int
    more: int
    restarts: tuple[tuple[str, str], ...]

    @property
    def standing(self) -> tuple[object, ...]:
        """What staff must see at once."""
        return self.state, self.since, self.reason, self.retry_at

    @property
    def numbers(self) -> tuple[object, ...]:
        return self.last_event_at, self.per_minute


@dataclass(frozen=True)
class Shares:
    """All places that there should be, and those that this process serves now."""

    wanted: Mapping[int, Wanted]
    mine: frozenset[int]

    @property
    def places(self) -> dict[int, Wanted]:
        """Those of this process, by link."""
        return {link: self.wanted[link] for link in self.mine}


@dataclass(frozen=True)
class SocketApp:
    """An app in Socket Mode; `token` is empty where there is none that can be read."""

    pk: int
    slug: str
    app_id: str
    connections: int
    token: str = field(repr=False)


class Secrets:
    """App-level tokens, decrypted once for each stored value."""

    def __init__(self) -> None:
        self._known: dict[str, str] = {}

    def read(self, stored: Iterable[str]) -> dict[str, str]:
        """By stored value; one that no key fits is left out, for that app's sake alone."""
        known = {}
        for text in stored:
            try:
                known[text] = self._known.get(text) or decrypt(text)
            except UndecryptableSecret:
                continue
        self._known = known
        return known


class Office:
    """This process among the others. `only` is the slug that it serves alone, or empty."""

    def __init__(self, only: str, *, host: str, pid: int) -> None:
        self.id = uuid.uuid4()
        self.only = only
        self._about = {"host": host[:255], "pid": pid, "only": only, "started_at": timezone.now()}
        self._secrets = Secrets()

    def share(self, news: Sequence[News]) -> Shares:
        """Tell how the links fare, show that this process lives, and settle who serves what."""
        now = database_now()
        Runner.objects.update_or_create(id=self.id, defaults={**self._about, "beat_at": now})
        Runner.objects.filter(beat_at__lt=now - 40 * LEASE).delete()
        self._tell(news)
        apps = self._apps()
        links = self._links({app.pk: app.connections for app in apps})
        keys = {app.pk: (app.app_id, app.token) for app in apps}
        wanted = {link: Wanted(link, app, keys[app]) for link, app in links.items()}
        mine = self._execute(_RENEW, links=list(wanted))
        share = self._fair_share({app.slug: app.connections for app in apps}, now)
        if len(mine) < share:
            mine |= self._execute(_TAKE, links=list(wanted), count=share - len(mine))
        elif len(mine) > share:
            surplus = sorted(mine)[share:]
            self._release(surplus)
            mine -= set(surplus)
        return Shares(wanted, frozenset(mine))

    def leave(self) -> bool:
        """Give everything back at once; whether there is another process that may take it."""
        self._release(Link.objects.filter(runner_id=self.id).values_list("pk", flat=True))
        Runner.objects.filter(id=self.id).delete()
        return Runner.objects.living(database_now()).exists()

    def _apps(self) -> list[SocketApp]:
        """All apps that this process may serve."""
        apps = SlackApp.objects.enabled().filter(transport=SlackApp.Transport.SOCKET)
        if self.only:
            apps = apps.filter(slug=self.only)
        stored = Cast("app_token", models.TextField())
        columns = ("pk", "slug", "app_id", "connections", "stored")
        rows = list(apps.annotate(stored=stored).values_list(*columns))
        tokens = self._secrets.read(row[-1] for row in rows)
        return [
            SocketApp(pk, slug, app_id, connections, tokens.get(text, ""))
            for pk, slug, app_id, connections, text in rows
        ]

    def _links(self, counts: Mapping[int, int]) -> dict[int, int]:
        """Rows for so many connections of each app, made where there are none: link to app."""
        links = Link.objects.all()
        if self.only:
            links = links.filter(slack_app__slug=self.only)
        found = list(links.values_list("pk", "slack_app_id", "number"))
        there = {(app, number) for _, app, number in found}
        missing = [
            Link(slack_app_id=app, number=number)
            for app, count in counts.items()
            for number in range(1, count + 1)
            if (app, number) not in there
        ]
        surplus = [pk for pk, app, number in found if number > counts.get(app, 0)]
        if surplus:
            self._switch_off(surplus)
        if missing:
            Link.objects.bulk_create(missing, ignore_conflicts=True)
            found = list(links.values_list("pk", "slack_app_id", "number"))
        return {pk: app for pk, app, number in found if number <= counts.get(app, 0)}

    def _switch_off(self, links: Iterable[int]) -> None:
        """Whoever served them closes them; how they fared remains to be seen."""
        Link.objects.filter(pk__in=list(links)).exclude(state=Link.State.OFF).update(
            runner=None,
            leased_until=None,
            state=Link.State.OFF,
            since=timezone.now(),
            retry_at=None,
            per_minute=0,
        )

    def _fair_share(self, counts: Mapping[str, int], now: datetime) -> int:
        """How many links are this process's; those of each app are shared by whoever serves it."""
        runners = Runner.objects.living(now).exclude(id=self.id)
        others = Counter(runners.values_list("only", flat=True))
        parts = (count / (1 + others[""] + others[slug]) for slug, count in counts.items())
        return math.ceil(sum(parts))

    def _release(self, links: Iterable[int]) -> None:
        Link.objects.filter(Q(pk__in=list(links)), runner_id=self.id).update(
            runner=None, leased_until=None, state=Link.State.UNSERVED, since=timezone.now()
        )

    def _tell(self, news: Sequence[News]) -> None:
        if not news:
            return
        names = (
            "id",
            "state",
            "since",
            "reason",
            "retry_at",
            "last_event_at",
            "per_minute",
            "more",
        )
        columns: dict[str, list[Any]] = {
            name: [getattr(one, name) for one in news] for name in names
        }
        columns["restarts"] = [json.dumps(one.restarts) for one in news]
        self._execute(_TELL + " RETURNING l.id", **columns)

    def _execute(self, statement: str, **values: Any) -> set[int]:
        with connection.cursor() as cursor:
            parameters: dict[str, Any] = {"runner": self.id, "lease": LEASE, **values}
            cursor.execute(statement, parameters)
            return {row[0] for row in cursor.fetchall()}
