"""Files that apps have uploaded: https://docs.slack.dev/messaging/working-with-files"""

import mimetypes
import secrets
import time
from dataclasses import dataclass, field

from sandbox.world.apps import Installation
from sandbox.world.workspace import Doc


@dataclass(slots=True)
class File:
    """One file; `content` is None until it was sent to its upload address, at `ticket`."""

    installation: Installation
    name: str
    length: int
    title: str = ""
    content: bytes | None = None
    shared: bool = False
    channels: list[str] = field(default_factory=list)
    created: int = field(default_factory=lambda: int(time.time()))
    id: str = field(default_factory=lambda: "F" + secrets.token_hex(5).upper())
    ticket: str = field(default_factory=lambda: secrets.token_urlsafe(18))

    @property
    def mimetype(self) -> str:
        return mimetypes.guess_type(self.name)[0] or "application/octet-stream"

    def document(self, base_url: str) -> Doc:
        address = f"{base_url}/files/{self.id}/content"
        return {
            "id": self.id,
            "created": self.created,
            "timestamp": self.created,
            "name": self.name,
            "title": self.title or self.name,
            "mimetype": self.mimetype,
            "filetype": self.name.rpartition(".")[2],
            "user": self.installation.bot_user_id,
            "user_team": self.installation.workspace.team_id,
            "size": self.length,
            "mode": "hosted",
            "is_external": False,
            "is_public": bool(self.channels),
            "url_private": address,
            "url_private_download": address,
            "permalink": address,
            "channels": self.channels,
        }


class Files:
    def __init__(self) -> None:
        self._files: dict[str, File] = {}

    def add(self, file: File) -> None:
        self._files[file.id] = file

    def find(self, file_id: str) -> File | None:
        return self._files.get(file_id)

    def of(self, installation: Installation, file_id: str) -> File | None:
        """One that this app has uploaded."""
        file = self._files.get(file_id)
        return file if file and file.installation is installation else None

    def awaited(self, ticket: str) -> File | None:
        return next((each for each in self._files.values() if each.ticket == ticket), None)

    def remove(self, file: File) -> None:
        del self._files[file.id]
