import pytest

from sandbox.testing import RunningSandbox, wait_until
from teams.models import Team
from teams.tests.visiting import make_visitor, make_workspace


@pytest.mark.django_db(transaction=True)
def test_the_people_of_a_new_team_are_read_at_once(slack: RunningSandbox, worker: None) -> None:
    visitor = make_visitor(slack)

    visitor.install(make_workspace(slack, "acme", people=12))

    wait_until(lambda: Team.objects.exclude(synced_at=None).exists())
    assert Team.objects.get().recipients.reachable().people().exists()
