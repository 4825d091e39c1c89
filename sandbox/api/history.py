"""conversations.history: what was said in one conversation, newest first, page by page.

An app that is distributed outside the Marketplace gets one request a minute and 15 messages:
https://docs.slack.dev/changelog/2025/05/29/rate-limit-changes-for-non-marketplace-apps
"""

from sandbox.api.conversations import visible
from sandbox.api.errors import RateLimited, SlackError
from sandbox.api.methods import T1, T3, Call, method, missing_scope
from sandbox.api.paging import page
from sandbox.world.workspace import Channel, Doc, Kind, Message

LARGEST, USUAL, RESTRICTED = 999, 100, 15
_SCOPE = {
    Kind.PUBLIC: "channels:history",
    Kind.PRIVATE: "groups:history",
    Kind.DM: "im:history",
}


@method("conversations.history", tier=0)
def conversations_history(call: Call) -> Doc:
    restricted = call.sandbox.limits.rules(call.workspace.team_id).history_restricted
    place = call.installation.app.app_id, call.workspace.team_id
    tier = T1 if restricted else T3
    wait = call.sandbox.limits.wait_for_method(*place, "conversations.history", tier)
    if wait:
        raise RateLimited(wait)
    messages = {message.ts: message for message in _between(call, _channel(call))}
    largest = RESTRICTED if restricted else LARGEST
    call.args["limit"] = call.args.get("limit") or min(USUAL, largest)
    chosen, following = page(call, messages, largest=largest)
    answer: Doc = {
        "ok": True,
        "messages": [_shown(call, message) for message in chosen],
        "has_more": bool(following),
        "pin_count": 0,
    }
    if following:
        answer["response_metadata"] = {"next_cursor": following}
    return answer


def _channel(call: Call) -> Channel:
    channel = call.workspace.channels.get(call.text("channel"))
    if channel is None or not visible(call, channel):
        raise SlackError("channel_not_found")
    if _SCOPE[channel.kind] not in call.installation.scopes:
        raise missing_scope(_SCOPE[channel.kind], call.installation.scopes)
    if call.installation.bot_user_id not in channel.members:
        raise SlackError("not_in_channel")
    return channel


def _between(call: Call, channel: Channel) -> list[Message]:
    """Newest first, from `oldest` to `latest`, which count themselves only when `inclusive`."""
    oldest, latest = _time(call, "oldest", 0.0), _time(call, "latest", float("inf"))
    inclusive = call.flag("inclusive")
    return [
        message
        for message in reversed(channel.messages)
        if message.only_for is None
        and message.thread_ts in (None, message.ts)
        and (
            oldest < float(message.ts) < latest
            or (inclusive and float(message.ts) in (oldest, latest))
        )
    ]


def _time(call: Call, name: str, default: float) -> float:
    value = call.args.get(name)
    if value in (None, "", "0", 0):
        return default
    try:
        return float(str(value))
    except ValueError:
        raise SlackError(f"invalid_ts_{name}") from None


def _shown(call: Call, message: Message) -> Doc:
    """Without `include_all_metadata` only the type of the metadata is told."""
    document = message.document(call.workspace.team_id)
    if message.metadata and not call.flag("include_all_metadata"):
        document["metadata"] = {"event_type": message.metadata["event_type"]}
    return document
