"""chat.scheduleMessage, and how what it takes is listed and taken back."""

from functools import partial

from sandbox.api.content import Content, read_content
from sandbox.api.errors import SlackError
from sandbox.api.methods import T3, Call, method
from sandbox.api.paging import page
from sandbox.api.posting import destination, post
from sandbox.scheduled import Later
from sandbox.world.apps import Installation
from sandbox.world.workspace import Channel, Doc

FARTHEST = 120 * 24 * 3600
MOST, WINDOW = 30, 300
"""Messages for one channel in so many seconds."""
TOO_LATE = 60
"""Seconds before its time in which a message cannot be taken back any more."""


@method("chat.scheduleMessage", tier=T3, scope="chat:write")
def chat_schedule_message(call: Call) -> Doc:
    post_at = _time(call)
    content = read_content(call)
    channel = destination(call, call.text("channel"), customized=bool(content.author_name))
    mine = call.sandbox.schedule.of(call.installation)
    window = [each for each in mine if each.post_at // WINDOW == post_at // WINDOW]
    if sum(each.channel_id == channel.id for each in window) >= MOST:
        raise SlackError("restricted_too_many")
    later = Later(
        installation=call.installation,
        channel_id=channel.id,
        post_at=post_at,
        text=content.text,
        created=int(call.sandbox.clock.now()),
        post=partial(_post, call, channel, content),
    )
    call.sandbox.schedule.add(later)
    return {
        "ok": True,
        "channel": channel.id,
        "scheduled_message_id": later.id,
        "post_at": post_at,
        "message": {
            "text": content.text,
            "bot_id": call.installation.bot_id,
            "type": "delayed_message",
            "subtype": "bot_message",
        },
    }


def _time(call: Call) -> int:
    try:
        post_at = int(call.text("post_at"))
    except ValueError:
        raise SlackError("invalid_time") from None
    ahead = post_at - call.sandbox.clock.now()
    if ahead <= 0:
        raise SlackError("time_in_past")
    if ahead > FARTHEST:
        raise SlackError("time_too_far")
    return post_at


def _post(call: Call, channel: Channel, content: Content) -> None:
    """Slack has a fault of its own here: what carries metadata is never posted."""
    if content.metadata is None and _lives(call, call.installation):
        post(call, channel, content)


def _lives(call: Call, installation: Installation) -> bool:
    place = installation.app.app_id, installation.workspace.team_id
    return call.sandbox.installations.find(*place) is installation


@method("chat.scheduledMessages.list", tier=T3)
def chat_scheduled_messages_list(call: Call) -> Doc:
    """Of one `channel` or all, between `oldest` and `latest`."""
    oldest = float(call.args.get("oldest") or 0)
    latest = float(call.args.get("latest") or "inf")
    wanted = call.args.get("channel")
    mine = {
        each.id: each
        for each in call.sandbox.schedule.of(call.installation)
        if wanted in (None, "", each.channel_id) and oldest <= each.post_at <= latest
    }
    chosen, following = page(call, mine)
    shown = [
        {
            "id": each.id,
            "channel_id": each.channel_id,
            "post_at": each.post_at,
            "date_created": each.created,
            "text": each.text,
        }
        for each in chosen
    ]
    metadata = {"next_cursor": following}
    return {"ok": True, "scheduled_messages": shown, "response_metadata": metadata}


@method("chat.deleteScheduledMessage", tier=T3, scope="chat:write")
def chat_delete_scheduled_message(call: Call) -> Doc:
    place = call.text("scheduled_message_id"), call.text("channel")
    for each in call.sandbox.schedule.of(call.installation):
        if (each.id, each.channel_id) == place:
            if each.post_at - call.sandbox.clock.now() < TOO_LATE:
                break
            call.sandbox.schedule.remove(each)
            return {"ok": True}
    raise SlackError("invalid_scheduled_message_id")
