"""A measured figure and how it is told."""

import json
from dataclasses import dataclass


class LostMessages(Exception):
    """A run whose messages did not arrive once each measures nothing."""


@dataclass(frozen=True)
class Figure:
    """A value to be held at or below its target, or at or above it."""

    figure: str
    value: float
    unit: str
    target: float
    at_least: bool = False

    @property
    def holds(self) -> bool:
        return self.value >= self.target if self.at_least else self.value <= self.target

    def line(self) -> str:
        return json.dumps(
            {
                "figure": self.figure,
                "value": round(self.value, 4),
                "unit": self.unit,
                "target": self.target,
                "holds": self.holds,
            }
        )


def table(heads: list[str], rows: list[list[str]]) -> str:
    """The first column to the left, numbers to the right."""
    widths = [max(len(row[column]) for row in (heads, *rows)) for column in range(len(heads))]
    lines = [heads, ["-" * width for width in widths], *rows]
    return "\n".join(
        "  ".join(
            cell.rjust(width) if column else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(line, widths, strict=True))
        )
        for line in lines
    )
