"""The limits of Block Kit in messages and views, as Slack checks them before it shows them."""

from collections.abc import Callable
from typing import Any

from sandbox.api.errors import SlackError
from sandbox.world.workspace import Doc

BLOCKS = 50
ID_CHARS = 255
SECTION_CHARS, SECTION_FIELDS, FIELD_CHARS = 3000, 10, 2000
HEADER_CHARS, CONTEXT_ELEMENTS, ACTION_ELEMENTS = 150, 10, 25
ALT_CHARS, URL_CHARS = 2000, 3000
BUTTON_CHARS, BUTTON_VALUE_CHARS = 75, 2000
MARKDOWN_CHARS = 12_000
OPTIONS, OPTION_CHARS, OPTION_VALUE_CHARS = 100, 75, 150
CONFIRM_TITLE_CHARS, CONFIRM_TEXT_CHARS, CONFIRM_BUTTON_CHARS = 100, 300, 30
LABEL_CHARS = 2000
MESSAGES_SHOWN = 10


def check_blocks(blocks: list[Any], *, most_chars: int) -> None:
    """SlackError `invalid_blocks` with a sentence per fault, or `msg_blocks_too_long`."""
    faults, chars = block_faults(blocks, most_blocks=BLOCKS, where="/blocks")
    if faults:
        messages = [f"[ERROR] {each}" for each in faults]
        raise SlackError("invalid_blocks", errors=faults, response_metadata={"messages": messages})
    if chars > most_chars:
        raise SlackError("msg_blocks_too_long")


def block_faults(blocks: list[Any], *, most_blocks: int, where: str) -> tuple[list[str], int]:
    """A sentence for each of the first faults, and the number of characters."""
    check = _Check()
    if len(blocks) > most_blocks:
        check.fault(f"no more than {most_blocks} items allowed", where)
    ids: set[str] = set()
    for number, block in enumerate(blocks):
        check.block(block, f"{where}/{number}", ids)
    return check.faults[:MESSAGES_SHOWN], check.chars


def option_faults(answer: Doc) -> list[str]:
    """A sentence for each fault in what an app answers to a search in an external select."""
    check = _Check()
    if answer.get("options") != []:
        check.choice(answer | {"type": "external_select"}, "")
    return check.faults[:MESSAGES_SHOWN]


