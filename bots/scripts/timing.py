"""Timers of bot files: due times are rows, firings are rows of the inbox."""

import logging
from collections.abc import Iterator
from datetime import datetime
from typing import Any
from uuid import uuid4

from django.db import transaction
from django.db.models import Q

from bots.models import Bot, BotTimer, InboxEvent
from bots.scripts.listener import Timer, asked_of, run
from bots.scripts.loading import load
from teams.models import Team

logger = logging.getLogger(__name__)

KIND = "timer"


def fire_due(now: datetime) -> list[int]:
    """Keep an event for each timer that is due; their primary keys."""
    return [pk for bot, name, timer in _timers() if (pk := _fire(bot, name, timer, now))]


def _timers() -> Iterator[tuple[Bot, str, Timer]]:
    for bot in Bot.objects.filter(enabled=True, slack_app__enabled=True).select_related(
        "slack_app"
    ):
        for module in bot.module_names:
            script = load(module).script
            for timer in script.timers if script else ():
                yield bot, f"{module}:{timer.name}"[-255:], timer


@transaction.atomic
def _fire(bot: Bot, name: str, timer: Timer, now: datetime) -> int | None:
    """Its next time and the event in one commit; not while its last time is still being run."""
    first = now if timer.at_start else now + timer.every
    row, _ = BotTimer.objects.get_or_create(bot=bot, name=name, defaults={"due_at": first})
    body = {"bot": bot.pk, "timer": name}
    kept = InboxEvent.objects.filter(state=InboxEvent.State.KEPT, type=KIND, body=body)
    if not row.fire(timer.every, now) or kept.exists():
        return None
    event = InboxEvent.objects.create(
        slack_app=bot.slack_app, event_id=f"timer-{uuid4()}", type=KIND, body=body
    )
    return event.pk


def run_kept(event: InboxEvent) -> dict[str, Any]:
    """Call the function with what it asks for: `teams` that its bot serves, and `bot`."""
    found = (each for each in _timers() if (each[0].pk, each[1]) == _wanted(event))
    bot, _, timer = next(found, (None, "", None))
    if bot is None or timer is None:
        return {"ignored": "There is no such timer any more."}
    chosen = Q(bots=bot) if bot.teams.exists() else Q()
    teams = Team.objects.served().filter(chosen, slack_app=bot.slack_app)
    values = {"teams": teams, "bot": bot}
    try:
        run(timer.function, {name: values[name] for name in asked_of(timer.function)})
    except Exception as failure:
        logger.exception("A timer failed: %s", event.body["timer"])
        return {"failure": failure}
    return {}


def _wanted(event: InboxEvent) -> tuple[int, str]:
    return event.body["bot"], event.body["timer"]
