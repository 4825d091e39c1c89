"""The workspaces that the sandbox starts with, and the generator for more of them."""

from collections.abc import Iterator

from sandbox.world.ids import slack_id
from sandbox.world.people import CREATED, crowd
from sandbox.world.workspace import Channel, Doc, Kind, Workspace, is_reachable

DEMO = (
    ("Northwind Traders", "northwind", 400),
    ("Café Lumière", "lumiere", 120),
    ("Tiny & Sons", "tinysons", 40),
)
"""Name, domain and number of reachable people of each workspace of `--seed demo`."""

_NAMED = (
    ("general", Kind.PUBLIC, "Everybody is here."),
    ("random", Kind.PUBLIC, "Whatever does not belong elsewhere."),
    ("announcements", Kind.PUBLIC, "News <for> all & sundry."),
    ("leadership", Kind.PRIVATE, "Only on invitation."),
    ("old-project", Kind.PUBLIC, "Finished last year."),
)


def demo_workspaces() -> Iterator[Workspace]:
    for name, domain, people in DEMO:
        yield make_workspace(name=name, domain=domain, people=people, channels=8)


def make_workspace(
    *,
    name: str,
    domain: str,
    people: int,
    channels: int,
    team_id: str | None = None,
    enterprise: Doc | None = None,
) -> Workspace:
    """A workspace of `people` reachable persons and `channels` channels (at least #general)."""
    team_id = team_id or slack_id("T", domain)
    workspace = Workspace(team_id, name, domain, CREATED, enterprise=enterprise)
    workspace.users = {user["id"]: user for user in crowd(team_id, domain, people)}
    members = [user["id"] for user in workspace.users.values() if is_reachable(user)]
    for number in range(max(1, channels)):
        channel = _channel(domain, number, members)
        workspace.channels[channel.id] = channel
    return workspace


def _channel(domain: str, number: int, people: list[str]) -> Channel:
    if number < len(_NAMED):
        name, kind, purpose = _NAMED[number]
    else:
        name, kind, purpose = f"team-{number:02d}", Kind.PUBLIC, ""
    inside = people if number < 3 else people[: 1 + len(people) // (number + 1)]
    return Channel(
        id=slack_id("C", domain, name),
        name=name,
        kind=kind,
        created=CREATED,
        creator=people[0] if people else "",
        members=dict.fromkeys(inside),
        is_archived=name == "old-project",
        is_general=number == 0,
        purpose=purpose,
    )
