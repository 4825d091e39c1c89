"""What a listener answers with: `say` and `respond`, in the place of Bolt's own.

A reply has no row in the ledger, but the event that it answers has one in the inbox, which notes
that something is said before it is: a worker that dies meanwhile leaves it to staff.
"""

import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from celery import shared_task
from django.utils import timezone

from bots.models import InboxEvent
from broadcasts.models import Engine
from broadcasts.replying import hold_lane, take_place
from teams import slack
from teams.answers import Answer, Disconnected, NotNow, Ok
from teams.models import Lane, Team
from teams.renewal import report_expired
from teams.tokens import settle_refusal

logger = logging.getLogger(__name__)

# A person who asked looks at the screen: later than this a reply is of no use.
PATIENCE_SECONDS = 2.0

Blocks = list[dict[str, Any]]


class Say:
    """Posts where the person spoke, in the thread if they spoke in one."""

    def __init__(
        self,
        team: Team,
        *,
        channel: str | None,
        thread_ts: str | None,
        identity: Mapping[str, str] = MappingProxyType({}),
        event: InboxEvent | None = None,
    ) -> None:
        self.team = team
        self.channel = channel
        self.thread_ts = thread_ts
        self.identity = identity
        self.event = event

    def under(self, identity: Mapping[str, str]) -> "Say":
        """The same with another name and icon: `username`, `icon_emoji` or `icon_url`."""
        return self._but(identity=identity)

    def in_thread(self, thread_ts: str | None) -> "Say":
        """The same in this thread, or in none."""
        return self._but(thread_ts=thread_ts)

    def _but(self, **other: Any) -> "Say":
        same = {"thread_ts": self.thread_ts, "identity": self.identity}
        return Say(self.team, channel=self.channel, event=self.event, **{**same, **other})

    def __call__(self, text: str, blocks: Blocks | None = None, **identity: str) -> Answer | None:
        """Slack's answer; None while nothing may be posted for the team.

        `username`, `icon_emoji` or `icon_url` hold for this message alone.
        """
        if identity:
            return self.under(_merged(self.identity, identity))(text, blocks)
        if is_held(self.team):
            logger.info("Said nothing in %s: posting is held.", self.team)
            return None
        answer = self._post_in_turn(text, blocks)
        if answer is None:
            return None
        if not isinstance(answer, Ok):
            logger.warning("No reply in %s: %s", self.team, answer.sentence)
        return answer

    def _post_in_turn(self, text: str, blocks: Blocks | None) -> Answer | None:
        """Slack's answer, the second one after a short 429; None where the lane must wait longer.

        A 429 says for certain that nothing was posted.
        """
        answer, patience = None, PATIENCE_SECONDS
        for _ in range(2):
            lane = Lane.objects.get(team=self.team)
            place = take_place(lane, self.channel or "", patience=patience)
            if not place.is_taken:
                wait = f"{place.wait:.0f} s"
                logger.warning("No reply in %s: its lane is held for %s.", self.team, wait)
                return answer
            # Nobody else waits for this: the person does.
            time.sleep(place.wait)
            patience -= place.wait
            answer = self._post(text, blocks)
            learn(self.team, answer)
            if not (isinstance(answer, NotNow) and answer.is_rate_limit):
                return answer
        return answer

    def _post(self, text: str, blocks: Blocks | None) -> Answer:
        if self.event:
            self.event.answer(timezone.now())
        return slack.call(
            "chat.postMessage",
            token=self.team.bot_token,
            channel=self.channel,
            thread_ts=self.thread_ts,
            text=text,
            blocks=blocks,
            unfurl_links=False,
            unfurl_media=False,
            **(self.identity if self.team.may_customize else {}),
        )


@dataclass(frozen=True)
class LaneTurn:
    """A place in the team's lane for each post of a listener's `client` (teams.slack.Turn)."""

    team: Team
    event: InboxEvent | None

    def take(self, channel: str) -> str:
        if is_held(self.team):
            return "Posting is held."
        lane = Lane.objects.get(team=self.team)
        place = take_place(lane, channel, patience=PATIENCE_SECONDS)
        if not place.is_taken:
            return f"The lane of {self.team} is held for {place.wait:.0f} s."
        time.sleep(place.wait)
        if self.event:
            self.event.answer(timezone.now())
        return ""

    def learn(self, answer: Answer) -> None:
        learn(self.team, answer)


def learn(team: Team, answer: Answer) -> None:
    """What an answer to a post says of the team: its lane is to wait, or its token is no good."""
    if isinstance(answer, Disconnected):
        settle_refusal(team, answer, timezone.now())
    if isinstance(answer, NotNow) and answer.scope == "token":
        report_expired(team.pk, team.token_version, timezone.now())
    if isinstance(answer, NotNow) and answer.is_rate_limit:
        hold_lane(Lane.objects.get(team=team), answer.wait, answer.sentence)


def is_held(team: Team) -> bool:
    """Whether nothing may be posted for this team now."""
    return (
        team.state != Team.State.CONNECTED or team.slack_app.held or Engine.get().hold_reason != ""
    )


def _merged(identity: Mapping[str, str], own: Mapping[str, str]) -> dict[str, str]:
    """One icon at most: of two, Slack shows the emoji."""
    icons = {"icon_emoji", "icon_url"}
    kept = {
        name: value for name, value in identity.items() if not (name in icons and icons & {*own})
    }
    return {**kept, **own}


class Respond:
    """Answers a click or a command to the one who made it; a worker posts it, not the request."""

    def __init__(self, response_url: str | None, event: InboxEvent | None) -> None:
        self.response_url = response_url
        self.event = event

    def __call__(
        self, text: str, blocks: Blocks | None = None, *, replace_original: bool = False
    ) -> None:
        if self.response_url is None:
            return
        message: dict[str, Any] = {"text": text, "replace_original": replace_original}
        if blocks:
            message["blocks"] = blocks
        if self.event:
            self.event.answer(timezone.now())
        # While the broker is away the sentence is lost; what was asked for is done.
        respond.delay_on_commit(self.response_url, message)  # type: ignore[attr-defined]


@shared_task
def respond(response_url: str, message: dict[str, Any]) -> None:
    answer = slack.respond(response_url, message)
    if not isinstance(answer, Ok):
        logger.warning("No answer to a click: %s", answer.sentence)
