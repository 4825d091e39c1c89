"""docs/reference/commands.md names what there is, and nothing else."""

import re
from pathlib import Path

from django.conf import settings
from django.core.management import get_commands

from teams import checks
from teams.management.commands import slack_app

PAGE = (Path(settings.BASE_DIR) / "docs/reference/commands.md").read_text()


def test_every_command_is_documented() -> None:
    ours = {name for name, app in get_commands().items() if app == "teams"}

    assert ours <= set(re.findall(r"^\| `([a-z_]+)` \|", PAGE, re.MULTILINE))


def test_every_secrets_variable_is_documented_and_the_other_way_round() -> None:
    documented = re.findall(r"^\| `(SLACK_[A-Z_]+)` \|", PAGE, re.MULTILINE)

    assert documented == [*slack_app.SECRETS.values(), *slack_app.APP_TOKEN.values()]


def test_every_check_is_documented_and_the_other_way_round() -> None:
    in_code = re.findall(r'id="(teams\.[EW]\d+)"', Path(checks.__file__).read_text())

    assert re.findall(r"^\| `(teams\.[EW]\d+)` \|", PAGE, re.MULTILINE) == sorted(in_code)
