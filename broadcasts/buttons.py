"""The buttons under a broadcast: action ids, and the signed value that says what they stop."""

from dataclasses import dataclass
from functools import cache
from typing import Any

from django.core.signing import BadSignature, Signer

OPT_OUT = "broadcast_optout"
OPT_OUT_OF_ALL = "broadcast_optout_all"
RESUME = "broadcast_resume"
RESUME_ALL = "broadcast_resume_all"
# In the place of a broadcast, under a message that staff send to themselves to see it.
TRIAL = 0


class InvalidButton(ValueError):
    """The button's value was not made by this hub."""

    def __init__(self) -> None:
        super().__init__(self.__doc__)


@dataclass(frozen=True)
class ButtonValue:
    """The broadcast that a button belongs to, and the Recipient it was posted to."""

    broadcast_id: int
    recipient_id: int

    def sign(self) -> str:
        return _signer().sign_object({"b": self.broadcast_id, "r": self.recipient_id})

    @classmethod
    def read(cls, signed: str) -> "ButtonValue":
        """The value again.

        Raises:
            InvalidButton: it is not one that this hub has signed.
        """
        try:
            value = _signer().unsign_object(signed)
            return cls(int(value["b"]), int(value["r"]))
        except (BadSignature, KeyError, TypeError, ValueError) as error:
            raise InvalidButton from error


def opt_out_block(broadcast_id: int, recipient_id: int) -> dict[str, Any]:
    """The block under a message by which its reader stops the broadcast."""
    value = ButtonValue(broadcast_id, recipient_id)
    return actions(button(OPT_OUT, "Stop these messages", value))


def actions(*buttons: dict[str, Any]) -> dict[str, Any]:
    return {"type": "actions", "elements": list(buttons)}


def button(action_id: str, text: str, value: ButtonValue) -> dict[str, Any]:
    return {
        "type": "button",
        "action_id": action_id,
        "text": {"type": "plain_text", "text": text},
        "value": value.sign(),
    }


@cache
def _signer() -> Signer:
    return Signer(salt="broadcast-button")
