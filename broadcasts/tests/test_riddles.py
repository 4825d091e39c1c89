"""One unexplained code again and again is the team's trouble, not the recipients'."""

import pytest

from broadcasts.models import Delivery
from broadcasts.sending.riddles import MOST_RIDDLES, Riddles
from broadcasts.tests.sending import connect_app, connect_team, expanded_run, running_sender
from sandbox.testing import RunningSandbox, wait_until
from teams.answers import Answer, NotNow, Ok, Unreachable, read_answer
from teams.models import Team

RIDDLE = read_answer(200, {}, {"ok": False, "error": "no_such_code_yet"})
OTHER = read_answer(200, {}, {"ok": False, "error": "another_one"})
KNOWN = read_answer(200, {}, {"ok": False, "error": "user_not_found"})
BUSY = NotNow("ratelimited", "", 1.0)


def test_an_unknown_code_is_told_apart() -> None:
    assert isinstance(RIDDLE, Unreachable)
    assert isinstance(KNOWN, Unreachable)
    assert (RIDDLE.is_explained, KNOWN.is_explained) == (False, True)


@pytest.mark.parametrize("between", [Ok({}), KNOWN, OTHER])
def test_a_row_ends_with_any_other_answer(between: Answer) -> None:
    lane = Riddles()

    said = [lane.is_too_many(RIDDLE) for _ in range(MOST_RIDDLES - 1)]
    said += [lane.is_too_many(between)]
    said += [lane.is_too_many(RIDDLE) for _ in range(MOST_RIDDLES - 1)]

    assert not any(said)


def test_the_tenth_in_a_row_counts_once() -> None:
    lane = Riddles()

    said = [lane.is_too_many(answer) for answer in [RIDDLE] * 5 + [BUSY] + [RIDDLE] * 6]

    assert said.index(True) == 10
    assert said.count(True) == 1


@pytest.mark.django_db(transaction=True)
def test_ten_in_a_row_pause_the_team_and_no_other(slack: RunningSandbox) -> None:
    app = connect_app(slack)
    odd = connect_team(slack, 14, app=app, per_minute=600.0)
    fine = connect_team(slack, 2, app=app)
    fault = {"kind": "error", "error": "no_such_code_yet", "methods": ["chat.postMessage"]}
    slack.control("PUT", "faults", fault | {"team_id": odd.team_id})
    expanded_run(odd, fine)

    with running_sender():
        wait_until(lambda: Team.objects.get(pk=odd.pk).state == Team.State.PAUSED, 15)
        wait_until(lambda: Delivery.objects.filter(team=fine, state="sent").count() == 2, 15)

    odd.refresh_from_db()
    assert odd.state_reason.startswith("10 times in a row: Slack refused with the error no_such")
    assert Delivery.objects.filter(team=odd, state="ready").exists()
    assert Team.objects.get(pk=fine.pk).state == Team.State.CONNECTED
