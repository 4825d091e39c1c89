"""docs/how-to/talk-on-command.md: its Python works as it stands there."""

import re
from pathlib import Path

import pytest
from django.conf import settings

from bots.models import Bot
from broadcasts.models import Delivery, Saying
from sandbox.testing import RunningSandbox
from teams.tests.factories import make_channel, make_person, make_team

PAGE = Path(settings.BASE_DIR) / "docs/how-to/talk-on-command.md"


@pytest.mark.django_db
def test_the_code_of_the_page_runs(
    slack: RunningSandbox, capsys: pytest.CaptureFixture[str]
) -> None:
    team = make_team(team_id="T0123")
    make_channel(team, name="kitchen")
    make_person(team, slack_id="U0456")
    Bot.objects.create(slack_app=team.slack_app, name="teapot", username="Teapot")
    (code,) = re.findall(r"^```python\n(.*?)^```", PAGE.read_text(), re.MULTILINE | re.DOTALL)

    exec(compile(code, str(PAGE), "exec"), {})

    assert Saying.objects.count() == Delivery.objects.count() == 4
    assert capsys.readouterr().out.startswith("#kitchen ready")
