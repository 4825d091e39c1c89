"""The buttons under a broadcast: stop it, stop everything, and back again.

A message in a channel is everybody's: there, a button speaks for the one who presses it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.utils import timezone
from slack_bolt import Ack, App, BoltContext

from bots.people import rows_of
from bots.preferences import OPEN
from bots.replies import Respond
from broadcasts import buttons
from broadcasts.buttons import ButtonValue, InvalidButton, button
from broadcasts.models import Broadcast, OptOut
from teams.models import Recipient, Team

type Answer = tuple[str, list[dict[str, Any]]]


class Trial(Exception):
    """This button is under a message that staff sent to one person to see it."""


class NotYours(Exception):
    """This button is under a message to somebody else."""


@dataclass(frozen=True)
class Press:
    """Who pressed, as every row that is this person, and about which broadcast."""

    broadcast: Broadcast
    person: Recipient
    rows: list[Recipient]

    @property
    def value(self) -> ButtonValue:
        return ButtonValue(self.broadcast.pk, self.person.pk)


def register(app: App) -> None:
    for action_id, obey, replaces in (
        (buttons.OPT_OUT, stop, False),
        (buttons.OPT_OUT_OF_ALL, stop_all, True),
        (buttons.RESUME, resume, True),
        (buttons.RESUME_ALL, resume_all, True),
    ):
        app.action(action_id)(_listener(obey, replaces=replaces))


def _listener(obey: Callable[[Press], Answer], *, replaces: bool) -> Callable[..., None]:
    def on_press(ack: Ack, action: dict[str, Any], context: BoltContext, respond: Respond) -> None:
        ack()
        try:
            press = _read(context["team"], str(context.user_id), action.get("value", ""))
        except Trial:
            respond("This message was sent to try it: under the real one this button stops it.")
        except (InvalidButton, Broadcast.DoesNotExist):
            respond("This button does not work any more.")
        except NotYours:
            respond("This button is under a message to somebody else: only they can press it.")
        else:
            text, blocks = obey(press)
            respond(text, blocks, replace_original=replaces)

    return on_press


def _read(team: Team, user_id: str, signed: str) -> Press:
    value = ButtonValue.read(signed)
    if value.broadcast_id == buttons.TRIAL:
        raise Trial
    addressee = team.recipients.filter(pk=value.recipient_id).first()
    if addressee is None:
        raise InvalidButton
    if addressee.kind == Recipient.Kind.PERSON and addressee.slack_id != user_id:
        raise NotYours
    broadcast = Broadcast.objects.get(pk=value.broadcast_id)
    rows = rows_of(team, user_id)
    return Press(broadcast, rows[0], rows)


def stop(press: Press) -> Answer:
    OptOut.objects.bulk_create(
        [OptOut(broadcast=press.broadcast, recipient=row) for row in press.rows],
        ignore_conflicts=True,
    )
    return _answer(
        "Done: this message will not come to you again.",
        button(buttons.RESUME, "Let it come", press.value),
        button(buttons.OPT_OUT_OF_ALL, "Stop all messages", press.value),
        button(OPEN, "More choices", press.value),
    )


def stop_all(press: Press) -> Answer:
    for row in press.rows:
        row.opt_out(timezone.now())
    return _answer(
        "Done: no scheduled message will come to you any more.",
        button(buttons.RESUME_ALL, "Let them come", press.value),
    )


def resume(press: Press) -> Answer:
    OptOut.objects.filter(broadcast=press.broadcast, recipient__in=press.rows).delete()
    return _answer("Done: this message will come to you again.")


def resume_all(press: Press) -> Answer:
    for row in press.rows:
        row.opt_in()
    return _answer("Done: scheduled messages will come to you again.")


def _answer(text: str, *choices: dict[str, Any]) -> Answer:
    section = {"type": "section", "text": {"type": "mrkdwn", "text": text}}
    return text, [section, buttons.actions(*choices)] if choices else [section]
