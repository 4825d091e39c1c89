"""bots.info and chat.getPermalink: small things that bots ask for."""

from sandbox.api.conversations import visible
from sandbox.api.errors import SlackError
from sandbox.api.methods import HUNDREDS, T3, Call, method
from sandbox.world.workspace import Doc


@method("bots.info", tier=T3, scope="users:read")
def bots_info(call: Call) -> Doc:
    """Without `bot` there is no bot to tell of."""
    wanted = call.args.get("bot")
    if not wanted:
        return {"ok": True}
    for user in call.workspace.users.values():
        if user["is_bot"] and user["profile"].get("bot_id") == wanted:
            bot = {
                "id": wanted,
                "deleted": user["deleted"],
                "name": user["profile"]["real_name"],
                "updated": user["updated"],
                "app_id": user["profile"]["api_app_id"],
                "user_id": user["id"],
                "icons": {},
            }
            return {"ok": True, "bot": bot}
    raise SlackError("bot_not_found")


@method("chat.getPermalink", tier=HUNDREDS)
def chat_get_permalink(call: Call) -> Doc:
    channel = call.workspace.channels.get(call.text("channel"))
    if channel is None or not visible(call, channel):
        raise SlackError("channel_not_found")
    message = channel.message(call.text("message_ts"))
    if message is None:
        raise SlackError("message_not_found")
    place = f"{channel.id}/p{message.ts.replace('.', '')}"
    link = f"https://{call.workspace.domain}.slack.com/archives/{place}"
    return {"ok": True, "channel": channel.id, "permalink": link}
