"""conversations.history, newest first, and replies, oldest first: what was said, page by page.

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
    largest = _most(call, "conversations.history")
    channel = _channel(call)
    said = [each for each in reversed(channel.messages) if each.thread_ts in (None, each.ts)]
    return _page(call, channel, _between(call, said), largest) | {"pin_count": 0}


@method("conversations.replies", tier=0)
def conversations_replies(call: Call) -> Doc:
    """The message `ts`, which is always there, and what answers to it."""
    largest = _most(call, "conversations.replies")
    channel, ts = _channel(call), call.text("ts")
    first = channel.message(ts)
    if first is None or first.only_for is not None:
        raise SlackError("thread_not_found")
    answers = [each for each in channel.messages if each.thread_ts == ts and each is not first]
    return _page(call, channel, [first, *_between(call, answers)], largest)


def _most(call: Call, name: str) -> int:
    """How many messages a page may hold; RateLimited where it is too early for one."""
    restricted = call.sandbox.limits.rules(call.workspace.team_id).history_restricted
    place = call.installation.app.app_id, call.workspace.team_id
    wait = call.sandbox.limits.wait_for_method(*place, name, T1 if restricted else T3)
    if wait:
        raise RateLimited(wait)
    return RESTRICTED if restricted else LARGEST


def _page(call: Call, channel: Channel, messages: list[Message], largest: int) -> Doc:
    call.args["limit"] = call.args.get("limit") or min(USUAL, largest)
    chosen, following = page(call, {each.ts: each for each in messages}, largest=largest)
    threads = _threads(channel)
    answer: Doc = {
        "ok": True,
        "messages": [_shown(call, each) | threads.get(each.ts, {}) for each in chosen],
        "has_more": bool(following),
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


def _between(call: Call, messages: list[Message]) -> list[Message]:
    """From `oldest` to `latest`, which count themselves only when `inclusive`."""
    oldest, latest = _time(call, "oldest", 0.0), _time(call, "latest", float("inf"))
    inclusive = call.flag("inclusive")
    return [
        message
        for message in messages
        if message.only_for is None
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


def _threads(channel: Channel) -> dict[str, Doc]:
    """What the first message of each thread tells of the answers to it."""
    answers: dict[str, list[Message]] = {}
    for message in channel.messages:
        if message.thread_ts not in (None, message.ts) and message.only_for is None:
            answers.setdefault(str(message.thread_ts), []).append(message)
    return {ts: _thread(ts, its) for ts, its in answers.items()}


def _thread(ts: str, answers: list[Message]) -> Doc:
    people = list(dict.fromkeys(each.user for each in answers))
    return {
        "thread_ts": ts,
        "reply_count": len(answers),
        "reply_users_count": len(people),
        "reply_users": people,
        "latest_reply": answers[-1].ts,
    }
