"""Several processes say the same by one key at the same moment."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection

from broadcasts.models import Delivery, Saying
from broadcasts.saying import say_everywhere
from teams.tests.factories import make_channel, make_team

TOGETHER = 4


@pytest.mark.django_db(transaction=True)
def test_one_of_them_says_it_and_all_get_the_same_report() -> None:
    team = make_team()
    for _ in range(2):
        make_channel(team)
    start = Barrier(TOGETHER)

    def say(number: int) -> list[str]:
        try:
            start.wait(10)
            saying = say_everywhere([team], f"Lunch {number}", key="lunch")
            return [line.place for line in saying.report()]
        finally:
            connection.close()

    with ThreadPoolExecutor(TOGETHER) as pool:
        places = list(pool.map(say, range(TOGETHER)))

    assert Saying.objects.count() == 1
    assert Delivery.objects.count() == 2
    assert places == [places[0]] * TOGETHER
