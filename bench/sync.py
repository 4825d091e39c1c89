"""Sync: what reading 100,000 members costs beyond parsing Slack's JSON, in CPU and memory.

Two processes that differ in what they do with the same pages: one parses them and forgets them,
one syncs a team with them. PostgreSQL and the local Slack are left out.
"""

import json
import subprocess
import sys

from bench.figures import Figure, table
from bench.stage import Stage
from broadcasts.tests.sending import connect_app
from teams.tests.factories import make_team

PEOPLE = 100_000
SECONDS = 300.0


def measure(stage: Stage) -> tuple[str, list[Figure]]:
    """CPU-seconds and peak memory of both, and the figures."""
    stage.slack.control("PUT", "limits", {"enabled": False})
    app = connect_app(stage.slack)
    place = stage.slack.control("POST", "workspaces", {"domain": "large", "people": PEOPLE})
    grant = stage.slack.control(
        "POST", "install", {"app_id": app.app_id, "team_id": place["team_id"]}
    )
    team = make_team(
        app,
        team_id=place["team_id"],
        bot_token=grant["access_token"],
        bot_user_id=grant["bot_user_id"],
    )
    parse, first, again = (_apart(what, team.pk) for what in ("parse", "sync", "sync"))
    rows = [
        [name, f"{cpu:.2f}", f"{megabytes:.0f}"]
        for name, (cpu, megabytes) in (
            ("parsing the JSON alone", parse),
            ("the first sync", first),
            ("a later sync", again),
        )
    ]
    told = table([f"{team.recipients.count():,} members", "CPU-seconds", "peak MB"], rows)
    ratio = max((cpu - parse[0]) / parse[0] for cpu, _ in (first, again))
    megabytes = max(peak for _, peak in (first, again)) - parse[1]
    return told, [
        Figure("sync, CPU beyond the JSON parse / its CPU", ratio, "ratio", 3.0),
        Figure("sync, memory beyond the JSON parse", megabytes, "MB", 60.0),
    ]


def _apart(what: str, team: int) -> tuple[float, float]:
    done = subprocess.run(
        [sys.executable, "-m", "bench.one_sync", what, str(team)],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        timeout=SECONDS,
        # Ctrl-C reaches us alone, and we end it.
        start_new_session=True,
    )
    cpu, megabytes = json.loads(done.stdout)
    return cpu, megabytes
