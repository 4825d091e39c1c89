"""What a view may hold: https://docs.slack.dev/reference/views"""

import json
from typing import Any

from sandbox.api.blocks import block_faults
from sandbox.api.errors import SlackError, bad_arguments
from sandbox.api.methods import Call
from sandbox.world.elements import elements, name_blocks
from sandbox.world.workspace import Doc

BLOCKS = 100
TITLE_CHARS = 24
METADATA_CHARS = 3_000
ID_CHARS = 255
BYTES = 250 * 1024
_PLACES = ("conversations_select", "channels_select")


def read_view(call: Call, kind: str) -> Doc:
    """The checked `view` argument of a views.* call; `kind` is "modal" or "home"."""
    if call.args.get("view") in (None, ""):
        raise bad_arguments("missing required field: view")
    return check_view(call.structure("view", "invalid_arguments"), kind)


def check_view(view: Any, kind: str) -> Doc:
    """The view with ids for its blocks; SlackError `invalid_arguments` or `view_too_large`."""
    if not isinstance(view, dict):
        raise bad_arguments("must be an object [json-pointer:/view]")
    if len(json.dumps(view)) > BYTES:
        raise SlackError("view_too_large")
    faults = [*_head(view, kind), *_body(view, kind)]
    if faults:
        raise SlackError(
            "invalid_arguments",
            response_metadata={"messages": [f"[ERROR] {each}" for each in faults]},
        )
    checked: Doc = {"external_id": ""} | view
    name_blocks(checked["blocks"])
    return checked


def _head(view: Doc, kind: str) -> list[str]:
    faults = []
    if view.get("type") != kind:
        faults.append(f"must be {kind} [json-pointer:/view/type]")
    if kind == "modal" and not view.get("title"):
        faults.append("missing required field: title [json-pointer:/view]")
    for name in ("title", "submit", "close"):
        if view.get(name) is not None:
            faults += _short_text(view[name], name)
    longest = {"private_metadata": METADATA_CHARS, "callback_id": ID_CHARS, "external_id": ID_CHARS}
    for name, most in longest.items():
        if len(str(view.get(name) or "")) > most:
            faults.append(f"must be less than {most + 1} characters [json-pointer:/view/{name}]")
    return faults


def _short_text(text: Any, name: str) -> list[str]:
    where = f"[json-pointer:/view/{name}]"
    if not isinstance(text, dict) or text.get("type") != "plain_text" or not text.get("text"):
        return [f"must be a plain_text object {where}"]
    if len(str(text["text"])) > TITLE_CHARS:
        return [f"must be less than {TITLE_CHARS + 1} characters {where}"]
    return []


def _body(view: Doc, kind: str) -> list[str]:
    blocks = view.get("blocks")
    if not isinstance(blocks, list):
        return ["missing required field: blocks [json-pointer:/view]"]
    faults, _ = block_faults(blocks, most_blocks=BLOCKS, where="/view/blocks")
    asks = any(isinstance(each, dict) and each.get("type") == "input" for each in blocks)
    if not faults and asks and kind == "modal" and not view.get("submit"):
        faults.append("missing required field: submit [json-pointer:/view]")
    if not faults and len(set(_action_ids(blocks))) < len(_action_ids(blocks)):
        faults.append("action_id already exists in a block [json-pointer:/view/blocks]")
    if not faults and any(_answers_elsewhere(*each, kind) for each in elements(blocks)):
        faults.append("response_url_enabled is for inputs of modals [json-pointer:/view/blocks]")
    return faults


def _answers_elsewhere(block: Doc, element: Doc, kind: str) -> bool:
    """Response URLs of views are for the single selects of a conversation or channel alone."""
    fits = block["type"] == "input" and element.get("type") in _PLACES and kind == "modal"
    return bool(element.get("response_url_enabled")) and not fits


def _action_ids(blocks: list[Doc]) -> list[tuple[str, str]]:
    """The places of all named elements in their named blocks."""
    return [
        (str(block["block_id"]), str(element["action_id"]))
        for block, element in elements(blocks)
        if block.get("block_id") and element.get("action_id")
    ]
