"""Who a run is for: everyone reachable of its teams, and the members of its groups, without the
members of its excluded groups; as they were known when the run began.
"""

from datetime import datetime

from django.db.models import Case, Exists, OuterRef, Q, QuerySet, Value, When

from teams.models import Group, GroupMember, Recipient, Team

type Audience = dict[str, list[int]]


def recipients(
    audience: Audience, as_of: datetime, *, team: int | None = None
) -> QuerySet[Recipient]:
    """The reachable recipients of a snapshot {"teams", "groups", "excluded"} of primary keys;
    with `team` those of that one alone.
    """

    def member_of(groups: list[int]) -> Exists:
        return Exists(
            GroupMember.objects.filter(
                recipient=OuterRef("pk"), group_id__in=groups, added_at__lte=as_of
            )
        )

    # One team is named alone: with thousands of them a page would cost more to plan than to read.
    teams = [one for one in audience["teams"] if team in (None, one)]
    chosen = Q(team__in=teams, kind=Recipient.Kind.PERSON)
    if audience["groups"]:
        chosen |= Q(member_of(audience["groups"]))
    found = Recipient.objects.reachable().filter(chosen, created_at__lte=as_of)
    if team is not None:
        found = found.filter(team=team)
    return found.exclude(member_of(audience["excluded"])) if audience["excluded"] else found


def teams_in_order(audience: Audience) -> list[int]:
    """The teams it touches. The first to know a shared person delivers: the connected ones come
    first, among them the oldest install.
    """
    of_groups = Group.objects.filter(pk__in=audience["groups"]).values("team")
    connected_first = Case(When(state=Team.State.CONNECTED, then=Value(0)), default=Value(1))
    return list(
        Team.objects.filter(Q(pk__in=audience["teams"]) | Q(pk__in=of_groups))
        .order_by(connected_first, "installed_at", "pk")
        .values_list("pk", flat=True)
    )


def shadowed(teams: list[int]) -> set[int]:
    """Those of the ordered teams whose people an earlier one of the list may know already."""
    # Not the token: one that no key fits must not keep the other teams' people from their rows.
    found_teams = Team.objects.filter(pk__in=teams).only("team_id", "enterprise_id")
    rows = {team.pk: team for team in found_teams}
    seen: set[str] = set()
    found: set[int] = set()
    for team in (rows[pk] for pk in teams if pk in rows):
        if team.person_scope in seen:
            found.add(team.pk)
        seen.add(team.person_scope)
    return found


def teams_with_channels(audience: Audience) -> list[int]:
    """Those of whose groups a channel is a member: another team may share it."""
    channels = Recipient.objects.channels().filter(groupmember__group__in=audience["groups"])
    teams = Team.objects.filter(pk__in=channels.order_by().values("team"))
    return list(teams.order_by("pk").values_list("pk", flat=True))
