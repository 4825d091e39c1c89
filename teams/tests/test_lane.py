"""The pace of a team."""

import pytest
from django.db import IntegrityError

from teams.models import Lane
from teams.tests.factories import make_team

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("field", ["rate", "ceiling"])
def test_a_lane_without_a_pace_is_refused(field: str) -> None:
    """A sender divides by it, for all of its lanes at once; a team that must not send is paused."""
    lane = make_team().lane

    with pytest.raises(IntegrityError):
        Lane.objects.filter(pk=lane.pk).update(**{field: 0})
