"""What the apps above do when a team has been installed: the only way upwards.

They append to the list when Django starts (AppConfig.ready).
"""

import logging
from collections.abc import Callable

from teams.models import Team

logger = logging.getLogger(__name__)

type Installed = Callable[[Team, bool], None]

# Called after the commit with the team and whether it is new.
installed: list[Installed] = []


def run_installed(team: Team, is_new: bool) -> None:
    """Each hook by itself: the install stands whatever they do."""
    for hook in installed:
        try:
            hook(team, is_new)
        except Exception:
            logger.exception("A hook failed after the install of team %s", team.pk)
