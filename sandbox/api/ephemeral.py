"""chat.postEphemeral: a message that one person sees, and no history keeps."""

from sandbox.api.content import read_content
from sandbox.api.errors import SlackError
from sandbox.api.methods import T4, Call, method
from sandbox.world.workspace import Channel, Doc, Kind, Message


@method("chat.postEphemeral", tier=T4, scope="chat:write")
def chat_post_ephemeral(call: Call) -> Doc:
    channel = _channel(call)
    user_id = call.text("user")
    if user_id not in channel.members:
        raise SlackError("user_not_in_channel")
    content, installation = read_content(call), call.installation
    message = Message(
        ts=call.sandbox.clock.ts(),
        text=content.text,
        user=installation.bot_user_id,
        bot_id=installation.bot_id,
        app_id=installation.app.app_id,
        blocks=content.blocks,
        attachments=content.attachments,
        thread_ts=content.thread_ts,
        only_for=user_id,
        author_name=content.author_name,
        author_icons=content.author_icons,
    )
    channel.messages.append(message)
    return {"ok": True, "message_ts": message.ts}


def _channel(call: Call) -> Channel:
    """A conversation by its id or name that the bot is in; a user id is none."""
    address = call.text("channel")
    channel = call.workspace.channels.get(address) or call.workspace.channel_named(address)
    inside = channel is not None and call.installation.bot_user_id in channel.members
    if channel is None or not (inside or channel.kind is Kind.PUBLIC):
        raise SlackError("channel_not_found")
    if channel.is_archived:
        raise SlackError("is_archived")
    if not inside:
        raise SlackError("not_in_channel")
    return channel
