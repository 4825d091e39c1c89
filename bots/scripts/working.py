"""An answer that takes its time: “Working on it…” in the meantime, edited when it is there.

Slack lets nobody edit what came through a response_url of a command, so that the interim answer,
and then the answer, is a message to the person alone.
"""

import logging
from threading import Lock, Timer
from typing import Any

from django.db import connections

from bots.replies import Blocks, Say
from teams import slack
from teams.answers import Ok
from teams.models import Team

logger = logging.getLogger(__name__)

AFTER_SECONDS = 2.0
WORKING = "Working on it…"
DONE = "Done."


class Answering:
    """`respond` of a listener that runs in a worker; use it as a context."""

    def __init__(self, team: Team, *, user_id: str, response_url: str | None) -> None:
        self.team = team
        self.user_id = user_id
        self.response_url = response_url
        self._lock = Lock()
        self._interim: dict[str, Any] | None = None
        self._is_over = False
        self._timer = Timer(AFTER_SECONDS, self._say_interim)
        self._timer.daemon = True

    def __enter__(self) -> "Answering":
        self._timer.start()
        return self

    def __exit__(self, *error: object) -> None:
        """What has not been answered by now is done."""
        self._timer.cancel()
        with self._lock:
            self._is_over = True
        if self._interim:
            self(DONE)

    def __call__(
        self, text: str, blocks: Blocks | None = None, *, replace_original: bool = False
    ) -> None:
        self._timer.cancel()
        with self._lock:
            self._is_over = True
            interim, self._interim = self._interim, None
        if interim:
            self._edit(interim, text, blocks)
        elif self.response_url:
            message: dict[str, Any] = {"text": text, "replace_original": replace_original}
            if blocks:
                message["blocks"] = blocks
            answer = slack.respond(self.response_url, message)
            if not isinstance(answer, Ok):
                logger.warning("No answer to a click: %s", answer.sentence)
        else:
            Say(self.team, channel=self.user_id, thread_ts=None)(text, blocks)

    def _say_interim(self) -> None:
        try:
            with self._lock:
                if self._is_over:
                    return
                said = Say(self.team, channel=self.user_id, thread_ts=None)(WORKING)
                if isinstance(said, Ok):
                    self._interim = {"channel": said.data["channel"], "ts": said.data["ts"]}
        finally:
            # This thread is nobody's: its connection would stay open.
            connections.close_all()

    def _edit(self, interim: dict[str, Any], text: str, blocks: Blocks | None) -> None:
        answer = slack.for_team(self.team).call("chat.update", **interim, text=text, blocks=blocks)
        if not isinstance(answer, Ok):
            logger.warning("An interim answer stays as it is: %s", answer.sentence)
