"""The crash test's judge, as a table: what counts as lost, doubled and unexplained."""

from collections.abc import Collection, Sequence

import pytest

from bench.chaos.judge import Post, Row, Verdict, judge


def verdict(
    *rows: Row,
    posts: Sequence[str | Post] = (),
    expected: Sequence[tuple[int, str]] = (),
    blows: Sequence[Collection[tuple[str, int]]] = (),
    ambiguous: int = 0,
) -> Verdict:
    accepted = [post if isinstance(post, Post) else Post(post) for post in posts]
    return judge(rows, accepted, expected=expected, blows=blows, ambiguous=ambiguous)


def row(state: str, *, key: str = "1", person: str = "U1", **fields: object) -> Row:
    return Row(key, 1, person, state, **fields)  # type: ignore[arg-type]


def unknown(*, app: str = "plain") -> Row:
    return row("unknown", error="sender_gone", app=app)


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


def test_an_unknown_that_a_blow_met_is_explained() -> None:
    result = verdict(unknown(), blows=[{("2", 1)}, {("1", 1)}])

    assert (result.unknown_left, result.unexplained) == (1, 0)


@pytest.mark.parametrize("mark", [("2", 1), ("1", 2)])
def test_an_unknown_that_no_blow_met_is_not(mark: tuple[str, int]) -> None:
    """Another row, or another attempt."""
    result = verdict(unknown(), blows=[{mark}], ambiguous=1)

    assert result.unexplained == 1
    assert not result.holds


def test_no_more_doubtful_answers_than_slack_gave_are_explained() -> None:
    doubtful = [row("unknown", key=str(n), error="no_answer") for n in range(3)]

    assert verdict(*doubtful, ambiguous=3).unexplained == 0
    assert verdict(*doubtful, ambiguous=2).unexplained == 1


def test_what_slack_told_of_must_be_settled() -> None:
    blow = [{("1", 1)}]

    heard = verdict(unknown(app="told"), posts=[Post("1", is_heard=True)], blows=blow)
    unheard = verdict(unknown(app="told"), posts=[Post("1")], blows=blow)

    assert (heard.unproven, heard.holds) == (1, False)
    assert (unheard.unheard, unheard.holds) == (1, True)


def test_what_the_hub_may_look_up_must_be_settled() -> None:
    blow = [{("1", 1)}]

    assert verdict(unknown(app="read"), blows=blow).unproven == 1
    assert verdict(unknown(app="plain"), blows=blow).holds


def test_what_was_left_lying_does_not_hold() -> None:
    result = verdict(row("sent"), posts=["1"])

    result.left_lying = {"leased": 1}

    assert not result.holds


def test_the_time_from_mark_to_post_is_told_for_99_of_100() -> None:
    rows = [row("sent", key=str(n), person=str(n), marked_at=10.0) for n in range(100)]
    posts = [Post(str(n), at=10.0 + n / 1000) for n in range(99)] + [Post("99", attempt=2, at=99)]

    assert verdict(*rows, posts=posts).mark_to_byte_p99_ms == 98.0
