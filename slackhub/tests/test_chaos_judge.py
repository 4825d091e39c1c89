"""The crash test's judge, as a table: what counts as lost, doubled and unexplained."""

from collections.abc import Sequence

import pytest

from bench.chaos.judge import Blow, Row, Verdict, judge

BLOW = Blow(100, 100)


def verdict(
    *rows: Row,
    posts: Sequence[str] = (),
    expected: Sequence[tuple[int, str]] = (),
    blows: Sequence[Blow] = (),
    ambiguous: int = 0,
) -> Verdict:
    return judge(rows, posts, expected=expected, blows=blows, ambiguous=ambiguous)


def row(state: str, *, key: str = "1", person: str = "U1", **fields: object) -> Row:
    return Row(key, 1, person, state, **fields)  # type: ignore[arg-type]


def unknown(error: str = "sender_gone", *, marked_at: float, settled_at: float = 221) -> Row:
    return row("unknown", error=error, marked_at=marked_at, settled_at=settled_at)


def test_once_each_holds() -> None:
    result = verdict(row("sent"), posts=["1"], expected=[(1, "U1")])

    assert result.holds
    assert (result.sent, result.settled) == (1, 1)


@pytest.mark.parametrize("state", ["ready", "posting"])
def test_a_row_left_undecided_is_lost(state: str) -> None:
    assert verdict(row(state)).lost == 1


def test_sent_that_slack_does_not_have_is_lost() -> None:
    assert verdict(row("sent"), posts=["2"]).lost == 1


def test_somebody_without_a_row_is_lost() -> None:
    result = verdict(row("sent"), posts=["1"], expected=[(1, "U1"), (1, "U2")])

    assert result.lost == 1
    assert not result.holds


@pytest.mark.parametrize("state", ["failed", "skipped", "cancelled"])
def test_a_message_that_was_refused_here_is_lost(state: str) -> None:
    """Nobody refuses anybody in this test."""
    assert verdict(row(state)).lost == 1


def test_what_is_proven_not_to_be_posted_is_not_lost() -> None:
    result = verdict(row("failed", error="not_posted"))

    assert (result.lost, result.not_posted) == (0, 1)


def test_what_is_said_not_to_be_posted_and_is_there_is_lost() -> None:
    assert verdict(row("failed", error="not_posted"), posts=["1"]).lost == 1


def test_a_delivery_accepted_twice_is_a_duplicate() -> None:
    assert verdict(row("sent"), posts=["1", "1", "1"]).duplicates == 2


def test_two_deliveries_to_one_person_are_a_duplicate() -> None:
    assert verdict(row("sent"), row("sent", key="2"), posts=["1", "2"]).duplicates == 1


def test_deliveries_to_two_people_are_none() -> None:
    assert verdict(row("sent"), row("sent", key="2", person="U2"), posts=["1", "2"]).holds


@pytest.mark.parametrize("marked_at", [99.9, 40.0])
def test_an_unknown_marked_before_a_blow_is_explained(marked_at: float) -> None:
    result = verdict(unknown(marked_at=marked_at), blows=[BLOW])

    assert (result.unknown_left, result.unexplained) == (1, 0)


@pytest.mark.parametrize(
    ("marked_at", "settled_at"),
    [
        pytest.param(102, 222, id="marked after it"),
        pytest.param(20, 140, id="answered or given up before it"),
        pytest.param(60, 98, id="settled before it"),
    ],
)
def test_an_unknown_that_no_blow_met_is_not(marked_at: float, settled_at: float) -> None:
    lone = unknown(marked_at=marked_at, settled_at=settled_at)

    result = verdict(lone, blows=[BLOW], ambiguous=1)

    assert result.unexplained == 1
    assert not result.holds


def test_no_more_doubtful_answers_than_slack_gave_are_explained() -> None:
    doubtful = [
        row("unknown", key=str(n), error="no_answer", marked_at=10, settled_at=11) for n in range(3)
    ]

    assert verdict(*doubtful, ambiguous=3).unexplained == 0
    assert verdict(*doubtful, ambiguous=2).unexplained == 1
