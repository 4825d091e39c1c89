"""What a listener answers with: `say` and `respond`, in the place of Bolt's own.

A reply has no row in the ledger: whoever got none asks again.
"""

import logging
from typing import Any

from celery import shared_task
from django.utils import timezone
from kombu.exceptions import OperationalError

from broadcasts.models import Engine
from teams import slack
from teams.answers import Answer, Disconnected, Ok
from teams.models import Team
from teams.tokens import settle_refusal

logger = logging.getLogger(__name__)

Blocks = list[dict[str, Any]]


class Say:
    """Posts where the person spoke, in the thread if they spoke in one."""

    def __init__(self, team: Team, *, channel: str | None, thread_ts: str | None) -> None:
        self.team = team
        self.channel = channel
        self.thread_ts = thread_ts

    def __call__(self, text: str, blocks: Blocks | None = None) -> Answer | None:
        """Slack's answer; None while nothing may be posted for the team."""
        if self._is_held():
            logger.info("Said nothing in %s: posting is held.", self.team)
            return None
        answer = slack.call(
            "chat.postMessage",
            token=self.team.bot_token,
            channel=self.channel,
            thread_ts=self.thread_ts,
            text=text,
            blocks=blocks,
            unfurl_links=False,
            unfurl_media=False,
        )
        if isinstance(answer, Disconnected):
            settle_refusal(self.team, answer, timezone.now())
        if not isinstance(answer, Ok):
            logger.warning("No reply in %s: %s", self.team, answer.sentence)
        return answer

    def _is_held(self) -> bool:
        return (
            self.team.state != Team.State.CONNECTED
            or self.team.slack_app.held
            or Engine.get().hold_reason != ""
        )


class Respond:
    """Answers a click or a command to the one who made it; a worker posts it, not the request."""

    def __init__(self, response_url: str | None) -> None:
        self.response_url = response_url

    def __call__(
        self, text: str, blocks: Blocks | None = None, *, replace_original: bool = False
    ) -> None:
        if self.response_url is None:
            return
        message: dict[str, Any] = {"text": text, "replace_original": replace_original}
        if blocks:
            message["blocks"] = blocks
        try:
            respond.delay_on_commit(self.response_url, message)  # type: ignore[attr-defined]
        except OperationalError:
            # What was asked for is done; only the sentence about it is lost.
            logger.warning("No answer to a click: the broker does not answer.")


@shared_task
def respond(response_url: str, message: dict[str, Any]) -> None:
    answer = slack.respond(response_url, message)
    if not isinstance(answer, Ok):
        logger.warning("No answer to a click: %s", answer.sentence)
