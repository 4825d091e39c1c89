"""Plain functions that make rows of the broadcasts app."""

from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from broadcasts.models import Broadcast, Delivery, Message, Run
from teams.models import Recipient, Team

_numbers = count(1)


def make_message(**fields: Any) -> Message:
    defaults = {"name": f"Message {next(_numbers)}", "text": "Hello {{ first_name }}"}
    return Message.objects.create(**defaults | fields)


def make_broadcast(*, teams: tuple[Team, ...] = (), **fields: Any) -> Broadcast:
    message = fields.pop("message", None) or make_message()
    broadcast = Broadcast.objects.create(
        **{"name": f"Broadcast {next(_numbers)}", "message": message} | fields
    )
    broadcast.teams.set(teams)
    return broadcast


def make_run(broadcast: Broadcast | None = None, **fields: Any) -> Run:
    broadcast = broadcast or make_broadcast()
    now = datetime.now(UTC)
    defaults = {
        "scheduled_for": now,
        "content": broadcast.message.content(),
        "audience": {
            "teams": list(broadcast.teams.values_list("pk", flat=True)),
            "groups": list(broadcast.groups.values_list("pk", flat=True)),
            "excluded": list(broadcast.excluded_groups.values_list("pk", flat=True)),
        },
        "as_of": now,
        **broadcast.rules(),
    }
    return Run.objects.create(broadcast=broadcast, **defaults | fields)


def make_delivery(run: Run, recipient: Recipient, **fields: Any) -> Delivery:
    defaults = {
        "team": recipient.team,
        "target": f"{recipient.team.team_id}:{recipient.slack_id}",
        "slack_id": recipient.slack_id,
        # Before the test's transaction began, which is what PostgreSQL's now() says in it.
        "due_at": datetime.now(UTC) - timedelta(minutes=1),
    }
    return Delivery.objects.create(run=run, recipient=recipient, **defaults | fields)