class _Check:
    """Walks the blocks of one message, noting faults and counting characters."""

    def __init__(self) -> None:
        self.faults: list[str] = []
        self.chars = 0

    def fault(self, sentence: str, where: str) -> None:
        self.faults.append(f"{sentence} [json-pointer:{where}]")

    def block(self, block: Any, where: str, ids: set[str]) -> None:
        if not isinstance(block, dict):
            self.fault("must be an object", where)
            return
        block_id = block.get("block_id")
        if block_id is not None:
            self.string(block_id, ID_CHARS, f"{where}/block_id")
            if str(block_id) in ids:
                self.fault("block_id already exists", f"{where}/block_id")
            ids.add(str(block_id))
        check = _BLOCKS.get(str(block.get("type")))
        if check is None:
            self.fault(f"unsupported type: {block.get('type')}", f"{where}/type")
        else:
            check(self, block, where)

    def string(self, value: Any, most: int, where: str) -> None:
        if not isinstance(value, str):
            self.fault("must be a string", where)
        elif not value:
            self.fault("must be more than 0 characters", where)
        elif len(value) > most:
            self.fault(f"must be less than {most + 1} characters", where)
        else:
            self.chars += len(value)

    def text(self, value: Any, most: int, where: str, *, plain: bool = False) -> None:
        """A text object; `plain` where Slack takes no mrkdwn."""
        if not isinstance(value, dict):
            self.fault(
                "missing required field: text" if value is None else "must be an object", where
            )
            return
        kind = value.get("type")
        if kind not in (("plain_text",) if plain else ("plain_text", "mrkdwn")):
            self.fault(f"unsupported type: {kind}", f"{where}/type")
        self.string(value.get("text"), most, f"{where}/text")

    def items(self, value: Any, most: int, where: str) -> list[Any]:
        if not isinstance(value, list) or not value:
            self.fault("must provide at least 1 item", where)
            return []
        if len(value) > most:
            self.fault(f"no more than {most} items allowed", where)
        return value

    def section(self, block: Doc, where: str) -> None:
        if block.get("text") is None and not block.get("fields"):
            self.fault("must define either `text` or `fields`", where)
        if block.get("text") is not None:
            self.text(block["text"], SECTION_CHARS, f"{where}/text")
        if block.get("fields") is not None:
            fields = self.items(block["fields"], SECTION_FIELDS, f"{where}/fields")
            for number, each in enumerate(fields):
                self.text(each, FIELD_CHARS, f"{where}/fields/{number}")
        if block.get("accessory") is not None:
            self.element(block["accessory"], f"{where}/accessory")

    def header(self, block: Doc, where: str) -> None:
        self.text(block.get("text"), HEADER_CHARS, f"{where}/text", plain=True)

    def divider(self, block: Doc, where: str) -> None:
        """A divider holds nothing."""

    def image(self, block: Doc, where: str) -> None:
        if not block.get("slack_file"):
            self.string(block.get("image_url"), URL_CHARS, f"{where}/image_url")
        self.string(block.get("alt_text"), ALT_CHARS, f"{where}/alt_text")
        if block.get("title") is not None:
            self.text(block["title"], ALT_CHARS, f"{where}/title", plain=True)

    def context(self, block: Doc, where: str) -> None:
        elements = self.items(block.get("elements"), CONTEXT_ELEMENTS, f"{where}/elements")
        for number, each in enumerate(elements):
            here = f"{where}/elements/{number}"
            if isinstance(each, dict) and each.get("type") == "image":
                self.image(each, here)
            else:
                self.text(each, SECTION_CHARS, here)

    def actions(self, block: Doc, where: str) -> None:
        elements = self.items(block.get("elements"), ACTION_ELEMENTS, f"{where}/elements")
        ids: set[str] = set()
        for number, each in enumerate(elements):
            here = f"{where}/elements/{number}"
            self.element(each, here)
            action_id = each.get("action_id") if isinstance(each, dict) else None
            if action_id in ids:
                self.fault(f"action_id `{action_id}` already exists", here)
            if action_id:
                ids.add(action_id)

    def markdown(self, block: Doc, where: str) -> None:
        self.string(block.get("text"), MARKDOWN_CHARS, f"{where}/text")

    def rich_text(self, block: Doc, where: str) -> None:
        self.items(block.get("elements"), BLOCKS, f"{where}/elements")

    def input(self, block: Doc, where: str) -> None:
        self.text(block.get("label"), LABEL_CHARS, f"{where}/label", plain=True)
        if block.get("hint") is not None:
            self.text(block["hint"], LABEL_CHARS, f"{where}/hint", plain=True)
        element = block.get("element")
        kind = element.get("type") if isinstance(element, dict) else None
        if kind in ("button", "image", "overflow"):
            self.fault(f"unsupported type: {kind}", f"{where}/element/type")
        elif kind not in _TEXT_INPUTS:
            self.element(element, f"{where}/element")
        elif element and element.get("action_id") is not None:
            self.string(element["action_id"], ID_CHARS, f"{where}/element/action_id")

    def element(self, element: Any, where: str) -> None:
        if not isinstance(element, dict):
            self.fault("must be an object", where)
            return
        kind = str(element.get("type"))
        if element.get("action_id") is not None:
            self.string(element["action_id"], ID_CHARS, f"{where}/action_id")
        if element.get("confirm") is not None:
            self.confirm(element["confirm"], f"{where}/confirm")
        if kind == "button":
            self.button(element, where)
        elif kind == "image":
            self.image(element, where)
        elif kind in _CHOICES:
            self.choice(element, where)
        elif kind not in _OTHER_ELEMENTS:
            self.fault(f"unsupported type: {kind}", f"{where}/type")

    def button(self, button: Doc, where: str) -> None:
        self.text(button.get("text"), BUTTON_CHARS, f"{where}/text", plain=True)
        if button.get("value") is not None:
            self.string(button["value"], BUTTON_VALUE_CHARS, f"{where}/value")
        if button.get("url") is not None:
            self.string(button["url"], URL_CHARS, f"{where}/url")
        if button.get("style") not in (None, "primary", "danger"):
            self.fault("must be one of: primary, danger", f"{where}/style")

    def choice(self, element: Doc, where: str) -> None:
        """Options, or in menus groups of them."""
        if not (element.get("option_groups") and str(element.get("type")) in _GROUPED):
            self.options(element.get("options"), f"{where}/options")
            return
        if element.get("options"):
            self.fault("must define either `options` or `option_groups`", where)
        groups = self.items(element["option_groups"], OPTIONS, f"{where}/option_groups")
        for number, group in enumerate(groups):
            here = f"{where}/option_groups/{number}"
            if not isinstance(group, dict):
                self.fault("must be an object", here)
                continue
            self.text(group.get("label"), OPTION_CHARS, f"{here}/label", plain=True)
            self.options(group.get("options"), f"{here}/options")

    def options(self, options: Any, where: str) -> None:
        for number, option in enumerate(self.items(options, OPTIONS, where)):
            here = f"{where}/{number}"
            if not isinstance(option, dict):
                self.fault("must be an object", here)
                continue
            self.text(option.get("text"), OPTION_CHARS, f"{here}/text")
            self.string(option.get("value"), OPTION_VALUE_CHARS, f"{here}/value")

    def confirm(self, confirm: Any, where: str) -> None:
        if not isinstance(confirm, dict):
            self.fault("must be an object", where)
            return
        self.text(confirm.get("title"), CONFIRM_TITLE_CHARS, f"{where}/title", plain=True)
        self.text(confirm.get("text"), CONFIRM_TEXT_CHARS, f"{where}/text")
        for name in ("confirm", "deny"):
            self.text(confirm.get(name), CONFIRM_BUTTON_CHARS, f"{where}/{name}", plain=True)


_BLOCKS: dict[str, Callable[[_Check, Doc, str], None]] = {
    "section": _Check.section,
    "header": _Check.header,
    "divider": _Check.divider,
    "image": _Check.image,
    "context": _Check.context,
    "actions": _Check.actions,
    "markdown": _Check.markdown,
    "rich_text": _Check.rich_text,
    "input": _Check.input,
}
_TEXT_INPUTS = {"plain_text_input", "email_text_input", "url_text_input", "number_input"}
"""They stand in input blocks alone."""
_CHOICES = {"static_select", "multi_static_select", "radio_buttons", "checkboxes", "overflow"}
_GROUPED = {"static_select", "multi_static_select", "external_select", "multi_external_select"}
_OTHER_ELEMENTS = {
    "users_select", "conversations_select", "channels_select", "datepicker", "timepicker",
    "datetimepicker", "external_select", "multi_external_select",
    "multi_users_select", "multi_conversations_select", "multi_channels_select",
}  # fmt: skip
