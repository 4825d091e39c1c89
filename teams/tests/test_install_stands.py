"""Nothing that comes after the grant can undo an install."""

from collections.abc import Iterator

import pytest

from sandbox.testing import RunningSandbox
from teams import hooks
from teams.models import Team
from teams.tests.visiting import Visitor, make_visitor, make_workspace

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def visitor(slack: RunningSandbox) -> Visitor:
    return make_visitor(slack)


@pytest.fixture
def installed() -> Iterator[list[hooks.Installed]]:
    """The hooks, without those of the apps above."""
    before = hooks.installed.copy()
    hooks.installed.clear()
    yield hooks.installed
    hooks.installed[:] = before


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "http_500"},
        {"kind": "storm_429"},
        {"kind": "accept_then_drop"},
        {"kind": "latency", "latency": {"min": 4, "max": 4}},
    ],
    ids=lambda fault: str(fault["kind"]),
)
def test_b019_a_failing_ping_does_not_fail_the_install(
    slack: RunningSandbox, visitor: Visitor, fault: dict[str, object]
) -> None:
    workspace = make_workspace(slack, "acme")
    slack.control("PUT", "faults", fault | {"methods": ["auth.test"]})

    location = visitor.install(workspace)

    team = Team.objects.get()
    assert location.startswith("/installed/")
    assert (team.state, team.name, team.bot_id) == (Team.State.CONNECTED, "Acme", "")


def test_b023_hooks_hear_of_each_install_and_whether_it_is_new(
    slack: RunningSandbox, visitor: Visitor, installed: list[hooks.Installed]
) -> None:
    heard: list[tuple[int, bool]] = []
    installed.append(lambda team, is_new: heard.append((team.pk, is_new)))
    workspace = make_workspace(slack, "acme")

    visitor.install(workspace)
    visitor.install(workspace)

    pk = Team.objects.get().pk
    assert heard == [(pk, True), (pk, False)]


def test_b024_a_failing_hook_fails_neither_the_install_nor_the_other_hooks(
    slack: RunningSandbox, visitor: Visitor, installed: list[hooks.Installed]
) -> None:
    heard: list[int] = []

    def fail(team: Team, is_new: bool) -> None:
        raise RuntimeError("The welcome failed.")

    installed += [fail, lambda team, is_new: heard.append(team.pk)]

    location = visitor.install(make_workspace(slack, "acme"))

    assert location.startswith("/installed/")
    assert heard == [Team.objects.get().pk]
