"""Answers that nobody has explained: one is the recipient's, the same again and again is not."""

from dataclasses import dataclass

from teams.answers import Answer, Ok, Unreachable
from teams.poster import TooLate

MOST_RIDDLES = 10


@dataclass(slots=True)
class Riddles:
    """One lane's. Kept in the sender's memory: a new sender counts anew."""

    code: str = ""
    count: int = 0

    def is_too_many(self, answer: Answer | TooLate) -> bool:
        """Whether this answer is the tenth in a row with one unexplained code."""
        match answer:
            case Unreachable(code=code, is_explained=False):
                self.count = self.count + 1 if code == self.code else 1
                self.code = code
            case Ok() | Unreachable():
                self.count = 0
        if self.count < MOST_RIDDLES:
            return False
        self.count = 0
        return True
