"""chat.postMessage: what may be said, to whom, how often, and the ledger's line about it."""

from typing import Any

from sandbox.api.content import Content, read_content
from sandbox.api.errors import RateLimited, SlackError
from sandbox.api.methods import Call, method
from sandbox.events import metadata
from sandbox.events.messages import echo
from sandbox.world.workspace import Channel, Doc, Kind, Message


@method("chat.postMessage", tier=0, scope="chat:write")
def chat_post_message(call: Call) -> Doc:
    installation, limits = call.installation, call.sandbox.limits
    app_id, team_id = installation.app.app_id, call.workspace.team_id
    wait = limits.wait_for_post(app_id, team_id)
    if wait:
        raise RateLimited(wait)
    address = call.text("channel")
    content = read_content(call)
    customized = bool(content.author_name or content.author_icons)
    channel = destination(call, address, customized=customized)
    wait = limits.wait_for_channel(app_id, team_id, channel.id)
    if wait:
        raise RateLimited(wait)
    message = post(call, channel, content)
    answer: Doc = {
        "ok": True,
        "channel": channel.id,
        "ts": message.ts,
        "message": message.document(team_id),
    }
    if content.warning:
        answer["warning"] = content.warning
        answer["response_metadata"] = {"warnings": [content.warning]}
    return answer


def post(call: Call, channel: Channel, content: Content) -> Message:
    """What was checked becomes a message, and a line of the ledger before anything else."""
    state, installation = call.sandbox, call.installation
    message = Message(
        ts=state.clock.ts(),
        text=content.text,
        user=installation.bot_user_id,
        bot_id=installation.bot_id,
        app_id=installation.app.app_id,
        blocks=content.blocks,
        attachments=content.attachments,
        metadata=content.metadata,
        thread_ts=content.thread_ts,
        author_name=content.author_name,
        author_icons=content.author_icons,
        files=content.files,
    )
    state.ledger.append(_line(call, channel, message))
    channel.messages.append(message)
    state.counts.posts[installation.app.app_id, call.workspace.team_id] += 1
    echo(state, installation, channel, message)
    metadata.posted(state, installation, channel, message)
    return message


def _line(call: Call, channel: Channel, message: Message) -> Doc:
    given = message.metadata
    return {
        "team_id": call.workspace.team_id,
        "app_id": call.installation.app.app_id,
        "channel": channel.id,
        "user": channel.user or None,
        "ts": message.ts,
        "text": message.text,
        "at": float(message.ts),
        "delivery": given["event_payload"].get("delivery_id") if given else None,
        "metadata": given,
        "blocks": message.blocks,
        "thread_ts": message.thread_ts,
    }


def destination(call: Call, address: str, *, customized: bool) -> Channel:
    """The conversation that a channel id, a user id or a channel name stands for.

    A post under a custom name to a user id lands in the person's DM with Slackbot.
    """
    workspace = call.workspace
    user = workspace.users.get(address)
    if user is not None:
        _check_person(call, user)
        if customized:
            return workspace.dm("USLACKBOT", "USLACKBOT", address)
        return own_dm(call, address)
    channel = workspace.channels.get(address) or workspace.channel_named(address)
    if channel is None:
        raise SlackError("channel_not_found")
    _check_channel(call, channel)
    return channel


def own_dm(call: Call, user_id: str) -> Channel:
    """The app's DM with this person; SlackError where its Messages tab is off."""
    installation = call.installation
    if not installation.app.messages_tab:
        raise SlackError("messages_tab_disabled")
    return call.workspace.dm(installation.app.app_id, installation.bot_user_id, user_id)


def _check_person(call: Call, user: dict[str, Any]) -> None:
    answers = call.sandbox.answers
    if user["is_bot"] or user["id"] == "USLACKBOT":
        raise SlackError(answers.post_to_bot)
    if user["deleted"]:
        raise SlackError(answers.post_to_deactivated)
    if user.get("is_stranger"):
        raise SlackError(answers.post_to_stranger)


def _check_channel(call: Call, channel: Channel) -> None:
    inside = call.installation.bot_user_id in channel.members
    if channel.kind is not Kind.PUBLIC and not inside:
        raise SlackError("channel_not_found")
    if channel.kind is Kind.DM:
        _check_person(call, call.workspace.users[channel.user])
        own_dm(call, channel.user)
    if channel.is_archived:
        raise SlackError("is_archived")
    if not inside and "chat:write.public" not in call.installation.scopes:
        raise SlackError("not_in_channel")
