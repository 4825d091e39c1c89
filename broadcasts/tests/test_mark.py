"""The mark: the one claim that once-ness rests on, and all that it tests."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from broadcasts.models import Delivery, Engine, OptOut, Run
from broadcasts.sending.ledger import Ledger
from broadcasts.tests.factories import make_broadcast, make_delivery, make_run
from broadcasts.tests.ledgers import in_hand, open_ledger
from teams.models import Recipient, SlackApp, Team
from teams.tests.factories import make_person, make_team

pytestmark = pytest.mark.django_db(transaction=True)

NOW = datetime(2026, 1, 1, tzinfo=UTC)
FAR = datetime(2100, 1, 1, tzinfo=UTC)


@pytest.fixture
def ledger() -> Iterator[Ledger]:
    with open_ledger() as ledger:
        yield ledger


def make_row() -> Delivery:
    team = make_team()
    person = make_person(team)
    return make_delivery(make_run(make_broadcast(teams=(team,)), first_ok_at=NOW), person)


def test_a_ready_row_is_marked_with_its_attempt_and_time(ledger: Ledger) -> None:
    row = make_row()

    marked = ledger.exchange([], [in_hand(row)])

    row.refresh_from_db()
    assert marked == {row.pk: 1}
    assert (row.state, row.attempt) == (Delivery.State.POSTING, 1)
    assert row.marked_at is not None


def test_only_the_first_of_two_senders_gets_the_mark(ledger: Ledger) -> None:
    row = in_hand(make_row())

    with open_ledger() as other:
        assert other.exchange([], [row]) == {row.id: 1}
        assert ledger.exchange([], [row]) == {}


def test_a_row_that_has_been_tried_since_is_not_marked(ledger: Ledger) -> None:
    row = make_row()
    stale = in_hand(row)
    Delivery.objects.update(attempt=1)

    assert ledger.exchange([], [stale]) == {}


def hold_engine() -> None:
    Engine.get().hold("An old backup?", NOW)


WAITS: dict[str, Any] = {
    "run paused": lambda: Run.objects.pause("Staff"),
    "run cancelled": lambda: Run.objects.cancel(NOW),
    "team paused": lambda: Team.objects.update(state=Team.State.PAUSED),
    "team disconnected": lambda: Team.objects.update(state=Team.State.DISCONNECTED),
    "app held": lambda: SlackApp.objects.update(held=True),
    "app disabled": lambda: SlackApp.objects.update(enabled=False),
    "engine held": hold_engine,
}


@pytest.mark.parametrize("change", WAITS)
def test_what_stops_everybody_leaves_the_row_ready(ledger: Ledger, change: str) -> None:
    row = make_row()
    WAITS[change]()

    assert ledger.exchange([], [in_hand(row)]) == {}
    row.refresh_from_db()
    assert (row.state, row.attempt) == (Delivery.State.READY, 0)


def opt_out_of_the_broadcast() -> None:
    run = Run.objects.get()
    OptOut.objects.create(broadcast=run.broadcast, recipient=Recipient.objects.get())


SKIPS: dict[str, Any] = {
    "opted_out": lambda: Recipient.objects.get().opt_out(NOW),
    "muted": lambda: Recipient.objects.update(muted_until=FAR),
    "deactivated": lambda: Recipient.objects.update(is_deactivated=True),
    "gone": lambda: Recipient.objects.update(gone_at=NOW),
}


@pytest.mark.parametrize("code", SKIPS)
def test_what_stops_one_person_skips_the_row(ledger: Ledger, code: str) -> None:
    row = make_row()
    SKIPS[code]()

    assert ledger.exchange([], [in_hand(row)]) == {}
    row.refresh_from_db()
    assert (row.state, row.error) == (Delivery.State.SKIPPED, code)
    assert row.error_text.endswith(".")


def test_an_opt_out_of_this_broadcast_skips_the_row(ledger: Ledger) -> None:
    row = make_row()
    opt_out_of_the_broadcast()

    assert ledger.exchange([], [in_hand(row)]) == {}
    row.refresh_from_db()
    assert (row.state, row.error) == (Delivery.State.SKIPPED, "opted_out")


def test_an_opt_out_of_another_broadcast_changes_nothing(ledger: Ledger) -> None:
    row = make_row()
    OptOut.objects.create(broadcast=make_broadcast(), recipient=Recipient.objects.get())

    assert ledger.exchange([], [in_hand(row)]) == {row.pk: 1}


def test_a_muting_that_is_over_changes_nothing(ledger: Ledger) -> None:
    row = make_row()
    Recipient.objects.update(muted_until=NOW)

    assert ledger.exchange([], [in_hand(row)]) == {row.pk: 1}


def test_one_team_that_is_paused_does_not_stop_another(ledger: Ledger) -> None:
    paused, other = make_row(), make_row()
    Team.objects.filter(pk=paused.team.pk).update(state=Team.State.PAUSED)

    assert ledger.exchange([], [in_hand(paused), in_hand(other)]) == {other.pk: 1}


def test_a_post_without_a_run_is_marked(ledger: Ledger) -> None:
    team = make_team()
    row = Delivery.objects.create(team=team, key="welcome:1", slack_id="U1", due_at=NOW)

    assert ledger.exchange([], [in_hand(row)]) == {row.pk: 1}
