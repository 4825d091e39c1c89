"""Uploads in three steps, as files_upload_v2 of the SDK takes them; files.info and delete."""

from typing import Any

from sandbox.api.content import Content
from sandbox.api.errors import SlackError, bad_arguments
from sandbox.api.methods import T3, T4, Call, method
from sandbox.api.posting import destination, post
from sandbox.world.files import File
from sandbox.world.workspace import Channel, Doc


@method("files.getUploadURLExternal", tier=T4, scope="files:write")
def files_get_upload_url_external(call: Call) -> Doc:
    """Where the content is to be sent, whose length is told beforehand."""
    try:
        length = int(call.text("length"))
    except ValueError:
        raise bad_arguments("`length` must be an integer") from None
    if length <= 0:
        raise bad_arguments("`length` must be more than 0")
    file = File(call.installation, call.text("filename"), length)
    call.sandbox.files.add(file)
    address = f"{call.sandbox.base_url}/upload/{file.ticket}"
    return {"ok": True, "upload_url": address, "file_id": file.id}


@method("files.completeUploadExternal", tier=T4, scope="files:write")
def files_complete_upload_external(call: Call) -> Doc:
    """The files become known, and are shared in `channel_id` or `channels` where one is named."""
    files = [_uploaded(call, each) for each in _wanted(call)]
    ids = [str(call.args["channel_id"])] if call.args.get("channel_id") else call.names("channels")
    channels = [_channel(call, each) for each in ids if each]
    for file in files:
        file.shared = True
        file.channels += [each.id for each in channels]
    base_url = call.sandbox.base_url
    shown = [file.document(base_url) for file in files]
    thread_ts = call.args.get("thread_ts")
    for channel in channels:
        content = Content(str(call.args.get("initial_comment") or ""), files=shown)
        content.thread_ts = str(thread_ts) if thread_ts else None
        post(call, channel, content)
    return {"ok": True, "files": shown}


@method("files.info", tier=T4, scope="files:read")
def files_info(call: Call) -> Doc:
    return {"ok": True, "file": _own(call).document(call.sandbox.base_url)}


@method("files.delete", tier=T3, scope="files:write")
def files_delete(call: Call) -> Doc:
    call.sandbox.files.remove(_own(call))
    return {"ok": True}


def _wanted(call: Call) -> list[Any]:
    wanted = call.structure("files", "invalid_arguments")
    if not isinstance(wanted, list) or not wanted:
        raise bad_arguments("missing required field: files")
    return wanted


def _uploaded(call: Call, wanted: Any) -> File:
    file_id = str(wanted.get("id")) if isinstance(wanted, dict) else ""
    file = call.sandbox.files.of(call.installation, file_id)
    if file is None or file.content is None or file.shared:
        raise SlackError("file_not_found")
    file.title = str(wanted.get("title") or "")
    return file


def _own(call: Call) -> File:
    file = call.sandbox.files.of(call.installation, call.text("file"))
    if file is None or not file.shared:
        raise SlackError("file_not_found")
    return file


def _channel(call: Call, channel_id: str) -> Channel:
    """A conversation by its id; a user's is none."""
    if channel_id not in call.workspace.channels:
        raise SlackError("channel_not_found")
    channel = destination(call, channel_id, customized=False)
    if call.installation.bot_user_id not in channel.members:
        raise SlackError("not_in_channel")
    return channel
