"""What an app sends to a response_url: a new message, a replacement, or the end of the old one."""

from aiohttp.web import StreamResponse

from sandbox.api.content import read_content
from sandbox.api.errors import SlackError
from sandbox.api.methods import Call
from sandbox.events.messages import tell_of_change, unsay
from sandbox.events.response_urls import ResponseUrl
from sandbox.routing import HttpError, Router, Visit, json_answer
from sandbox.world.workspace import Message


def add_routes(router: Router) -> None:
    router.route("POST", "/respond/{token}")(post_respond)


async def post_respond(visit: Visit) -> StreamResponse:
    args = await visit.json()
    target = visit.state.response_urls.use(visit.path["token"])
    if isinstance(target, str):
        raise HttpError(404, target)
    try:
        answer_with(Call(visit.state, args, target.installation), target)
    except SlackError as refusal:
        return json_answer({"ok": False, "error": refusal.code} | refusal.extra, 400)
    return json_answer({"ok": True})


def answer_with(call: Call, target: ResponseUrl) -> None:
    """Carry out one answer; SlackError when there is something wrong with its content."""
    original = target.channel.message(target.message_ts)
    if call.flag("delete_original"):
        if original:
            unsay(call.sandbox, call.workspace, target.channel, original)
    elif call.flag("replace_original") and original:
        content, before = read_content(call), original.document(call.workspace.team_id)
        original.text, original.blocks = content.text, content.blocks
        original.attachments = content.attachments
        tell_of_change(call.sandbox, call.workspace, target.channel, original, before=before)
    else:
        target.channel.messages.append(_message(call, target))


def _message(call: Call, target: ResponseUrl) -> Message:
    content, installation = read_content(call), target.installation
    in_channel = call.args.get("response_type") == "in_channel"
    return Message(
        ts=call.sandbox.clock.ts(),
        text=content.text,
        user=installation.bot_user_id,
        bot_id=installation.bot_id,
        app_id=installation.app.app_id,
        blocks=content.blocks,
        attachments=content.attachments,
        thread_ts=content.thread_ts,
        only_for=None if in_channel else target.user_id,
    )
