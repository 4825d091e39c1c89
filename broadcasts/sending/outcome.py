"""What an answer means for the row: pure, one case per class of answer."""

from broadcasts.models import Delivery
from broadcasts.sending.rows import Due, Settlement
from teams.answers import (
    CHANNEL_REFUSALS,
    Ambiguous,
    Answer,
    Disconnected,
    NotNow,
    Ok,
    Rejected,
    Unreachable,
)
from teams.poster import TooLate


def settlement(due: Due, answer: Answer | TooLate) -> Settlement:
    """Arrows c, d, e and f, for the attempt that was just made.

    A refusal of the team or of the content gives the row back: the lane or the broadcast waits.
    """
    attempt = due.attempt + 1
    match answer:
        case Ok(data=data) if data.get("ts") and data.get("channel"):
            return Settlement(
                due.id,
                attempt,
                Delivery.State.SENT,
                channel=str(data["channel"]),
                ts=str(data["ts"]),
                # For the DM to be remembered, where it is not yet.
                recipient=None if data["channel"] == due.dm_channel else due.recipient,
            )
        case Ok():
            return Settlement(
                due.id,
                attempt,
                Delivery.State.UNKNOWN,
                error="odd_answer",
                error_text="Slack said ok and named no message.",
            )
        case TooLate():
            return Settlement(due.id, attempt, Delivery.State.READY)
        case NotNow(code=code, sentence=sentence, wait=wait, scope=scope):
            return Settlement(
                due.id,
                attempt,
                Delivery.State.READY,
                error=code,
                error_text=sentence,
                due_in=wait if scope == "recipient" else 0.0,
            )
        case Disconnected(code=code, sentence=sentence) | Rejected(code=code, sentence=sentence):
            return Settlement(
                due.id, attempt, Delivery.State.READY, error=code, error_text=sentence
            )
        case Unreachable(code=code, sentence=sentence):
            return failed(due, code, sentence)
        case Ambiguous(code=code, sentence=sentence):
            return Settlement(
                due.id, attempt, Delivery.State.UNKNOWN, error=code, error_text=sentence
            )


def failed(due: Due, code: str, sentence: str) -> Settlement:
    """Arrow e: never for this recipient; for a channel perhaps not for any other post either."""
    return Settlement(
        due.id,
        due.attempt + 1,
        Delivery.State.FAILED,
        error=code,
        error_text=sentence,
        recipient=due.recipient if code in CHANNEL_REFUSALS else None,
    )


def give_back(due: Due) -> Settlement:
    """Arrow d for a mark whose request never left."""
    return Settlement(due.id, due.attempt + 1, Delivery.State.READY)


def lost(due: Due) -> Settlement:
    """Arrow f for a fault of ours while the request was under way."""
    return Settlement(
        due.id,
        due.attempt + 1,
        Delivery.State.UNKNOWN,
        error="internal_fault",
        error_text="This hub failed while the request was under way; its log has the fault.",
    )
