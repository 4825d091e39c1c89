"""What the commands hold and release both take: an app, a team, or nothing for the whole hub."""

from argparse import ArgumentParser

from django.core.management.base import CommandError

from teams.models import SlackApp, Team


def add_place(parser: ArgumentParser) -> None:
    place = parser.add_mutually_exclusive_group()
    place.add_argument("--app", metavar="SLUG", help="one Slack app, in all its workspaces")
    place.add_argument("--team", metavar="ID", help="one workspace (T…) or organisation (E…)")


def find_app(slug: str) -> SlackApp:
    """Raises CommandError that names those there are."""
    app = SlackApp.objects.filter(slug=slug).first()
    if app is None:
        slugs = ", ".join(SlackApp.objects.order_by("slug").values_list("slug", flat=True))
        raise CommandError(f"No Slack app has the slug {slug}. There are: {slugs or 'none yet'}.")
    return app


def find_teams(slack_id: str) -> list[Team]:
    """One for each app that is installed there; raises CommandError when none is."""
    workspaces = Team.objects.filter(is_org_install=False, team_id=slack_id)
    organisations = Team.objects.filter(is_org_install=True, enterprise_id=slack_id)
    teams = (workspaces | organisations).defer("bot_token", "refresh_token")
    found = list(teams.select_related("slack_app"))
    if not found:
        raise CommandError(f"No team has the ID {slack_id}: give T… of a workspace, or E….")
    return found
