"""Talking on command: to one channel, to one person, or to all channels that the bot is in.

What is said goes through the ledger like a broadcast; what became of it stands in the report of
the row that comes back.
"""

import re
import uuid
from collections.abc import Iterable
from typing import Any, TypedDict, Unpack

from django.db import transaction

from broadcasts import blocks as block_kit
from broadcasts.models import Saying
from broadcasts.posting import post, post_to_each
from broadcasts.rendering import ICON, TEXT_LENGTH, summary
from broadcasts.sending.composing import look
from teams.models import Recipient, Team

type Blocks = list[dict[str, Any]]

KEY_LENGTH = 100
_PERSON_ID, _CHANNEL_ID = re.compile(r"[UW][A-Z0-9]{1,31}"), re.compile(r"[CGD][A-Z0-9]{1,31}")


class Manner(TypedDict, total=False):
    """How to say it; all of it may be left out.

    `key` makes asking again harmless. `name` and `icon` (an emoji such as :tada:, or an https
    address) stand in the place of the bot's own and need the scope chat:write.customize.
    """

    key: str
    blocks: Blocks | None
    name: str
    icon: str
    thread_ts: str
    said_by: str


class NotSaidError(Exception):
    """Nothing is going to be said; the message is a sentence that says why."""


def say(team: Team, channel: str, text: str, **manner: Unpack[Manner]) -> Saying:
    """Say it in a channel, by its ID or as #name.

    Raises:
        NotSaidError: there is no such channel, nothing is left to say, or the team is disconnected.
    """
    channel_id = _id_of(team, channel, Recipient.Kind.CHANNEL)
    return _say_in_one(team, channel_id, text, manner)


def say_to(team: Team, person: str, text: str, **manner: Unpack[Manner]) -> Saying:
    """Say it to a person, by their user ID or as @name, in the DM with the bot.

    Raises:
        NotSaidError: there is no such person, nothing is left to say, or the team is disconnected.
    """
    user_id = _id_of(team, person, Recipient.Kind.PERSON)
    return _say_in_one(team, user_id, text, manner)


def say_one(recipient: Recipient, text: str, **manner: Unpack[Manner]) -> Saying:
    """Say it to a person or in a channel that we have a row of.

    Raises:
        NotSaidError: nothing is left to say, or the team is disconnected.
    """
    return _say_in_one(recipient.team, recipient.slack_id, text, manner)


def say_everywhere(teams: Iterable[Team], text: str, **manner: Unpack[Manner]) -> Saying:
    """Say it in every channel that the bot is in, in each of these teams that is not disconnected.

    Raises:
        NotSaidError: the bot is in no channel there, or nothing is left to say.
    """
    content = content_of(text, manner)
    living = [team for team in teams if team.state != Team.State.DISCONNECTED]
    names = ", ".join(team.name for team in living)
    channels = Recipient.objects.reachable().joined().filter(team__in=living)
    if not channels.exists():
        raise NotSaidError(f"The bot is in no channel of {names or 'a connected team'}.")
    with transaction.atomic():
        saying, is_new = _keep(f"all channels of {names}", content, manner)
        if is_new:
            # Not the token: one that no key fits must not keep the other teams from hearing it.
            secrets = ("team__bot_token", "team__refresh_token")
            each = channels.select_related("team").defer(*secrets).order_by("team_id", "id")
            post_to_each(each.iterator(), prefix=saying.prefix, payload=content)
        else:
            _check_place(saying, living)
    return saying


@transaction.atomic
def _say_in_one(team: Team, slack_id: str, text: str, manner: Manner) -> Saying:
    if team.state == Team.State.DISCONNECTED:
        raise NotSaidError(f"{team} is disconnected: add the app again first.")
    content = content_of(text, manner)
    saying, is_new = _keep(slack_id, content, manner)
    if is_new:
        post(team, key=f"{saying.prefix}{slack_id}", slack_id=slack_id, **content)
    else:
        _check_place(saying, [team], slack_id)
    return saying


def _check_place(saying: Saying, teams: list[Team], slack_id: str = "") -> None:
    """Said elsewhere by this key, it would never be said here, and nobody would know."""
    is_here = saying.deliveries.filter(team__in=teams).exists()
    if not is_here or (slack_id and saying.whereto != slack_id):
        raise NotSaidError(f"By the key {saying.key} something was said to {saying.whereto}.")


def _keep(whereto: str, content: dict[str, Any], manner: Manner) -> tuple[Saying, bool]:
    """The row of this key, and whether it is new: then its places are to be written with it."""
    if len(manner.get("key", "")) > KEY_LENGTH:
        raise NotSaidError(f"The key is too long: at most {KEY_LENGTH} characters fit.")
    return Saying.objects.get_or_create(
        key=manner.get("key") or uuid.uuid4().hex,
        defaults={
            "whereto": whereto if len(whereto) <= 255 else f"{whereto[:254]}…",
            "content": content,
            "said_by": manner.get("said_by", ""),
        },
    )


def content_of(text: str, manner: Manner) -> dict[str, Any]:
    """What Slack is to be sent, as chat.postMessage takes it; raises NotSaidError."""
    blocks, icon = manner.get("blocks") or None, manner.get("icon", "")
    text, blocks = checked(text, blocks)
    if icon and not ICON.fullmatch(icon):
        raise NotSaidError("The icon must be an emoji such as :tada: or an https:// address.")
    shown = look({"sender_name": manner.get("name", ""), "sender_icon": icon})
    thread = {"thread_ts": manner["thread_ts"]} if manner.get("thread_ts") else {}
    return {"text": text, "blocks": blocks} | shown | thread


def checked(text: str, blocks: Blocks | None) -> tuple[str, Blocks | None]:
    """The text, which is never empty, and the blocks; raises NotSaidError for Slack's limits."""
    if misshapen := block_kit.shape_problems(blocks):
        raise NotSaidError(misshapen[0])
    text = text.strip() or summary(blocks or [])
    if not text:
        raise NotSaidError("There is nothing to say: write a text.")
    if len(text) > TEXT_LENGTH:
        raise NotSaidError(f"The text has {len(text):,} characters, at most {TEXT_LENGTH:,} fit.")
    if too_much := block_kit.limit_problems(blocks or []):
        raise NotSaidError(too_much[0])
    return text, blocks


def _id_of(team: Team, place: str, kind: str) -> str:
    """What Slack calls it: an ID is taken at its word, a #name or @name is looked up here."""
    is_person = kind == Recipient.Kind.PERSON
    if not place.startswith("@" if is_person else "#"):
        if (_PERSON_ID if is_person else _CHANNEL_ID).fullmatch(place):
            return place
        wanted = "user ID such as U012, or @name" if is_person else "channel ID or #name"
        raise NotSaidError(f"{place} is no {wanted}.")
    named = Recipient.objects.filter(team=team, kind=kind, name=place[1:], gone_at=None)
    found = list(named.values_list("slack_id", flat=True)[:2])
    if len(found) != 1:
        known = "more than once" if found else "not at all"
        raise NotSaidError(f"{team} has {place} {known}: give the ID.")
    return found[0]
