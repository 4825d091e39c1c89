"""Why a connection ended or did not open, and how long until the next try. Pure."""

from dataclasses import dataclass
from enum import StrEnum

from teams.answers import Ambiguous, Disconnected, NotNow, Refusal

LONGEST = 60.0
# A connection that lived so long had worked: its end begins the count anew.
PROVEN_SECONDS = 30.0
# Slack itself asks for the next one, and sends nothing to this app until it is there.
REFRESHED_SECONDS = 1.0
# Somebody else uses the app's ten places, and will not give them up soon.
CROWDED_WAIT = 300.0
_TOKEN = "Slack does not accept the app-level token: enter a living one (xapp-) in the admin."


class Why(StrEnum):
    """What decides about the next try."""

    REFRESH = "refresh"
    SWITCHED_OFF = "off"
    CROWDED = "crowded"
    RATE_LIMITED = "rate limited"
    LOST = "lost"
    ENDED = "ended by us"


@dataclass(frozen=True)
class Ending:
    """`wait` is Slack's own word, in seconds."""

    why: Why
    sentence: str
    wait: float = 0.0


LOST = Ending(Why.LOST, "The line was lost.")
FOREIGN = Ending(
    Why.LOST, "The app-level token is another app's: enter this app's own in the admin."
)
NO_HELLO = Ending(Why.LOST, "Slack opened the line and said nothing.")
ENDED = Ending(Why.ENDED, "Ended by this hub.")

_SAID = {
    "warning": Ending(Why.REFRESH, "Slack replaces the line (warning)."),
    "refresh_requested": Ending(Why.REFRESH, "Slack replaces the line (refresh_requested)."),
    "link_disabled": Ending(
        Why.SWITCHED_OFF, "Socket Mode is switched off at Slack (link_disabled)."
    ),
    "too_many_websockets": Ending(
        Why.CROWDED, "Slack allows this app no more connections (too_many_websockets)."
    ),
}
# What apps.connections.open refuses with, about the app-level token or the app.
_REFUSED = {
    "invalid_auth": Ending(Why.LOST, _TOKEN),
    "not_authed": Ending(Why.LOST, "The app has no app-level token: enter it in the admin."),
    "token_revoked": Ending(Why.LOST, _TOKEN),
    "account_inactive": Ending(Why.LOST, _TOKEN),
    "not_allowed_token_type": Ending(Why.LOST, _TOKEN),
    "missing_scope": Ending(
        Why.LOST, "The app-level token lacks the scope connections:write: make another one."
    ),
    "forbidden_team": Ending(Why.SWITCHED_OFF, "Socket Mode is switched off at Slack."),
    "socket_mode_not_enabled": Ending(Why.SWITCHED_OFF, "Socket Mode is switched off at Slack."),
}


def said(reason: str) -> Ending:
    """What Slack's `disconnect` means; a reason that nobody has explained is a loss."""
    known = _SAID.get(reason)
    return known or Ending(Why.LOST, f"Slack ended the line ({reason[:60]}).")


def refused(answer: Refusal) -> Ending:
    """What a refusal of apps.connections.open means."""
    if isinstance(answer, NotNow) and answer.is_rate_limit:
        return Ending(Why.RATE_LIMITED, answer.sentence, answer.wait)
    if isinstance(answer, NotNow | Ambiguous | Disconnected) and answer.code not in _REFUSED:
        return Ending(Why.LOST, answer.sentence)
    return _REFUSED.get(answer.code) or Ending(Why.LOST, answer.sentence)


def pause(ending: Ending, failures: int, jitter: float) -> float:
    """Seconds until the next try, after so many failures in a row (this one counted).

    Jitter is a random number from 0 to 1. 1, 2, 4 and up to 60 seconds, give or take a fifth: what
    Slack drops together does not come back together.
    """
    spread = 0.8 + 0.4 * jitter
    match ending.why:
        case Why.RATE_LIMITED:
            return ending.wait + jitter
        case Why.CROWDED:
            return CROWDED_WAIT * spread
        case Why.SWITCHED_OFF:
            return LONGEST * spread
        case Why.REFRESH if failures <= 1:
            return 0.0
    return min(LONGEST, 2.0 ** min(failures - 1, 6)) * spread
