"""Teams: what Slack and the hub know of each installation, and whether it is served."""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib import admin
from django.db.models import Count, IntegerField, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.utils import timezone

from teams.admin.acting import Act, ActingAdmin, Outcome
from teams.admin.apps import SECRETS
from teams.admin.base import FactsAdmin, state_label
from teams.models import LimitedHour, Recipient, Team
from teams.models.team import BY_STAFF, TeamQuerySet
from teams.tasks import sync_team


def _sync(teams: TeamQuerySet, now: datetime) -> Outcome:
    connected = list(teams.connected().values_list("pk", flat=True))
    for pk in connected:
        sync_team.delay_on_commit(pk)  # type: ignore[attr-defined]
    return Outcome(len(connected))


ACTS = (
    Act(
        name="sync",
        label="Sync people now",
        run=_sync,
        done="Asked Slack for the people of",
        refused="Only a connected team can be synced.",
        possible=lambda team: team.state == Team.State.CONNECTED,
    ),
    Act(
        name="pause",
        label="Pause",
        run=lambda teams, now: Outcome(teams.pause(f"{BY_STAFF}.", now)),
        done="Paused",
        refused="Only a connected team can be paused.",
        possible=lambda team: team.state == Team.State.CONNECTED,
    ),
    Act(
        name="resume",
        label="Resume",
        run=lambda teams, now: Outcome(teams.resume(now)),
        done="Resumed",
        refused="Only a paused team can be resumed; a disconnected one must be installed again.",
        possible=lambda team: team.state == Team.State.PAUSED,
    ),
)


@admin.register(Team)
class TeamAdmin(ActingAdmin[Team], FactsAdmin[Team]):
    acts = ACTS
    list_display = (
        "name",
        "shown_state",
        "state_reason",
        "state_at",
        "kept_until",
        "slack_app",
        "people",
        "pace",
        "why",
        "limited",
        "synced_at",
    )
    list_filter = ("state", "slack_app", "is_org_install")
    list_select_related = ("slack_app", "lane")
    search_fields = ("name", "domain", "team_id", "enterprise_id")
    # No bot token: it is shown nowhere.
    fields = (
        "name",
        "state",
        "state_reason",
        "state_at",
        "kept_until",
        "slack_app",
        "team_id",
        "enterprise_id",
        "is_org_install",
        "domain",
        "time_zone",
        "people",
        "pace",
        "why",
        "limited",
        "synced_at",
        "sync_started_at",
        "granted",
        "bot_user_id",
        "installer_id",
        "installed_at",
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Team]:
        # One count per row on the page: grouping would count everybody before the page is cut.
        people = (
            Recipient.objects.people()
            .filter(team=OuterRef("pk"), gone_at=None)
            .order_by()
            .values("team")
            .annotate(n=Count("pk"))
            .values("n")
        )
        counted = Coalesce(Subquery(people, output_field=IntegerField()), 0)
        limited = (
            LimitedHour.objects.recent(timezone.now())
            .filter(team=OuterRef("pk"))
            .order_by()
            .values("team")
            .annotate(n=Sum("count"))
            .values("n")
        )
        limited_sum = Coalesce(Subquery(limited, output_field=IntegerField()), 0)
        unread = ("bot_token", "refresh_token", *(f"slack_app__{name}" for name in SECRETS))
        teams = super().get_queryset(request).select_related("slack_app", "lane")
        teams = teams.annotate(people_count=counted, limited_count=limited_sum)
        return teams.defer(*unread)

    @state_label(
        {
            Team.State.CONNECTED: "success",
            Team.State.PAUSED: "warning",
            Team.State.DISCONNECTED: "danger",
        }
    )
    def shown_state(self, team: Team) -> tuple[str, str]:
        return team.state, team.get_state_display()

    @admin.display(description="removed after")
    def kept_until(self, team: Team) -> datetime | None:
        """With all its people; only what is disconnected goes."""
        return team.kept_until(timedelta(days=settings.KEEP_DISCONNECTED_DAYS))

    @admin.display(description="people")
    def people(self, team: Any) -> int:
        return int(team.people_count)

    @admin.display(description="pace")
    def pace(self, team: Team) -> str:
        if not hasattr(team, "lane"):
            return "-"
        return f"{team.lane.rate:.0f} a minute, at most {team.lane.ceiling:.0f}"

    @admin.display(description="why this pace")
    def why(self, team: Team) -> str:
        if team.state != Team.State.CONNECTED:
            return "not served"
        return team.lane.why(timezone.now()) if hasattr(team, "lane") else "-"

    @admin.display(description="429s of 24 h")
    def limited(self, team: Any) -> int:
        """How often Slack asked to slow down."""
        return int(team.limited_count)

    @admin.display(description="granted scopes")
    def granted(self, team: Team) -> str:
        """With blanks, so that a narrow page can break the line."""
        return team.scopes.replace(",", ", ")
