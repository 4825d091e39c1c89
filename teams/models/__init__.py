from teams.models.app import SlackApp
from teams.models.oauth import OAuthState
from teams.models.recipient import Group, GroupMember, Recipient
from teams.models.team import Lane, Team

__all__ = ["Group", "GroupMember", "Lane", "OAuthState", "Recipient", "SlackApp", "Team"]
