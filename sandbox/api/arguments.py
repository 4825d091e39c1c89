"""How a call's arguments and token are read: bearer header, form, JSON body, query string."""

import json
from base64 import b64decode
from binascii import Error as BinasciiError
from urllib.parse import parse_qsl

from aiohttp import hdrs
from aiohttp.web import BaseRequest

from sandbox.api.errors import SlackError
from sandbox.world.workspace import Doc


async def read_arguments(request: BaseRequest) -> Doc:
    """All arguments; those of the body win over those of the query string."""
    query = request.rel_url.raw_query_string
    args: Doc = dict(request.query) if query else {}
    kind = request.headers.get(hdrs.CONTENT_TYPE, "")
    if kind.startswith("multipart/"):
        args.update({key: str(value) for key, value in (await request.post()).items()})
        return args
    body = await request.read()
    if not body:
        return args
    if kind.startswith("application/json"):
        args.update(_json_object(body))
    elif kind.startswith("application/x-www-form-urlencoded"):
        args.update(parse_qsl(body.decode(errors="replace"), keep_blank_values=True))
    else:
        raise SlackError("invalid_post_type" if kind else "missing_post_type")
    return args


def _json_object(body: bytes) -> Doc:
    try:
        value = json.loads(body)
    except ValueError:
        raise SlackError("invalid_json") from None
    if not isinstance(value, dict):
        raise SlackError("json_not_object")
    value.pop("token", None)  # Slack takes the token of a JSON call from the header alone
    return value


def read_token(request: BaseRequest, args: Doc) -> str | None:
    """The token of the header, else of a form or query argument."""
    header = request.headers.get(hdrs.AUTHORIZATION, "")
    if header[:7].lower() == "bearer ":
        return header[7:].strip()
    token = args.get("token")
    return str(token) if token else None


def read_client(request: BaseRequest, args: Doc) -> tuple[str, str]:
    """The client id and secret of an app: HTTP Basic, else arguments."""
    header = request.headers.get(hdrs.AUTHORIZATION, "")
    if header[:6].lower() == "basic ":
        try:
            name, _, secret = b64decode(header[6:], validate=True).decode().partition(":")
        except (BinasciiError, UnicodeDecodeError):
            return "", ""
        return name, secret
    return str(args.get("client_id", "")), str(args.get("client_secret", ""))
