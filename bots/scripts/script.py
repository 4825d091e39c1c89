"""What a bot file makes: a collection of listeners. docs/how-to/write-a-bot.md explains it."""

import re
from collections.abc import Callable, Iterable
from typing import Any

from slack_bolt import App
from slack_bolt.authorization import AuthorizeResult

from bots.scripts import rules
from bots.scripts.hearing import Hears
from bots.scripts.listener import (
    BoltListener,
    Function,
    Listener,
    Rank,
    Timer,
    checked,
    time_span,
)
from bots.scripts.permission import Permission
from teams.slack import web_client

# Of Bolt's App; https://docs.slack.dev/tools/bolt-python/
BOLT_METHODS = frozenset(
    (
        "action",
        "block_action",
        "block_suggestion",
        "command",
        "global_shortcut",
        "message_shortcut",
        "options",
        "shortcut",
        "view",
        "view_closed",
        "view_submission",
    )
)

HOOKS = ("installing", "installed", "reinstalled", "disconnected", "error")

type Decorator = Callable[[Function], Function]


class BoltDecorators:
    """Bolt's own decorators, kept until the app is there on which they are to run."""

    def __init__(self, kept: list[BoltListener]) -> None:
        self._kept = kept

    def __getattr__(self, method: str) -> Callable[..., Decorator]:
        if method not in BOLT_METHODS:
            raise AttributeError(f"There is no bolt.{method}: {', '.join(sorted(BOLT_METHODS))}.")

        def decorator_with(*arguments: Any, **options: Any) -> Decorator:
            def keep(function: Function) -> Function:
                listener = BoltListener(method, arguments, options, checked(function))
                # Bolt judges the arguments; on the real app it would be too late for the others.
                listener.put_on(_trial_app(), function)
                self._kept.append(listener)
                return function

            return keep

        return decorator_with


def _trial_app() -> App:
    return App(client=web_client(None), authorize=AuthorizeResult, process_before_response=True)


class Script:
    """The listeners of one bot file.

    `aliases` are names besides its own to which it answers in a channel; `hears` holds for all
    its listeners that do not say otherwise.
    """

    def __init__(self, *, aliases: Iterable[str] = (), hears: Hears = Hears.PEOPLE) -> None:
        self.aliases = () if isinstance(aliases, str) else tuple(aliases)
        if isinstance(aliases, str) or not all(isinstance(each, str) for each in self.aliases):
            raise TypeError(f"`aliases` is a list of names, not {aliases!r}.")
        self.hears = _checked_hears(hears)
        self.description = ""
        self.listeners: list[Listener] = []
        self.events: list[tuple[str, Function]] = []
        self.timers: list[Timer] = []
        self.hooks: list[tuple[str, Function]] = []
        self.bolt_listeners: list[BoltListener] = []
        self.bolt = BoltDecorators(self.bolt_listeners)

    def describe(self, text: str) -> None:
        self.description = text.strip()

    @property
    def hears_itself(self) -> bool:
        return any(Hears.ITSELF in listener.hears for listener in self.listeners)

    def command(self, name: str, *aliases: str, **limits: Any) -> Decorator:
        """Said to the bot: the name or one of its aliases, and then anything (`said.rest`)."""
        names = (name, *aliases)
        return self._listen(rules.command(names), Rank.NAMED, names=names, **limits)

    def operator(self, sign: str, **limits: Any) -> Decorator:
        """Said to anybody: one character, and then anything (`said.rest`)."""
        return self._listen(rules.operator(sign), Rank.PATTERN, **limits)

    def match(self, pattern: str | re.Pattern[str], **limits: Any) -> Decorator:
        """Said to anybody: what the pattern is found in (`said.match`)."""
        return self._listen(rules.match(pattern), Rank.PATTERN, **limits)

    def scan(self, pattern: str | re.Pattern[str], **limits: Any) -> Decorator:
        """Said to anybody: with every place where the pattern is found (`said.found`)."""
        return self._listen(rules.scan(pattern), Rank.PATTERN, **limits)

    def attachment(
        self,
        pattern: str | re.Pattern[str],
        *,
        fields: tuple[str, ...] = ("pretext", "text", "title"),
        **limits: Any,
    ) -> Decorator:
        """Anybody's: an attachment with the pattern in one of these fields."""
        return self._listen(rules.attachment(pattern, fields), Rank.PATTERN, **limits)

    def file(self, **limits: Any) -> Decorator:
        """Sent to the bot alone: files (`said.files`)."""
        return self._listen(rules.file, Rank.PATTERN, **limits)

    def otherwise(self, **limits: Any) -> Decorator:
        """Said to the bot: what nothing else understands."""
        return self._listen(rules.otherwise, Rank.ANYTHING, **limits)

    def event(self, *types: str) -> Decorator:
        """Slack's events of these types; all that listen are called, until one returns STOP."""

        def keep(function: Function) -> Function:
            self.events += [(each, checked(function)) for each in types]
            return function

        return keep

    def every(self, *, at_start: bool = False, **units: float) -> Decorator:
        """Again and again: `seconds`, `minutes`, `hours`, `days`; looked at every five seconds.

        With at_start also as soon as the bot is there.
        """
        span = time_span(**units)

        def keep(function: Function) -> Function:
            name = getattr(function, "__name__", type(function).__name__)
            number = 1 + sum(timer.name.split()[0] == name for timer in self.timers)
            name = f"{name} {number}" if number > 1 else name
            self.timers.append(Timer(name, checked(function), span, at_start))
            return function

        return keep

    def hook(self, *moments: str) -> Decorator:
        """Moments in the life of an installation: one of HOOKS each."""
        if unknown := set(moments) - set(HOOKS):
            raise ValueError(f"There is no hook {unknown.pop()!r}: {', '.join(HOOKS)}.")

        def keep(function: Function) -> Function:
            self.hooks += [(each, checked(function)) for each in moments]
            return function

        return keep

    def hooks_for(self, moment: str) -> list[Function]:
        return [function for wanted, function in self.hooks if wanted == moment]

    def _listen(
        self,
        rule: rules.Rule,
        rank: Rank,
        *,
        names: tuple[str, ...] = (),
        only: Iterable[Permission] = (),
        refusal: str = "",
        hears: Hears | None = None,
    ) -> Decorator:
        if isinstance(only, str):
            raise TypeError(f"`only` is a list, not {only!r}.")
        heard = self.hears if hears is None else _checked_hears(hears)

        def keep(function: Function) -> Function:
            self.listeners.append(
                Listener(
                    function=checked(function),
                    rule=rule,
                    rank=rank,
                    names=names,
                    only=tuple(only),
                    refusal=refusal,
                    hears=heard,
                )
            )
            return function

        return keep


def _checked_hears(hears: Hears) -> Hears:
    if not isinstance(hears, Hears):
        raise TypeError(f"`hears` is one of Hears, or several joined by |, not {hears!r}.")
    return hears
