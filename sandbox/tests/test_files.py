"""Files with a stock client: uploaded, shared, seen on the page and told to other apps."""

from functools import partial
from typing import Any
from urllib.request import Request, urlopen

import pytest

from sandbox.testing import RunningSandbox, wait_until
from sandbox.tests.conftest import APP, Team, error_of, make_team
from sandbox.tests.listening import Listener

SCOPES = ["files:write", "files:read", "chat:write", "channels:history", "channels:read"]
CONTENT = "name,cups\nAda,3\n"


@pytest.fixture
def team(sandbox: RunningSandbox, app: str) -> Team:
    team = make_team(sandbox, "acme", SCOPES)
    team.control("POST", "channels/general/members", {"app_id": APP})
    return team


def upload(team: Team, **more: Any) -> Any:
    wanted = {"filename": "teas.csv", "title": "Teas", "content": CONTENT} | more
    return team.client.files_upload_v2(**wanted)["file"]


def test_a_file_is_shared_with_a_comment(team: Team) -> None:
    general = team.channel("general")

    file = upload(team, channel=general, initial_comment="Here they are")

    (message,) = team.client.conversations_history(channel=general)["messages"]
    assert message["text"] == "Here they are"
    assert [each["id"] for each in message["files"]] == [file["id"]]
    assert (file["title"], file["mimetype"], file["size"]) == ("Teas", "text/csv", len(CONTENT))
    with urlopen(file["url_private"], timeout=5) as answer:
        assert answer.read().decode() == CONTENT
    assert "teas.csv" in team.page(f"c/{general}")
    assert len(team.sandbox.posts()) == 1


def test_other_apps_of_the_channel_hear_of_it(team: Team, listener: Listener) -> None:
    scopes = ["channels:history"]
    team.sandbox.control("PUT", "apps/A0SECOND", {"request_url": listener.url})
    secret = {"signing_secret": "signing-secret-of-A0TEST"}
    team.sandbox.control("PUT", "apps/A0SECOND", secret)
    place = {"app_id": "A0SECOND", "team_id": team.id, "scopes": scopes}
    team.sandbox.control("POST", "install", place)
    team.control("POST", "channels/general/members", {"app_id": "A0SECOND"})

    file = upload(team, channel=team.channel("general"))

    (body,) = wait_until(lambda: listener.of_type("message"))
    assert body["event"]["subtype"] == "file_share"
    assert body["event"]["files"][0]["id"] == file["id"]


def test_a_file_that_is_shared_nowhere(team: Team) -> None:
    elsewhere = make_team(team.sandbox, "globex", SCOPES)
    file = upload(team)
    info = partial(elsewhere.client.files_info, file=file["id"])

    assert team.client.files_info(file=file["id"])["file"]["channels"] == []
    assert error_of(info)["error"] == "file_not_found"
    assert team.sandbox.posts() == []


def test_a_deleted_file_is_gone(team: Team) -> None:
    file = upload(team)

    team.client.files_delete(file=file["id"])

    assert error_of(partial(team.client.files_info, file=file["id"]))["error"] == "file_not_found"


def test_a_file_whose_content_never_came(team: Team) -> None:
    begun = team.client.files_getUploadURLExternal(filename="a.txt", length=3)
    files: list[dict[str, str | None]] = [{"id": str(begun["file_id"]), "title": "A"}]

    answer = error_of(partial(team.client.files_completeUploadExternal, files=files))

    assert answer["error"] == "file_not_found"


def test_a_form_is_taken_as_well(team: Team) -> None:
    begun = team.client.files_getUploadURLExternal(filename="a.txt", length=3)
    parts = ["--b", 'Content-Disposition: form-data; name="file"; filename="a.txt"', "", "abc"]
    body = "\r\n".join([*parts, "--b--", ""]).encode()
    headers = {"Content-Type": "multipart/form-data; boundary=b"}

    with urlopen(Request(str(begun["upload_url"]), body, headers), timeout=5) as answer:
        assert answer.status == 200


def test_a_place_where_the_bot_is_not(team: Team) -> None:
    person = error_of(partial(upload, team, channel=team.reachable[0]))
    random = error_of(partial(upload, team, channel=team.channel("random")))

    assert (person["error"], random["error"]) == ("channel_not_found", "not_in_channel")


def test_the_scope_is_needed(other: Team) -> None:
    assert error_of(partial(upload, other))["needed"] == "files:write"
