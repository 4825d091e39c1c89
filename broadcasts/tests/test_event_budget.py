"""Of a team's posts, Slack is asked to tell of no more than it would deliver."""

import pytest

from broadcasts.sending.metadata import TOLD, UNTOLD, EventBudget, metadata

HOUR = 3600


def told_in(budget: EventBudget, *, start: float, per_minute: float) -> int:
    """How many posts of an hour at an even pace are told of."""
    posts = int(per_minute * 60)
    return sum(budget.take(start + number * HOUR / posts) for number in range(posts))


@pytest.mark.parametrize("per_minute", [525, 5_000])
def test_no_hour_has_more_than_its_share(per_minute: float) -> None:
    budget = EventBudget()

    hours = [told_in(budget, start=n * HOUR, per_minute=per_minute) for n in range(1, 4)]

    assert max(hours) <= 20_000
    assert min(hours) > 18_900


def test_an_ordinary_pace_is_told_of_whole() -> None:
    assert told_in(EventBudget(), start=HOUR, per_minute=300) == 300 * 60


def test_what_is_not_told_of_can_still_be_found() -> None:
    told, untold = (metadata(7, 2, told=told, hub="h") for told in (True, False))

    assert (told["event_type"], untold["event_type"]) == (TOLD, UNTOLD)
    assert (
        told["event_payload"]
        == untold["event_payload"]
        == {"delivery_id": "7", "attempt": 2, "hub": "h"}
    )
