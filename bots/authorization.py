"""Which team a request from Slack belongs to: our rows know it, Slack is not asked."""

import logging
from collections.abc import Callable

from django.db.models import Q
from slack_bolt import BoltContext, BoltRequest, BoltResponse
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.authorization.authorize import Authorize
from slack_bolt.middleware import Middleware

from bots.models import InboxEvent
from bots.replies import LaneTurn, Respond, Say
from teams.models import SlackApp, Team
from teams.slack import turn_taking_client

logger = logging.getLogger(__name__)


def find_team(slack_app: SlackApp, context: BoltContext) -> Team | None:
    """The living installation that a request is about: in its workspace, or in all of its org."""
    wanted = Q(team_id=context.team_id or None, is_org_install=False)
    wanted |= Q(enterprise_id=context.enterprise_id or None, is_org_install=True)
    living = Team.objects.filter(wanted, slack_app=slack_app).exclude(state=Team.State.DISCONNECTED)
    meant_first = "-is_org_install" if context.is_enterprise_install else "is_org_install"
    return living.select_related("slack_app").order_by(meant_first).first()


class TeamOfRequest(Middleware):
    """Finds the team and puts our own client, say and respond in the place of Bolt's.

    What no living installation of ours is concerned with ends here: acknowledged and logged.
    """

    def __init__(self, slack_app: SlackApp) -> None:
        self.slack_app = slack_app

    def process(
        self, *, req: BoltRequest, resp: BoltResponse, next: Callable[[], BoltResponse]
    ) -> BoltResponse:
        team = find_team(self.slack_app, req.context)
        if team is None:
            workspace = req.context.team_id or req.context.enterprise_id or "no workspace"
            req.context["ignored"] = f"{self.slack_app.name} is not connected to {workspace}."
            logger.warning("Ignored a request: %s", req.context["ignored"])
            return BoltResponse(status=200)
        self._equip(req, team)
        return next()

    def _equip(self, req: BoltRequest, team: Team) -> None:
        context = req.context
        context["team"] = team
        event: InboxEvent | None = context.get("event_in_hand")
        context["client"] = turn_taking_client(team.bot_token, LaneTurn(team, event))
        context["say"] = Say(
            team, channel=context.channel_id, thread_ts=context.thread_ts, event=event
        )
        context["respond"] = Respond(context.response_url, event)


class RowAuthorize(Authorize):
    """Bolt's idea of the team that TeamOfRequest found."""

    def __call__(
        self,
        *,
        context: BoltContext,
        enterprise_id: str | None,
        team_id: str | None,
        user_id: str | None,
        actor_enterprise_id: str | None = None,
        actor_team_id: str | None = None,
        actor_user_id: str | None = None,
    ) -> AuthorizeResult:
        team: Team = context["team"]
        return AuthorizeResult(
            enterprise_id=enterprise_id,
            team_id=team_id,
            bot_user_id=team.bot_user_id,
            bot_id=team.bot_id,
            bot_token=team.bot_token,
            bot_scopes=team.scope_list,
            user_id=user_id,
        )
