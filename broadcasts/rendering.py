"""From a message's content and one person's values to what Slack is to be sent. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from broadcasts import blocks as block_kit
from broadcasts.templating import TemplateError, escape_mrkdwn, fill, unknown_names

# chat.update refuses more, and what was sent must stay editable.
TEXT_LENGTH = 4_000

VARIABLES = {
    "first_name": "First name, as in the Slack profile; often empty.",
    "last_name": "Last name, as in the Slack profile; often empty.",
    "name": "The name that Slack shows: display name, else real name. Of a channel, its name.",
    "real_name": "Full name.",
    "title": "What they do, from the Slack profile; often empty.",
    "email": "E-mail address; empty unless the app may read it.",
    "team": "Name of the workspace.",
    "time_zone": "Time zone, such as Europe/Berlin.",
    "locale": "Language and region, such as en-GB.",
    "attributes": "Your own values, such as attributes.city.",
}
_FIELDS = ("first_name", "last_name", "real_name", "title", "email", "time_zone", "locale")


class _Anything(dict[str, object]):
    def __missing__(self, key: str) -> str:
        return "sample"


SAMPLE: Mapping[str, object] = {
    "first_name": "Alexandra",
    "last_name": "Featherstonehaugh",
    "name": "Alexandra F.",
    "real_name": "Alexandra Featherstonehaugh",
    "title": "Head of Research",
    "email": "alexandra@example.com",
    "team": "Example Workspace",
    "time_zone": "Europe/Berlin",
    "locale": "en-GB",
    "attributes": _Anything(),
}
ICON = re.compile(r":[^\s:]+:(:skin-tone-[2-6]:)?|https://\S+")


@dataclass(frozen=True)
class Rendered:
    """Ready for chat.postMessage; text is never empty."""

    text: str
    blocks: list[dict[str, Any]] | None


class RenderError(Exception):
    """This content cannot be sent to this person; `sentence` says which part of it and why."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class NothingToSayError(RenderError):
    """Its conditions and variables leave this person nothing to read."""


def variables_of(recipient: Mapping[str, Any], *, team: str) -> dict[str, object]:
    """The values for one person or channel, from the fields of its Recipient row."""
    shown = recipient.get("display_name") or recipient.get("real_name") or recipient.get("name")
    values: dict[str, object] = {field: recipient.get(field) or "" for field in _FIELDS}
    return values | {
        "name": shown or recipient.get("slack_id"),
        "team": team,
        "attributes": recipient.get("attributes") or {},
    }


def render(content: Mapping[str, Any], variables: Mapping[str, object]) -> Rendered:
    """Fill in the variables and check Slack's limits; raises RenderError.

    A text without blocks stays one, unless a button is to stand below it: then it comes as
    sections too, since Slack shows blocks instead of the text.
    """
    if misshapen := block_kit.shape_problems(content.get("blocks")):
        raise RenderError(misshapen[0])
    variables = _without_empty(variables)
    text = _filled("The text", content["text"], variables, mrkdwn=True).strip()
    offers_opt_out = bool(content.get("offers_opt_out"))
    blocks = _filled_blocks(content.get("blocks") or [], variables)
    if not text:
        text = summary(blocks)
    if not text:
        raise NothingToSayError("No text is left once the variables are filled in.")
    if len(text) > TEXT_LENGTH:
        raise RenderError(f"The text has {len(text):,} characters, at most {TEXT_LENGTH:,} fit.")
    most = block_kit.MOST_BLOCKS - offers_opt_out
    if too_much := block_kit.limit_problems(blocks, most=most):
        raise RenderError(too_much[0])
    if offers_opt_out and not blocks:
        blocks = _sections(text)
    return Rendered(text, blocks or None)


def problems(content: Mapping[str, Any]) -> list[str]:
    """Everything that is wrong with a message whoever it goes to, as sentences for its form."""
    found = block_kit.shape_problems(content.get("blocks"))
    if found:
        return found
    if not content["text"].strip() and not content.get("blocks"):
        found.append("Write a text, or give blocks: there is nothing to say.")
    found += _template_problems("The text", content["text"])
    for number, block in enumerate(content.get("blocks") or [], start=1):
        found += _block_template_problems(number, block)
    icon = content.get("sender_icon", "")
    if icon and not ICON.fullmatch(icon):
        found.append("The icon must be an emoji such as :tada: or an https:// address.")
    return found or _sample_problems(content)


def _without_empty(values: Mapping[str, object]) -> dict[str, object]:
    """Liquid takes an empty string for true, and `{% if title %}` should mean what it says."""
    return {
        name: _without_empty(value)
        if isinstance(value, dict) and "" in value.values()
        else (None if value == "" else value)
        for name, value in values.items()
    }


def _filled(where: str, source: str, variables: Mapping[str, object], *, mrkdwn: bool) -> str:
    try:
        return fill(source, variables, mrkdwn=mrkdwn)
    except TemplateError as error:
        raise RenderError(f"{where}: {error}.") from error


def _filled_blocks(
    blocks: list[dict[str, Any]], variables: Mapping[str, object]
) -> list[dict[str, Any]]:
    def fill_one(number: int, block: dict[str, Any]) -> Any:
        where = f"Block {number} ({block['type']})"
        return block_kit.map_strings(
            block, lambda source, mrkdwn: _filled(where, source, variables, mrkdwn=mrkdwn)
        )

    return [fill_one(number, block) for number, block in enumerate(blocks, start=1)]


def summary(blocks: list[dict[str, Any]]) -> str:
    """What notifications and screen readers get when only blocks were written."""
    lines = (
        text if is_mrkdwn else escape_mrkdwn(text) for text, is_mrkdwn in block_kit.texts(blocks)
    )
    return "\n".join(line for line in lines if line.strip())[:TEXT_LENGTH].strip()


def _sections(text: str) -> list[dict[str, Any]]:
    sections = []
    while text:
        cut = len(text)
        if cut > block_kit.SECTION_TEXT:
            # At a line's end where there is one, so that no word, link or entity is torn.
            space = text.rfind(" ", 0, block_kit.SECTION_TEXT)
            line = text.rfind("\n", 0, block_kit.SECTION_TEXT)
            cut = line if line > 0 else space if space > 0 else block_kit.SECTION_TEXT
        sections.append({"type": "section", "text": {"type": "mrkdwn", "text": text[:cut]}})
        text = text[cut:].strip()
    return sections


def _template_problems(where: str, source: str) -> list[str]:
    try:
        return [f"{where}: {what}." for what in unknown_names(source, VARIABLES)]
    except TemplateError as error:
        return [f"{where}: {error}."]


def _block_template_problems(number: int, block: dict[str, Any]) -> list[str]:
    found: list[str] = []

    def look(source: str, _mrkdwn: bool) -> str:
        found.extend(_template_problems(f"Block {number} ({block['type']})", source))
        return source

    block_kit.map_strings(block, look)
    return found


def _sample_problems(content: Mapping[str, Any]) -> list[str]:
    try:
        render(content, SAMPLE)
    except NothingToSayError:
        return []  # Its conditions may well have something for others.
    except RenderError as error:
        return [error.sentence]
    return []
