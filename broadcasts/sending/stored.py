"""What a sender has stored lately, to be said again where the database may have forgotten it."""

from collections.abc import Iterable, Iterator

from broadcasts.sending.rows import Settlement


class Stored:
    """Each delivery's last settlement, until it is marked anew.

    A mark that failed leaves its attempt's number to the next: what was said of the one would undo
    the other while its request is under way. Times are the event loop's seconds.
    """

    def __init__(self) -> None:
        # In the order of their times.
        self._last: dict[int, tuple[float, Settlement]] = {}

    def __iter__(self) -> Iterator[Settlement]:
        return (settlement for _, settlement in self._last.values())

    def add(self, settlements: Iterable[Settlement], now: float) -> None:
        for settlement in settlements:
            self._last.pop(settlement.id, None)
            self._last[settlement.id] = now, settlement

    def marked(self, deliveries: Iterable[int]) -> None:
        for delivery in deliveries:
            self._last.pop(delivery, None)

    def forget(self, oldest: float) -> None:
        old = []
        for delivery, (at, _) in self._last.items():
            if at >= oldest:
                break
            old.append(delivery)
        for delivery in old:
            del self._last[delivery]

    def clear(self) -> None:
        self._last.clear()
