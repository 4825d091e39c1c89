"""What an answer of Slack means for us: one table of its literal codes.

Pure: no Django, no HTTP. Callers decide by class, never by code.
Codes: https://docs.slack.dev/reference/methods/chat.postMessage#errors
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

type Scope = Literal["recipient", "lane", "token"]


@dataclass(frozen=True)
class Ok:
    """Slack did it; data is the parsed answer."""

    data: Mapping[str, object]


@dataclass(frozen=True)
class NotNow:
    """Nothing happened for certain; worth asking again after `wait` seconds.

    The scope says who waits: this recipient alone, the team's whole lane, or the lane until the
    team's token is renewed.
    """

    code: str
    sentence: str
    wait: float
    scope: Scope = "lane"

    @property
    def is_rate_limit(self) -> bool:
        """Whether we were too fast; else Slack cannot for another reason."""
        return self.code in _RATE_LIMITS

    @property
    def never_left(self) -> bool:
        """Whether there was no connection to Slack at all."""
        return self.code == NO_CONNECTION


@dataclass(frozen=True)
class Unreachable:
    """Nothing happened and never will for this recipient; others may well be reached."""

    code: str
    sentence: str
    # Not explained: a code that this table does not know. Many in a row are no recipient's fault.
    is_explained: bool = True


@dataclass(frozen=True)
class Disconnected:
    """Nothing happened and nothing will for this team with this token.

    Not certain: auth.test decides. When it accepts the token, the installation lives and only
    lacks something (a scope, an allowed address, a setting of the app), which people must mend.
    """

    code: str
    sentence: str
    certain: bool
    # Where the token lives after all, it was said of the recipient.
    perhaps_recipient: bool = False


@dataclass(frozen=True)
class Rejected:
    """Nothing happened: Slack refuses this content, whoever it goes to."""

    code: str
    sentence: str


@dataclass(frozen=True)
class Ambiguous:
    """It may have happened. Never ask again blindly."""

    code: str
    sentence: str


type Answer = Ok | NotNow | Unreachable | Disconnected | Rejected | Ambiguous
type Refusal = NotNow | Unreachable | Disconnected | Rejected | Ambiguous

# Seconds. Slack names its wait in Retry-After; these stand in where it does not.
DEFAULT_WAIT = 30.0
LONGEST_WAIT = 3600.0
MIGRATION_WAIT = 3600.0

# Slack's codes are single words. Clients put their own sentences in the same place when a body
# was no JSON: those are no answers.
_CODE = re.compile(r"[\w.:-]{1,100}")

# Ours, where no byte of a request could be sent.
NO_CONNECTION = "no_connection"
_RATE_LIMITS = ("ratelimited", "rate_limited")

_NOT_NOW: dict[str, tuple[float, Scope, str]] = {
    "ratelimited": (DEFAULT_WAIT, "lane", "Slack asks us to slow down."),
    "rate_limited": (DEFAULT_WAIT, "lane", "Slack asks us to slow down."),
    "service_unavailable": (10.0, "lane", "Slack is unavailable for a moment."),
    "request_timeout": (1.0, "recipient", "The request reached Slack incomplete."),
    "token_expired": (5.0, "token", "The bot's token has expired."),
    "team_added_to_org": (MIGRATION_WAIT, "lane", "The workspace is moving into an organisation."),
    "org_login_required": (
        MIGRATION_WAIT,
        "lane",
        "The workspace is moving into an organisation.",
    ),
    "message_limit_exceeded": (
        MIGRATION_WAIT,
        "lane",
        "The workspace has used up its quota of messages.",
    ),
}

_CERTAIN = {
    "token_revoked": "The bot's token was revoked.",
}

# account_inactive: also said of a deactivated recipient, as far as anybody has confirmed.
# invalid_auth: also said when our address is not on the workspace's list of allowed ones.
_TO_BE_CONFIRMED = {
    "account_inactive": "Slack calls the account inactive.",
    "invalid_auth": "Slack does not accept the bot's token.",
    "not_authed": "The request carried no token.",
    "missing_scope": "The app lacks a scope for this; reinstall it with the scope.",
    "not_allowed_token_type": "This kind of token may not do this.",
    "no_permission": "The bot lacks the permission for this in the workspace.",
    "access_denied": "The workspace denies the bot access.",
    "accesslimited": "The workspace limits the bot's access.",
    "enterprise_is_restricted": "The organisation does not allow this.",
    "team_access_not_granted": "The organisation has not added the app to this workspace.",
    "app_access_restricted": "The workspace restricts the use of this app.",
    "two_factor_setup_required": "The workspace asks for two-factor authentication first.",
    "is_bot": "A bot's token may not do this.",
    "as_user_not_supported": "The app may not post as a user.",
    "send_on_behalf_not_allowed": "The app may not post on behalf of somebody.",
    "messages_tab_disabled": "The app's Messages tab is off: switch it on under App Home.",
}

_PERHAPS_RECIPIENT = {"account_inactive"}

_UNREACHABLE = {
    "channel_not_found": "Slack knows no such channel or person, or the bot may not see it.",
    "not_in_channel": "The bot is not in the channel; invite it.",
    "is_archived": "The channel is archived.",
    "restricted_action": "A setting of the workspace keeps the bot from posting there.",
    "restricted_action_read_only_channel": "The channel is read-only.",
    "restricted_action_thread_only_channel": "The channel takes replies in threads only.",
    "restricted_action_non_threadable_channel": "The channel takes no threads.",
    "restricted_action_thread_locked": "The thread is locked.",
    "cannot_reply_to_message": "This message takes no replies.",
    "slack_connect_canvas_sharing_blocked": "Canvases may not be shared into this channel.",
    "slack_connect_file_link_sharing_blocked": "Links to files may not be shared there.",
    "slack_connect_lists_sharing_blocked": "Lists may not be shared into this channel.",
    "ekm_access_denied": "The administrators have suspended posting there.",
    "team_not_found": "Slack cannot tell which workspace is meant.",
    "cannot_dm_bot": "Bots take no direct messages from bots.",
    "user_not_found": "Slack knows no such person.",
    "user_not_visible": "The bot may not see this person.",
    "user_disabled": "The person's account is deactivated.",
    # Of chat.update, chat.delete and reactions.add:
    "message_not_found": "There is no such message, or none any more.",
    "cant_update_message": "The bot can change its own posts only.",
    "cant_delete_message": "The bot can delete its own posts only.",
    "edit_window_closed": "The workspace no longer allows this message to be changed.",
    "bad_timestamp": "The ts names no message.",
    "already_reacted": "The bot has put this emoji there already.",
    "too_many_emoji": "The message has no room for another emoji.",
    "too_many_reactions": "The bot has reacted to this message too often.",
}

NOT_A_MEMBER = "not_in_channel"
# Of a channel these hold until somebody changes something there; account_inactive, where the
# bot's own account is active. What the workspace denies the bot everywhere is the team's.
CHANNEL_REFUSALS = frozenset(
    {"account_inactive", "channel_not_found", "is_archived", NOT_A_MEMBER},
)

_REJECTED = {
    "no_text": "The message has no text.",
    "invalid_name": "Slack knows no such emoji.",
    "msg_too_long": "The text is too long.",
    "invalid_blocks": "Slack does not accept the blocks.",
    "invalid_blocks_format": "The blocks are not a list of Block Kit blocks.",
    "msg_blocks_too_long": "The blocks are too long.",
    "markdown_text_conflict": "Markdown text cannot go together with text or blocks.",
    "invalid_attachments": "Slack does not accept the attachments.",
    "too_many_attachments": "There are more than 100 attachments.",
    "attachment_payload_limit_exceeded": "The attachments are too large.",
    "too_many_contact_cards": "There are more than 10 contact cards.",
    "missing_file_data": "A file of the message has no data.",
    "invalid_metadata_format": "Slack does not accept the metadata.",
    "invalid_metadata_schema": "Slack does not accept the metadata.",
    "metadata_too_large": "The metadata is too large.",
    "metadata_must_be_sent_from_app": "Only an app may send metadata.",
    "invalid_arguments": "Slack does not accept an argument.",
    "invalid_arg_name": "Slack does not accept the name of an argument.",
    "invalid_array_arg": "Slack does not accept a list among the arguments.",
    "invalid_charset": "Slack does not accept the character set.",
    "invalid_form_data": "Slack does not accept the form.",
    "invalid_json": "Slack cannot parse the request.",
    "json_not_object": "Slack cannot parse the request.",
    "invalid_post_type": "Slack does not accept the type of the request.",
    "missing_post_type": "The request names no type.",
    "draft_already_deleted": "The draft is deleted.",
    "draft_already_sent": "The draft is sent already.",
    "draft_has_conflict": "The draft was changed elsewhere.",
    "draft_not_found": "There is no such draft.",
    "duplicate_channel_not_found": "Slack found the client's message ID in another channel.",
    "duplicate_message_not_found": "Slack lost the message that this one repeats.",
    "deprecated_endpoint": "Slack has withdrawn this method.",
    "method_deprecated": "Slack has withdrawn this method.",
    "unknown_method": "Slack has no such method.",
}

_AMBIGUOUS = {
    "internal_error": "Slack failed on its side; it may have been done.",
    "fatal_error": "Slack failed on its side; it may have been done.",
}


def read_answer(status: int, headers: Mapping[str, str], body: object) -> Answer:
    """The meaning of one HTTP answer; body is the parsed JSON, None when there was none."""
    if status == 429:
        return NotNow("ratelimited", _NOT_NOW["ratelimited"][2], _retry_after(headers))
    if not isinstance(body, Mapping) or not isinstance(body.get("ok"), bool):
        return Ambiguous(f"http_{status}", f"Slack answered HTTP {status} with nothing readable.")
    if body["ok"] and status < 300:
        return Ok(body)
    code = body.get("error")
    if not isinstance(code, str) or not _CODE.fullmatch(code):
        return Ambiguous(f"http_{status}", f"Slack answered HTTP {status} and named no error.")
    return _read_code(status, headers, code, _detail(body))


def why(code: str) -> str:
    """The sentence for a code with which Slack has refused a recipient."""
    return _UNREACHABLE.get(code) or _TO_BE_CONFIRMED.get(code) or code


def _read_code(status: int, headers: Mapping[str, str], code: str, detail: str) -> Refusal:
    if code in _NOT_NOW:
        wait, scope, sentence = _NOT_NOW[code]
        return NotNow(code, sentence, _retry_after(headers, wait), scope)
    if code in _CERTAIN:
        return Disconnected(code, _CERTAIN[code], certain=True)
    if code in _TO_BE_CONFIRMED:
        sentence = _TO_BE_CONFIRMED[code] + detail
        return Disconnected(
            code, sentence, certain=False, perhaps_recipient=code in _PERHAPS_RECIPIENT
        )
    if code in _UNREACHABLE:
        return Unreachable(code, _UNREACHABLE[code])
    if code in _REJECTED:
        return Rejected(code, _REJECTED[code] + detail)
    if code in _AMBIGUOUS:
        return Ambiguous(code, _AMBIGUOUS[code])
    if status >= 500:
        return Ambiguous(code, f"Slack answered HTTP {status} with the error {code}.")
    sentence = f"Slack refused with the error {code}, which it does not explain."
    return Unreachable(code, sentence, is_explained=False)


def _retry_after(headers: Mapping[str, str], default: float = DEFAULT_WAIT) -> float:
    """Seconds, as Slack gives them: a whole number in a header whose case clients change."""
    for name, value in headers.items():
        if name.lower() == "retry-after" and value.strip().isdecimal():
            return min(max(float(value), 1.0), LONGEST_WAIT)
    return default


def _detail(body: Mapping[str, object]) -> str:
    """What Slack adds for the one who has to mend it: the scope needed, the faulty block."""
    needed = body.get("needed")
    if isinstance(needed, str) and needed:
        return f" Needed: {_shown(needed[:100])}."
    metadata = body.get("response_metadata")
    messages = metadata.get("messages") if isinstance(metadata, Mapping) else None
    if isinstance(messages, list) and messages:
        return f" Slack says: {_shown(str(messages[0])[:200])}"
    return ""


def _shown(text: str) -> str:
    """Without what no row can hold: Slack may cut an emoji in half where it quotes a message."""
    return "".join(filter(str.isprintable, text))
