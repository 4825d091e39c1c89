"""From an event to the listeners of the scripts that serve its team."""

import logging
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from slack_bolt import BoltContext, BoltRequest, BoltResponse
from slack_bolt.kwargs_injection import build_required_kwargs

from bots.models import DATABASE_AWAY
from bots.replies import Say
from bots.scripts.hearing import Said, is_direct, kind_of, mentions, message_in, words_to
from bots.scripts.helping import help_text
from bots.scripts.listener import GO_ON, STOP, Function, Listener, asked_of, run
from bots.scripts.parts import Part, event_functions, listeners_of, serving
from bots.scripts.permission import is_permitted
from teams.models import Team

logger = logging.getLogger(__name__)

SORRY = "Sorry, that did not work. Those who run me will see why."
UNKNOWN = "Sorry, I do not understand that. Say `help` for what I do."


def hear(request: BoltRequest) -> None:
    """A message or a mention goes to the first listener that fits, and to further ones it names.

    What mentions the bot in a channel comes twice, and counts as a mention.

    Raises:
        Exception: the listener's own, when the person has been told.
    """
    team: Team = request.context["team"]
    said = _said(request.body["event"], team)
    if said is None:
        return
    parts: list[Part] = request.context["parts"]
    has_answered = False
    for part, listener in listeners_of(parts):
        found = _found(request, part, listener, said)
        if found is None:
            continue
        has_answered = True
        if _run(request, part, listener, found) is not GO_ON:
            return
    if not has_answered and said.kind is said.kind.PEOPLE:
        _answer_by_default(request, parts, said)


def hearing(parts: list[Part]) -> Callable[..., BoltResponse]:
    """Middleware: any event goes to all functions that listen for its type, then to the hub's own.

    Each fails by itself. A Bolt app lives no longer than these parts of it are in force.
    """

    def hear_events(request: BoltRequest, next: Callable[[], BoltResponse]) -> BoltResponse:
        request.context["parts"] = serving(parts, request.context["team"])
        _hear_event(request)
        return next()

    return hear_events


def _hear_event(request: BoltRequest) -> None:
    event = request.body.get("event")
    if not isinstance(event, dict):
        return
    kind = str(event.get("type"))
    for part, function in event_functions(request.context["parts"], kind):
        try:
            if call(request, part, function) is STOP:
                return
        except Exception as error:
            logger.exception("A listener for %s failed", kind)
            request.context["failure"] = error


def call(request: BoltRequest, part: Part, function: Function, **more: Any) -> Any:
    """The function with what it asks for by name: Bolt's arguments, `team`, `bot`, `said`."""
    context = BoltContext(request.context.copy())
    context.update(more, bot=part.bot)
    say = context.get("say")
    if isinstance(say, Say) and part.bot:
        context["say"] = say.under(part.bot.identity)
    asked = BoltRequest(body=request.body, mode="socket_mode", context=context)
    kwargs = build_required_kwargs(
        logger=logging.getLogger(function.__module__),
        required_arg_names=asked_of(function),
        request=asked,
        response=BoltResponse(status=200),
        next_keys_required=False,
        this_func=function,
    )
    return run(function, kwargs)


def _said(event: dict[str, Any], team: Team) -> Said | None:
    message = message_in(event)
    if message is None:
        return None
    direct, text = is_direct(message), str(message.get("text") or "")
    is_mention = event.get("type") == "app_mention"
    # A mention in a direct message comes as a message only, one in a channel as both.
    if is_mention != (not direct and mentions(team.bot_user_id, text)):
        return None
    bot_user_id = team.bot_user_id
    return Said(
        team=team,
        user=str(message.get("user") or ""),
        channel=str(message.get("channel") or ""),
        thread_ts=message.get("thread_ts"),
        ts=str(message.get("ts") or ""),
        text=text,
        words=words_to((), text, bot_user_id=bot_user_id, direct=direct),
        is_direct=direct,
        kind=kind_of(event, message, bot_user_id=bot_user_id, bot_id=team.bot_id),
        files=tuple(message.get("files") or ()),
        attachments=tuple(message.get("attachments") or ()),
    )


def _named(part: Part, said: Said) -> Said:
    """The words to the bot by the names that this part answers to."""
    words = words_to(
        part.names, said.text, bot_user_id=said.team.bot_user_id, direct=said.is_direct
    )
    return replace(said, words=words, bot=part.bot)


def _found(request: BoltRequest, part: Part, listener: Listener, said: Said) -> Said | None:
    """What the listener finds in it; a rule that raises finds nothing, and stops nobody else."""
    if said.kind & ~listener.hears:
        return None
    try:
        return listener.rule(_named(part, said))
    except DATABASE_AWAY:
        raise
    except Exception as error:
        logger.exception("A rule failed")
        request.context["failure"] = error
        return None


def _run(request: BoltRequest, part: Part, listener: Listener, said: Said) -> Any:
    if not is_permitted(listener.only, said):
        if listener.refusal:
            request.context["say"](listener.refusal)
        return STOP
    try:
        return call(request, part, listener.function, said=said)
    except DATABASE_AWAY:
        raise
    except Exception:
        request.context["say"](SORRY)
        raise


def _answer_by_default(request: BoltRequest, parts: list[Part], said: Said) -> None:
    """help, the bare name, and what nobody understands."""
    words = next((w for part in parts if (w := _named(part, said).words) is not None), None)
    if words is None or said.files:
        return
    say: Say = request.context["say"]
    first, _, rest = words.partition(" ")
    if first.casefold().strip(".,:;!?") == "help":
        say(help_text(parts, rest.strip()))
    elif not words:
        about = next(pair for pair in listeners_of(parts) if "about" in pair[1].names)
        _run(request, *about, said)
    elif _answers_unknown(parts):
        say(UNKNOWN)


def _answers_unknown(parts: list[Part]) -> bool:
    bots = [part.bot for part in parts if part.bot]
    return not bots or any(bot.answers_unknown for bot in bots)
