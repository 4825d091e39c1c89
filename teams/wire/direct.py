"""Straight to the host, by the least work that HTTP/1.1 allows."""

import ssl
from urllib.parse import urlsplit

from teams.wire.pool import Pool
from teams.wire.terms import LIMITS, Limits, OnEnd

_PORTS = {"http": 80, "https": 443}


class Direct:
    """Posts to `base_url`/api/…; TLS by the system's authorities, the host's name checked."""

    def __init__(self, base_url: str, limits: Limits = LIMITS) -> None:
        parts = urlsplit(base_url)
        tls = ssl.create_default_context() if parts.scheme == "https" else None
        port = parts.port or _PORTS[parts.scheme]
        self._pool = Pool(parts.hostname or "", port, tls, limits)
        self._path = f"{parts.path.rstrip('/')}/api/"
        self._headers = (
            f"Host: {parts.netloc.rpartition('@')[2]}\r\n"
            "User-Agent: SlackHub\r\n"
            "Accept: application/json\r\n"
            "Accept-Encoding: identity\r\n"
            "Content-Type: application/json; charset=utf-8\r\n"
        )

    def send(self, method: str, body: bytes, *, token: str, deadline: float, on_end: OnEnd) -> None:
        head = (
            f"POST {self._path}{method} HTTP/1.1\r\n{self._headers}"
            f"Authorization: Bearer {token}\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        request = head.encode("ascii") + body
        if connection := self._pool.take():
            connection.send(request, deadline, on_end)
        else:
            self._pool.connect(
                lambda connection: connection.send(request, deadline, on_end), on_end
            )

    def reserve(self, total: int) -> int:
        return self._pool.reserve(total)

    async def close(self) -> None:
        await self._pool.close()
