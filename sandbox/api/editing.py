"""chat.update and chat.delete: what becomes of a message after it was posted."""

from sandbox.api.content import read_content
from sandbox.api.errors import SlackError
from sandbox.api.methods import T3, Call, method
from sandbox.events.messages import tell_of_change, unsay
from sandbox.world.workspace import Channel, Doc, Message

UPDATE_CHARS = 4_000
"""A longer text can be posted, but no message can be changed into one."""


@method("chat.update", tier=T3, scope="chat:write")
def chat_update(call: Call) -> Doc:
    """What is not named stays as it is, metadata above all."""
    channel, message = _find(call, "cant_update_message")
    if len(str(call.args.get("text") or "")) > UPDATE_CHARS:
        raise SlackError("msg_too_long")
    content, before = read_content(call), message.document(call.workspace.team_id)
    message.text = content.text
    message.blocks, message.attachments = content.blocks, content.attachments
    message.metadata = content.metadata or message.metadata
    tell_of_change(call.sandbox, call.workspace, channel, message, before=before)
    return {
        "ok": True,
        "channel": channel.id,
        "ts": message.ts,
        "text": message.text,
        "message": message.document(call.workspace.team_id),
    }


@method("chat.delete", tier=T3, scope="chat:write")
def chat_delete(call: Call) -> Doc:
    channel, message = _find(call, "cant_delete_message")
    unsay(call.sandbox, call.workspace, channel, message)
    return {"ok": True, "channel": channel.id, "ts": message.ts}


def _find(call: Call, not_ours: str) -> tuple[Channel, Message]:
    """The app's own message; a DM is named by its own id, not by the person's."""
    channel = call.workspace.channels.get(call.text("channel"))
    if channel is None:
        raise SlackError("channel_not_found")
    message = channel.message(call.text("ts"))
    if message is None or message.only_for is not None:
        raise SlackError("message_not_found")
    if message.app_id != call.installation.app.app_id:
        raise SlackError(not_ours)
    return channel, message
