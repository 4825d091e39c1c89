from teams.models.app import SlackApp
from teams.models.lane import Lane, LimitedHour
from teams.models.oauth import OAuthState
from teams.models.recipient import Group, GroupMember, Recipient
from teams.models.team import Team

__all__ = [
    "Group",
    "GroupMember",
    "Lane",
    "LimitedHour",
    "OAuthState",
    "Recipient",
    "SlackApp",
    "Team",
]
