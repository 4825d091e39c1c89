"""Slack's mrkdwn as HTML, safe whatever somebody wrote or is called."""

import re
from collections.abc import Callable

from markupsafe import Markup, escape

from sandbox.pages.emoji import EMOJI

type NameOf = Callable[[str], str | None]
"""The shown name of a user or channel id; None for an unknown one."""

_CODE = re.compile(r"```\n?(.+?)\n?```|`([^`\n]+)`", re.DOTALL)
_TOKEN = re.compile(r"<([^<>\n]+)>")
_EMOJI = re.compile(r":([a-z0-9_+-]+):")
_STYLES = (
    (re.compile(r"(?<![\w*])\*(?=\S)([^*\n]+)(?<=\S)\*(?![\w*])"), r"<strong>\1</strong>"),
    (re.compile(r"(?<![\w])_(?=\S)([^_\n]+)(?<=\S)_(?![\w])"), r"<em>\1</em>"),
    (re.compile(r"(?<![\w~])~(?=\S)([^~\n]+)(?<=\S)~(?![\w~])"), r"<s>\1</s>"),
)
_QUOTE = re.compile(r"^&gt; ?(.*)$")
_OPEN, _CLOSE = "\ue000", "\ue001"
"""Private characters around the number of a finished piece, which styles must not touch."""
_PIECE = re.compile(f"{_OPEN}(\\d+){_CLOSE}")


def to_html(text: str, name_of: NameOf) -> Markup:
    """`text` with its markup; links, mentions and code are recognised before styles."""
    pieces: list[Markup] = []

    def keep(piece: Markup) -> str:
        pieces.append(piece)
        return f"{_OPEN}{len(pieces) - 1}{_CLOSE}"

    def code(match: re.Match[str]) -> str:
        block, inline = match.groups()
        if block is not None:
            return keep(Markup("<pre>{}</pre>").format(_unescaped(block)))
        return keep(Markup("<code>{}</code>").format(_unescaped(inline)))

    bare = text.replace(_OPEN, "").replace(_CLOSE, "")
    bare = _CODE.sub(code, bare)
    bare = _TOKEN.sub(lambda match: keep(_token(match[1], name_of)), bare)
    lines = str(escape(_unescaped(bare)))
    for pattern, replacement in _STYLES:
        lines = pattern.sub(replacement, lines)
    lines = _EMOJI.sub(lambda match: EMOJI.get(match[1], match[0]), _quoted(lines))
    return Markup(_PIECE.sub(lambda match: pieces[int(match[1])], lines))


def plain_to_html(text: str) -> Markup:
    """A plain_text object: emoji and line ends, nothing else."""
    shown = _EMOJI.sub(lambda match: EMOJI.get(match[1], match[0]), _unescaped(text))
    return Markup("<br>").join(shown.split("\n"))


def _quoted(escaped: str) -> str:
    """Lines that begin with a > become a quote; other line ends become breaks."""
    shown: list[str] = []
    quoting = False
    for line in escaped.split("\n"):
        quote = _QUOTE.match(line)
        if quote and quoting:
            shown.append("<br>" + quote[1])
        elif quote:
            shown.append("<blockquote>" + quote[1])
        elif quoting:
            shown.append("</blockquote>" + line)
        else:
            shown.append(("<br>" if shown else "") + line)
        quoting = quote is not None
    return "".join(shown) + ("</blockquote>" if quoting else "")


def _token(inside: str, name_of: NameOf) -> Markup:
    """What stands between < and >: a mention, a channel, a special word or a link."""
    target, _, label = inside.partition("|")
    label = _unescaped(label)
    if target.startswith(("@", "#")):
        name = name_of(target[1:]) or label or target[1:]
        return Markup('<span class="mention">{}<bdi>{}</bdi></span>').format(target[0], name)
    if target.startswith("!date^"):
        return escape(label)
    if target.startswith("!"):
        word = label.removeprefix("@") or target[1:].partition("^")[0]
        return Markup('<span class="mention all">@{}</span>').format(word)
    if target.startswith(("http://", "https://", "mailto:")):
        shown = label or _unescaped(target).removeprefix("mailto:")
        return Markup('<a href="{}" rel="noopener noreferrer" target="_blank">{}</a>').format(
            _unescaped(target), shown
        )
    return escape(f"<{_unescaped(inside)}>")


def _unescaped(text: str) -> str:
    """Slack escapes three characters; this takes them back."""
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
