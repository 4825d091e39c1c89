"""What a person receives and may choose, as blocks of the App Home and of messages."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet

from broadcasts import quiet_hours
from broadcasts.models import Broadcast, OptOut
from broadcasts.templating import escape_mrkdwn
from teams.models import Recipient, Team

type Block = dict[str, Any]

OPEN = "preferences_open"
STOP_ALL, RESUME_ALL = "preferences_stop_all", "preferences_resume_all"
MUTE, UNMUTE = "preferences_mute", "preferences_unmute"
QUIET, NO_QUIET = "preferences_quiet", "preferences_no_quiet"
# The two fields that QUIET reads, and the block that they stand in.
FROM, TO, HOURS = "preferences_from", "preferences_to", "preferences_hours"
STOP, RESUME = "preferences_stop", "preferences_resume"

MUTES = {"an hour": 3_600, "4 hours": 14_400, "a day": 86_400, "a week": 604_800}
# Slack shows 50 blocks in a message at most.
MOST_SHOWN = 30
USUAL_FROM, USUAL_TO = time(22), time(7)


@dataclass(frozen=True)
class Choice:
    """What was pressed: the element's value, and what stands in the fields beside it."""

    value: str
    fields: Mapping[str, str]
    now: datetime

    @classmethod
    def read(cls, body: Mapping[str, Any], now: datetime) -> "Choice":
        """From a payload of block_actions, of a view or of a message."""
        action = body["actions"][0]
        option = action.get("selected_option") or {}
        state = (body.get("view") or body).get("state") or {}
        fields = (state.get("values") or {}).get(HOURS) or {}
        times = {name: field.get("selected_time") or "" for name, field in fields.items()}
        return cls(str(action.get("value") or option.get("value") or ""), times, now)


def received_by(person: Recipient) -> "QuerySet[Broadcast]":
    """The living broadcasts whose audience they are in, opted out or not."""
    chosen = Q(teams=person.team_id) | Q(groups__members=person)
    found = Broadcast.objects.live().filter(chosen).exclude(excluded_groups__members=person)
    return found.distinct().order_by("name")


def stop_all(rows: list[Recipient], choice: Choice) -> None:
    for row in rows:
        row.opt_out(choice.now)


def resume_all(rows: list[Recipient], choice: Choice) -> None:
    for row in rows:
        row.opt_in()


def mute(rows: list[Recipient], choice: Choice) -> None:
    """For one of MUTES; anything else changes nothing."""
    if choice.value in map(str, MUTES.values()):
        for row in rows:
            row.mute(choice.now + timedelta(seconds=int(choice.value)))


def unmute(rows: list[Recipient], choice: Choice) -> None:
    for row in rows:
        row.mute(None)


def keep_quiet(rows: list[Recipient], choice: Choice) -> None:
    """Raises ValidationError for hours that are none."""
    try:
        hours = (
            time.fromisoformat(choice.fields.get(FROM) or f"{USUAL_FROM}"),
            time.fromisoformat(choice.fields.get(TO) or f"{USUAL_TO}"),
        )
    except ValueError as error:
        raise ValidationError("Quiet hours are two times, such as 22:00 and 07:00.") from error
    for row in rows:
        row.keep_quiet(hours)
    quiet_hours.wake(rows)


def end_quiet(rows: list[Recipient], choice: Choice) -> None:
    for row in rows:
        row.keep_quiet(None)
    quiet_hours.wake(rows)


def stop(rows: list[Recipient], choice: Choice) -> None:
    """Out of one of their broadcasts; another one's number changes nothing."""
    pk = int(choice.value) if choice.value.isdecimal() else 0
    if broadcast := received_by(rows[0]).filter(pk=pk).first():
        OptOut.objects.bulk_create(
            [OptOut(broadcast=broadcast, recipient=row) for row in rows], ignore_conflicts=True
        )


def resume(rows: list[Recipient], choice: Choice) -> None:
    pk = int(choice.value) if choice.value.isdecimal() else 0
    OptOut.objects.filter(broadcast=pk, recipient__in=rows).delete()


