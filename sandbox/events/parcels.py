"""What Slack sends to an app, whichever way it goes, and how one try of it fared."""

from dataclasses import dataclass
from enum import StrEnum

from sandbox.world.workspace import Doc

ACK_SECONDS = 3.0
"""How long an app has for its answer."""


class ParcelKind(StrEnum):
    """The sort of a parcel, in the words of Socket Mode envelopes."""

    EVENT = "events_api"
    COMMAND = "slash_commands"
    INTERACTIVE = "interactive"


@dataclass(frozen=True, slots=True)
class Parcel:
    """`answerable` is True where the app may say something in its answer."""

    kind: ParcelKind
    document: Doc
    answerable: bool = False

    @property
    def wants_options(self) -> bool:
        """Whether it asks for the options of an external select, at an address of their own."""
        return self.document.get("type") == "block_suggestion"


@dataclass(frozen=True, slots=True)
class Retry:
    """The number of a repeated try, from 1, and why the one before failed."""

    number: int
    reason: str


@dataclass(slots=True)
class Attempt:
    """One try; `status` is 0 when no answer came, `reason` Slack's word for a failure.

    An acknowledgement over a socket has the status 200; `connection` is the id of that socket.
    """

    status: int
    at: float
    reason: str | None
    body: str = ""
    connection: str = ""
