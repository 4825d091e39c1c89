"""An answer that takes its time: “Working on it…” in the meantime, edited when it is there.

Slack lets nobody edit what came through a response_url of a command, so that the interim answer,
and then the answer, is a message to the person alone. The event's row knows where it stands: when
this process dies, the next one edits it.
"""

import logging
from collections.abc import Mapping
from threading import Lock, Timer
from typing import Any

from django.db import connections
from django.utils import timezone

from bots.models import DATABASE_AWAY, InboxEvent
from bots.replies import Blocks, Say, is_held
from bots.scripts.serving import SORRY
from teams import slack
from teams.answers import Ambiguous, Answer, NotNow, Ok, Rejected
from teams.models import Team

logger = logging.getLogger(__name__)

AFTER_SECONDS = 2.0
WORKING = "Working on it…"
DONE = "Done."


type Interim = Mapping[str, Any]


class Answering:
    """`respond` of a listener that runs in a worker; use it as a context."""

    def __init__(
        self, team: Team, *, user_id: str, response_url: str | None, event: InboxEvent
    ) -> None:
        self.team = team
        self.user_id = user_id
        self.response_url = response_url
        self.event = event
        self._lock = Lock()
        # Of a worker that has died.
        self._interim: Interim | None = event.interim
        self._is_over = self._interim is not None
        self._timer = Timer(AFTER_SECONDS, self._say_interim)
        self._timer.daemon = True

    def __enter__(self) -> "Answering":
        self._timer.start()
        return self

    def __exit__(self, *error: object) -> None:
        """What has not been answered by now is done, unless it is to be tried again."""
        self._timer.cancel()
        with self._lock:
            self._is_over = True
        if self._interim and error[0] is None:
            self(DONE)

    def __call__(
        self, text: str, blocks: Blocks | None = None, *, replace_original: bool = False
    ) -> None:
        self._timer.cancel()
        with self._lock:
            self._is_over = True
            interim, self._interim = self._interim, None
        self.event.answer(timezone.now())
        if interim and self._replace(interim, text, blocks):
            return
        if self.response_url:
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
                    where = {"channel": said.data["channel"], "ts": said.data["ts"]}
                    self._interim = {"team": self.team.pk, **where}
                    self._note(self._interim)
        finally:
            # This thread is nobody's: its connection would stay open.
            connections.close_all()

    def _replace(self, interim: Interim, text: str, blocks: Blocks | None) -> bool:
        """Whether the interim answer is, or may be, this one now."""
        answer = _edit(self.team, interim, text, blocks)
        if isinstance(answer, Rejected):
            # What can be posted may be too long to be edited in.
            _edit(self.team, interim, DONE)
        self._note(None)
        return isinstance(answer, Ok | Ambiguous)

    def _note(self, interim: Interim | None) -> None:
        """The answer itself has been given: a fault here must not let it be given again."""
        try:
            self.event.note_interim(interim)
        except DATABASE_AWAY as error:
            logger.warning("Where an interim answer stands is not noted: %s", error)


def apologise(event: InboxEvent) -> None:
    """For the answer that nobody works on any more; later, while posting is held or Slack busy."""
    interim: dict[str, Any] = event.interim or {}
    connected = Team.objects.connected().select_related("slack_app")
    team = connected.filter(pk=interim.get("team", 0)).first()
    if team and (is_held(team) or isinstance(_edit(team, interim, SORRY), NotNow)):
        return
    event.note_interim(None)


def _edit(team: Team, interim: Interim, text: str, blocks: Blocks | None = None) -> Answer:
    where = {name: interim[name] for name in ("channel", "ts")}
    answer = slack.for_team(team).call("chat.update", **where, text=text, blocks=blocks)
    if not isinstance(answer, Ok):
        logger.warning("An interim answer stays as it is: %s", answer.sentence)
    return answer
