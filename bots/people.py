"""Whoever presses or says something, as every row that is this person."""

from django.db.models import Q
from django.utils import timezone

from teams.models import Recipient, Team


def rows_of(team: Team, user_id: str) -> list[Recipient]:
    """Their row in this team first; then those through other apps of this hub, which could deliver
    instead.

    Someone whom no sync has met yet gets a row: they must be able to say no, too.
    """
    person, _ = team.recipients.get_or_create(
        slack_id=user_id, defaults={"seen_at": timezone.now()}
    )
    same = Q(team__enterprise_id=team.enterprise_id or None) | Q(team__team_id=team.team_id or None)
    doubles = (
        Recipient.objects.filter(same, slack_id=user_id)
        .exclude(pk=person.pk)
        .select_related("team")
    )
    return [person, *doubles]
