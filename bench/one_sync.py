"""`python -m bench.one_sync parse|sync TEAM`: [CPU-seconds, peak MB] of one way, apart."""

import json
import resource
import sys
import time
from http.client import HTTPConnection
from importlib import import_module
from urllib.parse import quote

import django
from django.conf import settings


def _parse(team_pk: int) -> float:
    """CPU-seconds of json.loads for every page that a sync would read."""
    token = import_module("teams.models").Team.objects.get(pk=team_pk).bot_token
    page_size = import_module("teams.sync").PAGE
    connection = HTTPConnection(settings.SLACK_URL.removeprefix("http://"))
    spent, cursor = 0.0, None
    while cursor != "":
        path = f"/api/users.list?limit={page_size}&include_locale=true&cursor={quote(cursor or '')}"
        connection.request("GET", path, headers={"Authorization": f"Bearer {token}"})
        body = connection.getresponse().read()
        began = time.process_time()
        page = json.loads(body)
        spent += time.process_time() - began
        cursor = page["response_metadata"]["next_cursor"]
    return spent


def _sync(team_pk: int) -> float:
    sync = import_module("teams.sync")
    began = time.process_time()
    while sync.advance(team_pk) is not None:
        pass
    return time.process_time() - began


def main() -> None:
    what, team = sys.argv[1:]
    django.setup()
    cpu = (_parse if what == "parse" else _sync)(int(team))
    print(json.dumps([cpu, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024]))


if __name__ == "__main__":
    main()
