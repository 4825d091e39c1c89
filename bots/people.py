"""Whoever presses or says something, as every row that is this person."""

from django.db.models import Q
from django.utils import timezone

from teams.models import Recipient, Team

# What another row of the same person says of them.
_KNOWN = ("is_stranger", "opted_out_at", "muted_until", "quiet_from", "quiet_to")


def rows_of(team: Team, user_id: str) -> list[Recipient]:
    """Their row in this team first; then those through other apps of this hub, which could deliver
    instead.

    Someone whom no sync has met yet gets a row: they must be able to say no, too. Until a sync does
    they may be anybody in a shared channel, and are in no audience.
    """
    same = Q(team__enterprise_id=team.enterprise_id or None) | Q(team__team_id=team.team_id or None)
    others = Recipient.objects.filter(same, slack_id=user_id).exclude(team=team)
    doubles = list(others.select_related("team").defer("team__bot_token", "team__refresh_token"))
    known = {name: getattr(doubles[0], name) for name in _KNOWN} if doubles else {}
    person, _ = team.recipients.get_or_create(
        slack_id=user_id, defaults={"seen_at": timezone.now(), "is_stranger": True} | known
    )
    return [person, *doubles]
