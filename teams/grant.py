"""What an installation brings: pure data between OAuth and the row."""

from dataclasses import dataclass
from datetime import datetime

# Width of a name in the database; Slack promises no limit of its own.
NAME_LENGTH = 255


@dataclass(frozen=True, kw_only=True)
class Grant:
    """One answer of oauth.v2.access, with what auth.test added when it answered in time.

    team_id is empty for an org-wide install. bot_id, name and domain are empty when Slack did not
    tell; a later sync of the team fills them.
    """

    team_id: str
    enterprise_id: str
    is_org_install: bool
    name: str
    domain: str
    bot_token: str
    bot_user_id: str
    bot_id: str
    scopes: str
    installer_id: str
    # Of a token that rotates.
    refresh_token: str = ""
    expires_at: datetime | None = None


def clean(value: object, length: int = NAME_LENGTH) -> str:
    """A text that PostgreSQL takes: no NUL bytes, no halves of characters, cut to fit."""
    if not isinstance(value, str):
        return ""
    return value.replace("\0", "").encode(errors="ignore").decode()[:length]
