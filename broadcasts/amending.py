"""Changing every post of one saying: what was changed so already is left alone."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from django.utils import timezone

from broadcasts import changing
from broadcasts.models import Delivery, Saying
from broadcasts.saying import Blocks, checked
from teams.answers import Answer, Disconnected, NotNow, Ok, Refusal

type Payload = dict[str, Any]

# Slack takes about fifty such requests a minute; the rest is for the next time.
AT_ONCE = 50
# While Slack is silent, each of them waits for its whole timeout, and staff for their page.
SECONDS = 20.0
_UNKNOWN = "It may have arrived; once that is known, ask again."


@dataclass
class Amendment:
    """How many posts are changed now, what was said of the others, and how many are left to ask.

    Among those that are left are the unknown ones: whether they are there to change is for a proof,
    or for a person, to say.
    """

    changed: int = 0
    left: int = 0
    unknown: list[Delivery] = field(default_factory=list)
    refusals: list[tuple[Delivery, Refusal]] = field(default_factory=list)

    @property
    def asked(self) -> int:
        return self.changed + len(self.refusals)

    def sentences(self) -> list[str]:
        """One for each post that stayed as it was."""
        refused = [f"{_place(delivery)}: {answer.sentence}" for delivery, answer in self.refusals]
        return refused + [f"{_place(one)}: {_UNKNOWN}" for one in self.unknown]


def update(saying: Saying, text: str, blocks: Blocks | None = None) -> Amendment:
    """Put other words in the place of every post of it.

    Raises:
        NotSaidError: there is nothing to say, or too much.
    """
    text, blocks = checked(text, blocks)
    words = {"text": text, "blocks": blocks}
    return _amend(
        saying,
        is_so=lambda payload: payload | words == payload,
        ask=lambda post: changing.update(
            post.team, post.channel, post.ts, text=text, blocks=blocks
        ),
        note=lambda payload: words,
    )


def delete(saying: Saying) -> Amendment:
    """Take every post of it away; what waits for its turn is not posted any more."""
    saying.deliveries.take_back(timezone.now())
    return _amend(
        saying,
        is_so=lambda payload: False,
        ask=lambda post: changing.delete(post.team, post.channel, post.ts),
        note=lambda payload: {"deleted": True},
        so_already="message_not_found",
    )


def react(saying: Saying, emoji: str) -> Amendment:
    """Put the emoji under every post of it."""
    return _amend(
        saying,
        is_so=lambda payload: emoji in payload.get("reactions", ()),
        ask=lambda post: changing.react(post.team, post.channel, post.ts, emoji),
        note=lambda payload: {"reactions": [*payload.get("reactions", ()), emoji]},
        so_already="already_reacted",
    )


def _amend(
    saying: Saying,
    *,
    is_so: Callable[[Payload], bool],
    ask: Callable[[Delivery], Answer],
    note: Callable[[Payload], Payload],
    so_already: str = "",
) -> Amendment:
    """Ask for each post that is not so yet; a team that must wait is left for the next time.

    `so_already` is Slack's code for what somebody else has done.
    """
    unknown = list(saying.deliveries.unknown().select_related("recipient"))
    done = Amendment(left=saying.deliveries.undecided().count() + len(unknown), unknown=unknown)
    waiting: set[int] = set()
    end = time.monotonic() + SECONDS
    for post in _posts(saying):
        payload = post.payload or {}
        if payload.get("deleted") or is_so(payload):
            continue
        is_late = done.asked > 0 and time.monotonic() > end
        if post.team_id in waiting or done.asked >= AT_ONCE or is_late:
            done.left += 1
            continue
        answer = ask(post)
        if isinstance(answer, Ok) or answer.code == so_already:
            done.changed += 1
            Delivery.objects.filter(pk=post.pk).update(payload=payload | note(payload))
            continue
        done.refusals.append((post, answer))
        if _is_of_team(answer):
            waiting.add(post.team_id)
    return done


def _is_of_team(answer: Refusal) -> bool:
    """Whether its other posts would hear the same; what may be of one person must not stop them."""
    if isinstance(answer, Disconnected):
        return not answer.perhaps_recipient
    return isinstance(answer, NotNow)


def _posts(saying: Saying) -> Iterator[Delivery]:
    posts = saying.deliveries.filter(state=Delivery.State.SENT)
    # Not the token: one that no key fits must not keep the other teams' posts as they are.
    secrets = ("team__bot_token", "team__refresh_token")
    return posts.select_related("team", "recipient").defer(*secrets).iterator()


def _place(delivery: Delivery) -> str:
    return str(delivery.recipient or delivery.slack_id)