CHOICES: dict[str, Callable[[list[Recipient], Choice], None]] = {
    STOP_ALL: stop_all,
    RESUME_ALL: resume_all,
    MUTE: mute,
    UNMUTE: unmute,
    QUIET: keep_quiet,
    NO_QUIET: end_quiet,
    STOP: stop,
    RESUME: resume,
}


def blocks_for(team: Team, person: Recipient, now: datetime, *, note: str = "") -> list[Block]:
    """All of it as it stands now; a note tells why something was refused."""
    return [
        _section(f"*{escape_mrkdwn(note)}*") if note else _about(team),
        {"type": "divider"},
        _everything(person),
        _muting(person, now),
        *_quiet_hours(team, person),
        {"type": "divider"},
        *_broadcasts(person),
    ]


def _about(team: Team) -> Block:
    name = escape_mrkdwn(team.slack_app.name)
    return _section(
        f"*{name}* brings you messages that are sent on a schedule. Here you choose which of them "
        "come, and when. Write `help` to me, and I say what I understand."
    )


def _everything(person: Recipient) -> Block:
    if person.opted_out_at:
        return _section("*You have stopped all messages.*", _button(RESUME_ALL, "Let them come"))
    return _section("*Messages come to you.*", _button(STOP_ALL, "Stop all messages"))


def _muting(person: Recipient, now: datetime) -> Block:
    if person.muted_until and person.muted_until > now:
        until = int(person.muted_until.timestamp())
        shown = f"<!date^{until}^{{date_short_pretty}}, {{time}}|{person.muted_until:%d %b %H:%M}>"
        text = f"*Muted* until {shown}: what would come before is left out."
        return _section(text, _button(UNMUTE, "Unmute"))
    options = [
        {"text": _plain(f"Mute for {name}"), "value": str(seconds)}
        for name, seconds in MUTES.items()
    ]
    menu = {
        "type": "static_select",
        "action_id": MUTE,
        "placeholder": _plain("Mute for…"),
        "options": options,
    }
    return _section("*Mute*: what would come in that time is left out.", menu)


def _quiet_hours(team: Team, person: Recipient) -> list[Block]:
    zone = escape_mrkdwn(person.time_zone or team.time_zone)
    text = f"*Quiet hours*: what is due in them comes at their end. Times are those of {zone}."
    start, end = person.quiet_from, person.quiet_to
    elements = [_time(FROM, start or USUAL_FROM), _time(TO, end or USUAL_TO)]
    elements.append(_button(QUIET, "Keep these hours quiet"))
    if start and end:
        text += f" Yours are from {start:%H:%M} to {end:%H:%M}."
        elements.append(_button(NO_QUIET, "No quiet hours"))
    return [_section(text), {"type": "actions", "block_id": HOURS, "elements": elements}]


def _broadcasts(person: Recipient) -> list[Block]:
    found = list(received_by(person).values_list("pk", "name")[: MOST_SHOWN + 1])
    if not found:
        return [_section("No message is on its schedule for you at the moment.")]
    stopped = set(OptOut.objects.filter(recipient=person).values_list("broadcast_id", flat=True))
    lines = [_broadcast(pk, name, pk in stopped) for pk, name in found[:MOST_SHOWN]]
    more = [_section("There are more of them.")] if len(found) > MOST_SHOWN else []
    return [_section("*What you receive*"), *lines, *more]


def _broadcast(pk: int, name: str, is_stopped: bool) -> Block:
    shown = escape_mrkdwn(name)
    if is_stopped:
        return _section(f"~{shown}~ (stopped)", _button(RESUME, "Let it come", str(pk)))
    return _section(shown, _button(STOP, "Stop", str(pk)))


def _section(text: str, accessory: Block | None = None) -> Block:
    block: Block = {"type": "section", "text": {"type": "mrkdwn", "text": text}}
    return block | ({"accessory": accessory} if accessory else {})


def _button(action_id: str, text: str, value: str = "on") -> Block:
    return {"type": "button", "action_id": action_id, "text": _plain(text), "value": value}


def _time(action_id: str, shown: time) -> Block:
    return {"type": "timepicker", "action_id": action_id, "initial_time": f"{shown:%H:%M}"}


def _plain(text: str) -> Block:
    return {"type": "plain_text", "text": text}
