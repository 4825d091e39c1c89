"""A stock Bolt app behind the standard library's HTTP server, recording every request."""

import re
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from slack_bolt import App, BoltRequest
from slack_bolt.authorization import AuthorizeResult


@dataclass(slots=True)
class Listener:
    """`heard` are Bolt's bodies in the order of arrival; `answers` overrides the next statuses."""

    bolt: App
    url: str = ""
    heard: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    raw: list[bytes] = field(default_factory=list)
    answers: list[tuple[int, dict[str, str]]] = field(default_factory=list)
    """Status and headers to give instead of Bolt's, one per request."""

    def of_type(self, kind: str) -> list[dict[str, Any]]:
        """The events of one type, or the interactions."""
        return [
            body
            for body in self.heard
            if kind in (body.get("type"), body.get("event", {}).get("type"))
        ]


@contextmanager
def listening(signing_secret: str) -> Iterator[Listener]:
    """Serve on a free port until the block ends."""

    def authorize(team_id: str) -> AuthorizeResult:
        return AuthorizeResult(
            enterprise_id=None, team_id=team_id, bot_token="xoxb-0", bot_user_id="U0", bot_id="B0"
        )

    bolt = App(signing_secret=signing_secret, authorize=authorize, process_before_response=True)
    listener = Listener(bolt)

    def note(body: dict[str, Any], next: Any) -> None:
        listener.heard.append(body)
        next()

    bolt.use(note)
    bolt.event(re.compile(".*"))(lambda: None)
    bolt.action("press_me")(lambda ack: ack())
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(listener))
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    listener.url = f"http://127.0.0.1:{server.server_port}/slack/events"
    try:
        yield listener
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _handler(listener: Listener) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            listener.raw.append(body)
            listener.headers.append({key.lower(): value for key, value in self.headers.items()})
            headers: dict[str, str | Sequence[str]] = dict(self.headers.items())
            answer = listener.bolt.dispatch(BoltRequest(body=body.decode(), headers=headers))
            status, extra = answer.status, dict[str, str]()
            if listener.answers:
                status, extra = listener.answers.pop(0)
            self.send_response(status)
            for key, value in extra.items():
                self.send_header(key, value)
            self.end_headers()
            self.wfile.write(answer.body.encode())

        def log_message(self, format: str, *args: object) -> None:
            """Nothing: the tests look at what was recorded."""

    return Handler
