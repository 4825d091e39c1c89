"""A read that got no clear answer says why, and is read again: reading twice does no harm."""

from functools import partial
from typing import Any

import pytest
from django.utils import timezone

from sandbox.testing import RunningSandbox
from teams import slack as door
from teams import sync
from teams.answers import Ambiguous
from teams.models import Team
from teams.tests.syncing import connect, sync_fully

pytestmark = pytest.mark.django_db

# The SDK takes whole seconds by its signature, and any by its work.
QUICK: Any = 0.2
NO_CLEAR_ANSWER = [("not_json", "http_200"), ("http_503", "http_503"), ("hang", "no_answer")]


def spoil_one_read(slack: RunningSandbox, kind: str) -> None:
    fault = {"kind": kind, "methods": ["users.list"], "count": 1, "retry_after": 7}
    slack.control("PUT", "faults", fault)


def come_back(team: Team) -> None:
    """As after the wait."""
    Team.objects.filter(pk=team.pk).update(sync_resumes_at=timezone.now())
    sync_fully(team)


def test_b130_a_read_that_meets_a_429_waits_and_is_read_again(slack: RunningSandbox) -> None:
    team, other = connect(slack, "acme"), connect(slack, "globex")
    spoil_one_read(slack, "storm_429")

    assert sync.advance(team.pk) == 7.0
    come_back(team)

    assert team.recipients.people().exists()
    assert not other.recipients.exists()


@pytest.mark.parametrize(("kind", "code"), NO_CLEAR_ANSWER)
def test_b131_a_read_without_a_clear_answer_says_why_and_is_read_again(
    slack: RunningSandbox, monkeypatch: pytest.MonkeyPatch, kind: str, code: str
) -> None:
    monkeypatch.setattr(door, "web_client", partial(door.web_client, timeout=QUICK))
    team = connect(slack, "acme")

    spoil_one_read(slack, kind)
    answer = door.for_team(team).call("users.list")
    spoil_one_read(slack, kind)
    wait = sync.advance(team.pk)
    come_back(team)

    assert isinstance(answer, Ambiguous)
    assert (answer.code, wait) == (code, sync.LOST_WAIT)
    assert team.recipients.people().exists()
