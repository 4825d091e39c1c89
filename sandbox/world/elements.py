"""The interactive elements of Block Kit: where they stand, and what a person's choice becomes.

https://docs.slack.dev/reference/interaction-payloads/block_actions-payload
"""

from collections.abc import Iterator

from sandbox.world.workspace import Doc

_TEXT = ("plain_text_input", "email_text_input", "url_text_input", "number_input")
_SINGLE = {
    **dict.fromkeys(_TEXT, "value"),
    "static_select": "selected_option",
    "external_select": "selected_option",
    "radio_buttons": "selected_option",
    "overflow": "selected_option",
    "users_select": "selected_user",
    "channels_select": "selected_channel",
    "conversations_select": "selected_conversation",
    "datepicker": "selected_date",
    "timepicker": "selected_time",
    "datetimepicker": "selected_date_time",
}
_SEVERAL = {
    "multi_static_select": "selected_options",
    "multi_external_select": "selected_options",
    "checkboxes": "selected_options",
    "multi_users_select": "selected_users",
    "multi_channels_select": "selected_channels",
    "multi_conversations_select": "selected_conversations",
}
KEYS = _SINGLE | _SEVERAL
"""The field of an element's state, by its type; a button has none."""
_INITIAL = {
    "value": "initial_value",
    "selected_option": "initial_option",
    "selected_options": "initial_options",
    "selected_date": "initial_date",
    "selected_time": "initial_time",
    "selected_date_time": "initial_date_time",
    "selected_user": "initial_user",
    "selected_users": "initial_users",
    "selected_channel": "initial_channel",
    "selected_channels": "initial_channels",
    "selected_conversation": "initial_conversation",
    "selected_conversations": "initial_conversations",
}
EXTERNAL = frozenset({"external_select", "multi_external_select"})
"""Their options come from the app, for what a person types."""
type Offers = dict[tuple[str, str], list[Doc]]
"""What the app has offered last for an external select, by block id and action id."""
type Values = dict[str, dict[str, Doc]]
"""What was chosen so far, by block id and action id, as `state.values` has it."""


def elements(blocks: list[Doc] | None) -> Iterator[tuple[Doc, Doc]]:
    """Every element of the blocks with the block that it stands in."""
    for block in blocks or []:
        for element in block.get("elements") or []:
            yield block, element
        for name in ("accessory", "element"):
            if block.get(name):
                yield block, block[name]


def find_element(
    blocks: list[Doc] | None, action_id: str, block_id: str | None = None
) -> tuple[Doc, Doc] | None:
    """The block and the element that carry this action id."""
    for block, element in elements(blocks):
        if element.get("action_id") == action_id and block_id in (None, block.get("block_id")):
            return block, element
    return None


def name_blocks(blocks: list[Doc]) -> None:
    """Slack gives every block and action an id when its sender did not."""
    for number, block in enumerate(blocks):
        block.setdefault("block_id", f"b{number}")
        if block["type"] in ("actions", "section", "input"):
            inside = [*(block.get("elements") or [])]
            inside += [block.get("accessory") or block.get("element") or {}]
            for place, element in enumerate(inside):
                if element.get("type") not in (None, "image"):
                    element.setdefault("action_id", f"a{number}.{place}")


def options_of(element: Doc, offered: list[Doc] | None = None) -> list[Doc]:
    """All that can be chosen; `offered` and what it began with where the app is asked for them."""
    groups = element.get("option_groups") or []
    options = [
        *(element.get("options") or []),
        *(one for each in groups for one in each["options"]),
    ]
    if element.get("type") in EXTERNAL:
        began = [element.get("initial_option"), *(element.get("initial_options") or [])]
        options = [*(offered or []), *(each for each in began if each)]
    found: dict[str, Doc] = {}
    for option in options:
        found.setdefault(str(option.get("value")), option)
    return [*found.values()]


def picked(element: Doc, chosen: list[str], offered: list[Doc] | None = None) -> Doc:
    """The state of an element after these were chosen; LookupError for an option it has not."""
    options = {str(each.get("value")): each for each in options_of(element, offered)}
    kind = str(element.get("type"))
    if kind in _SEVERAL:
        key = _SEVERAL[kind]
        whole = [dict(options[each]) for each in chosen] if key == "selected_options" else chosen
        return {"type": kind, key: whole}
    key, first = _SINGLE[kind], next((each for each in chosen if each), None)
    if first is None:
        return {"type": kind, key: None}
    if key == "selected_option":
        return {"type": kind, key: dict(options[first])}
    return {"type": kind, key: int(first) if key == "selected_date_time" else first}


def current(element: Doc, block_id: str, values: Values) -> Doc:
    """The state of an element: what was chosen, else what it began with."""
    chosen = values.get(block_id, {}).get(str(element.get("action_id")))
    if chosen is not None and chosen["type"] == element["type"]:
        return chosen
    kind = str(element["type"])
    key = KEYS[kind]
    return {"type": kind, key: element.get(_INITIAL[key], [] if kind in _SEVERAL else None)}


def state_of(blocks: list[Doc] | None, values: Values) -> Doc:
    """`state` as payloads carry it: every element that holds a value."""
    shown: Values = {}
    for block, element in elements(blocks):
        if element.get("type") in KEYS and element["type"] != "overflow":
            place = shown.setdefault(block["block_id"], {})
            place[element["action_id"]] = current(element, block["block_id"], values)
    return {"values": shown}


def missing(blocks: list[Doc], values: Values) -> dict[str, str]:
    """What a person must still fill in before Slack submits a view, by block id."""
    errors = {}
    for block, element in elements(blocks):
        if block["type"] == "input" and not block.get("optional"):
            state = current(element, block["block_id"], values)
            if not state[KEYS[element["type"]]]:
                errors[block["block_id"]] = "Please fill this in."
    return errors
