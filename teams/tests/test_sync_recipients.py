from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from sandbox.testing import RunningSandbox, wait_until
from teams.models import Team
from teams.tests.factories import make_team
from teams.tests.syncing import connect


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("sync_recipients", *arguments, stdout=out)
    return out.getvalue()


@pytest.mark.django_db(transaction=True)
def test_a_team_named_is_synced_and_no_other(slack: RunningSandbox, worker: None) -> None:
    team, other = connect(slack, "acme"), connect(slack, "globex")

    said = run(team.team_id)

    wait_until(lambda: Team.objects.filter(pk=team.pk).exclude(synced_at=None).exists())
    assert said.strip() == "Started the sync of 1 teams."
    assert team.recipients.exists()
    assert not other.recipients.exists()


@pytest.mark.django_db(transaction=True)
def test_without_a_name_all_connected_teams_are_synced(slack: RunningSandbox, worker: None) -> None:
    connect(slack, "acme")
    connect(slack, "globex")
    connect(slack, "initech", state=Team.State.DISCONNECTED)

    run()

    wait_until(lambda: Team.objects.exclude(synced_at=None).count() == 2)
    assert Team.objects.get(state=Team.State.DISCONNECTED).synced_at is None


@pytest.mark.django_db(transaction=True)
def test_a_sync_that_has_to_wait_comes_back_by_itself(slack: RunningSandbox, worker: None) -> None:
    team = connect(slack, "acme")
    fault = {"kind": "storm_429", "methods": ["users.list"], "count": 1, "retry_after": 1}
    slack.control("PUT", "faults", fault)

    run(team.team_id)

    wait_until(lambda: Team.objects.filter(pk=team.pk).exclude(synced_at=None).exists())


@pytest.mark.django_db
def test_an_unknown_team_is_refused() -> None:
    gone = make_team(state=Team.State.DISCONNECTED)

    with pytest.raises(CommandError, match=f"Not connected here: {gone.team_id}, T404"):
        run(gone.team_id, "T404")
