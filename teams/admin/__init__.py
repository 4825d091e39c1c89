"""Staff's pages for Slack apps, teams, recipients and groups."""

from teams.admin.apps import SlackAppAdmin
from teams.admin.groups import GroupAdmin
from teams.admin.recipients import RecipientAdmin
from teams.admin.teams import TeamAdmin

__all__ = ["GroupAdmin", "RecipientAdmin", "SlackAppAdmin", "TeamAdmin"]
