"""The Liquid that messages may use: few tags, bounded work, values escaped for Slack's mrkdwn.

https://docs.slack.dev/messaging/formatting-message-text#escaping names the three characters.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import TextIO

from liquid import BoundTemplate, Environment, RenderContext
from liquid.builtin.expressions import primitive
from liquid.builtin.expressions.primitive import RangeLiteral
from liquid.builtin.filters.string import replace
from liquid.builtin.output import Output, OutputNode
from liquid.exceptions import FilterArgumentError, LiquidError, LoopIterationLimitError
from liquid.filter import string_filter
from liquid.stringify import to_liquid_string

TAGS = ("assign", "break", "case", "comment", "continue", "for", "if", "unless", "#")
# Not tags to a writer: the parser's names for text, {{ … }} and what it cannot place.
_PARSER_TAGS = ("content", "output", "illegal")
# Filters for HTML would spoil mrkdwn, `safe` would undo the escaping, and those that turn a range
# into a list would let one line of a template fill the memory.
# fmt: off
FILTERS = (
    "abs", "append", "at_least", "at_most", "capitalize", "ceil", "date", "default", "divided_by",
    "downcase", "first", "floor", "last", "lstrip", "minus", "modulo", "plus", "prepend", "remove",
    "remove_first", "remove_last", "replace", "replace_first", "replace_last", "round", "rstrip",
    "size", "slice", "split", "squish", "strip", "strip_newlines", "times", "truncate",
    "truncatewords", "upcase", "url_encode",
)
# fmt: on


class TemplateError(Exception):
    """The template cannot be read or filled in; the message says where and why."""


_LONGEST = 100_000


@string_filter
def _replace(text: str, old: object, new: object = "") -> str:
    """Liquid's own; two of them in a row could fill the memory."""
    if text.count(str(old)) * len(str(new)) > _LONGEST:
        raise FilterArgumentError("replace: the text gets too long", token=None)
    return str(replace(text, old, new))


class _PlainEnvironment(Environment):
    loop_iteration_limit = 1_000
    local_namespace_limit = _LONGEST
    output_stream_limit = _LONGEST

    def setup_tags_and_filters(self, *, extra: bool = False) -> None:
        super().setup_tags_and_filters(extra=extra)
        self.tags = {name: self.tags[name] for name in (*TAGS, *_PARSER_TAGS)}
        self.filters = {name: self.filters[name] for name in FILTERS} | {"replace": _replace}


class _ShortRange(RangeLiteral):
    """Liquid's own; a search in a longer one, or turning it round, would never end."""

    __slots__ = ()

    def _make_range(self, start: object, stop: object) -> range:
        found = super()._make_range(start, stop)
        if found.stop - found.start > _PlainEnvironment.loop_iteration_limit:
            raise LoopIterationLimitError("loop iteration limit reached", token=self.token)
        return found


# The parser makes ranges by this name, and lets nobody say of which class.
primitive.RangeLiteral = _ShortRange  # type: ignore[misc]


class _MrkdwnOutputNode(OutputNode):
    def render_to_output(self, context: RenderContext, buffer: TextIO) -> int:
        value = to_liquid_string(self.expression.evaluate(context), autoescape=False)
        return buffer.write(escape_mrkdwn(value))


class _MrkdwnOutput(Output):
    node_class = _MrkdwnOutputNode


class _MrkdwnEnvironment(_PlainEnvironment):
    def setup_tags_and_filters(self, *, extra: bool = False) -> None:
        super().setup_tags_and_filters(extra=extra)
        self.add_tag(_MrkdwnOutput)


_PLAIN_OUTPUT = re.compile(r"\{\{ *([a-z][a-z_]*) *\}\}")
_PLAIN = _PlainEnvironment()
_MRKDWN = _MrkdwnEnvironment()


def escape_mrkdwn(text: str) -> str:
    """With `<` gone, no value can mention anybody, notify a channel or disguise a link."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def is_template(source: str) -> bool:
    return "{{" in source or "{%" in source


def fill(source: str, variables: Mapping[str, object], *, mrkdwn: bool) -> str:
    """The source with its variables filled in, their values escaped when it is mrkdwn.

    Raises TemplateError.
    """
    if not is_template(source):
        return source
    literals, names = _plain_parts(source)
    if names and variables.keys() >= set(names):
        return _joined(literals, [variables[name] for name in names], mrkdwn)
    try:
        return _parsed(source, mrkdwn).render(variables)
    except LiquidError as error:
        raise TemplateError(_sentence(error)) from error
    except (ArithmeticError, ValueError) as error:
        # Liquid's own filters let it through, for infinity, for what is no number, and for numbers
        # of too many digits.
        raise TemplateError("a value does not fit its arithmetic") from error


def unknown_names(source: str, known: Mapping[str, object]) -> list[str]:
    """The names of variables and filters in a template that do not exist, each as a sentence.

    Raises TemplateError when the template cannot be read at all.
    """
    if not is_template(source):
        return []
    try:
        analysis = _parsed(source, mrkdwn=False).analyze()
    except LiquidError as error:
        raise TemplateError(_sentence(error)) from error
    variables = [f"there is no variable {name}" for name in analysis.globals if name not in known]
    filters = [f"there is no filter {name}" for name in analysis.filters if name not in FILTERS]
    return variables + filters


def _joined(literals: list[str], values: list[object], mrkdwn: bool) -> str:
    parts = [literals[0]]
    for value, literal in zip(values, literals[1:], strict=True):
        text = value if type(value) is str else to_liquid_string(value, autoescape=False)
        parts.append(escape_mrkdwn(text) if mrkdwn else text)
        parts.append(literal)
    return "".join(parts)


@lru_cache(maxsize=2_048)
def _plain_parts(source: str) -> tuple[list[str], list[str]]:
    """The text around plain {{ name }}s, and the names; no names where there is more to it.

    Most messages are so, and need no Liquid: a tenth of the work for each recipient.
    """
    literals = _PLAIN_OUTPUT.split(source)
    names = literals[1::2]
    del literals[1::2]
    return literals, [] if any(is_template(text) for text in literals) else names


@lru_cache(maxsize=2_048)
def _parsed(source: str, mrkdwn: bool) -> BoundTemplate:
    return (_MRKDWN if mrkdwn else _PLAIN).from_string(source)


def _sentence(error: LiquidError) -> str:
    place = error.context()
    if place is None:
        return str(error.message)
    line, column, *_ = place
    return f"line {line}, column {column + 1}: {error.message}"
