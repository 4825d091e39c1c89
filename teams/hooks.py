"""What the apps above do in the life of an installation: the only way upwards.

They append to the lists when Django starts (AppConfig.ready). Each hook stands by itself: what one
raises is logged, and stops neither the others nor the install.
"""

import logging
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from teams.grant import Grant

if TYPE_CHECKING:
    from teams.models import SlackApp, Team

logger = logging.getLogger(__name__)

LONGEST_SENTENCE = 300

type Installing = Callable[["SlackApp", Grant], None]
type Installed = Callable[["Team", bool], None]
type Disconnected = Callable[["Team"], None]
type Removing = Callable[["Team"], None]
type Failed = Callable[["Team", Exception], None]

# Before anything is stored of a team that is not connected; a Veto ends the install.
installing: list[Installing] = []
# After the commit, with the team and whether it is new.
installed: list[Installed] = []
# After the commit, with the team as it is now.
disconnected: list[Disconnected] = []
# Before the row of a team that left long ago is deleted, in the same transaction: what one raises
# keeps the row, and is logged.
removing: list[Removing] = []
# A listener has failed while it served this team.
error: list[Failed] = []


class Veto(Exception):
    """This workspace shall not install the app; the sentence is for whoever tried."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence[:LONGEST_SENTENCE]


def run_installing(slack_app: "SlackApp", grant: Grant) -> None:
    """Raises Veto, from the first hook that says no."""
    for hook in installing:
        try:
            hook(slack_app, grant)
        except Veto:
            raise
        except Exception:
            logger.exception("A hook failed before an install of %s", slack_app)


def run_installed(team: "Team", is_new: bool) -> None:
    _run(installed, team, is_new)


def run_disconnected(team: "Team") -> None:
    team.refresh_from_db()
    _run(disconnected, team)


def run_removing(team: "Team") -> None:
    """Raises whatever a hook raises: half of it is worse than nothing of it."""
    for hook in removing:
        hook(team)


def run_error(team: "Team", failure: Exception) -> None:
    _run(error, team, failure)


def _run[**A](hooks: Iterable[Callable[A, None]], *args: A.args, **kwargs: A.kwargs) -> None:
    for hook in hooks:
        try:
            hook(*args, **kwargs)
        except Exception:
            logger.exception("A hook failed: %s", args)
