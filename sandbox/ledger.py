"""Every message an app posted, on disk before the app hears that it was posted."""

import json
import os
from array import array
from collections.abc import Iterator
from pathlib import Path
from typing import Any

_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


class Ledger:
    """Lines of JSON in one append-only file; a line's number is its `seq`, from 1."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.path = folder / "ledger.jsonl"
        self._ends = array("Q")
        self._file = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        self._size = 0
        with self.path.open("rb") as lines:
            for line in lines:
                self._size += len(line)
                self._ends.append(self._size)

    def __len__(self) -> int:
        return len(self._ends)

    def append(self, post: dict[str, Any]) -> None:
        """Write one post with the next `seq`; it is in the file when this returns."""
        post["seq"] = len(self._ends) + 1
        line = _encode(post).encode() + b"\n"
        os.write(self._file, line)
        self._size += len(line)
        self._ends.append(self._size)

    def since(self, seq: int) -> Iterator[dict[str, Any]]:
        """The posts numbered above `seq`, oldest first."""
        if seq >= len(self._ends):
            return
        start = self._ends[seq - 1] if seq > 0 else 0
        text = os.pread(self._file, self._size - start, start)
        for line in text.splitlines():
            yield json.loads(line)

    def clear(self) -> None:
        os.ftruncate(self._file, 0)
        self._ends = array("Q")
        self._size = 0

    def close(self) -> None:
        os.close(self._file)
