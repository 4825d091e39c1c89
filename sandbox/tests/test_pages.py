"""What a person sees and does in a workspace, without any script."""

import re
from http.client import HTTPConnection
from urllib.parse import urlencode
from urllib.request import urlopen

import pytest

from sandbox.testing import wait_until
from sandbox.tests.conftest import APP, Team
from sandbox.tests.listening import Listener

CONFIRM = {
    "title": {"type": "plain_text", "text": "Really?"},
    "text": {"type": "mrkdwn", "text": "It *stops*."},
    "confirm": {"type": "plain_text", "text": "Stop"},
    "deny": {"type": "plain_text", "text": "Keep"},
}


def button(**more: object) -> dict[str, object]:
    text = {"type": "plain_text", "text": "Press"}
    element = {"type": "button", "action_id": "press_me", "text": text} | more
    return {"type": "actions", "elements": [element]}


def send_form(team: Team, path: str, form: dict[str, str]) -> tuple[int, str, str]:
    """Status, Location and body."""
    connection = HTTPConnection(team.sandbox.url.removeprefix("http://"), timeout=5)
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    connection.request("POST", f"/w/{team.id}/{path}", urlencode(form), headers)
    answer = connection.getresponse()
    body = answer.read().decode()
    connection.close()
    return answer.status, answer.headers.get("Location", ""), body


def post(team: Team, **content: object) -> str:
    """Post to the first person; the path of the DM."""
    answer = team.client.api_call(
        "chat.postMessage", json={"channel": team.reachable[0], "text": "x"} | content
    )
    return f"c/{answer['channel']}"


def test_list_of_workspaces(team: Team, other: Team) -> None:
    with urlopen(team.sandbox.url, timeout=5) as answer:
        text = answer.read().decode()

    assert "Acme" in text and "Globex" in text
    assert "12 people to reach" in text


def test_workspace_page_shows_people_and_channels(team: Team, other: Team) -> None:
    text = team.page("")

    assert "&lt;!channel&gt;" in text
    assert "<!channel>" not in text
    assert "general" in text
    assert "deactivated" in text
    assert not any(user in text for user in other.reachable)


def test_people_can_be_found(team: Team) -> None:
    assert "Nobody is called so" in team.page("?q=zzzz")
    assert "Fish &amp; Chips" in team.page("?q=chips")


def test_unread_until_looked_at(team: Team) -> None:
    path = post(team)

    before = team.page(f"?as={team.reachable[0]}")
    team.page(path)
    after = team.page(f"?as={team.reachable[0]}")

    assert "1 unread" in before
    assert "1 unread" not in after


def test_message_is_rendered(team: Team) -> None:
    user = team.users()[3]
    text = f"*bold* _it_ ~no~ `code` <https://e.example/?a=1&amp;b=2|link> <@{user['id']}> :tada:"

    shown = team.page(post(team, text=text))

    for piece in (
        "<strong>bold</strong> <em>it</em> <s>no</s> <code>code</code>",
        '<a href="https://e.example/?a=1&amp;b=2"',
        "@<bdi>&lt;!channel&gt;</bdi>",
        "🎉",
    ):
        assert piece in shown


def test_blocks_are_rendered(team: Team) -> None:
    blocks = [
        {"type": "header", "text": {"type": "plain_text", "text": "Head"}},
        {
            "type": "section",
            "fields": [{"type": "mrkdwn", "text": "*Where*"}],
            "accessory": {"type": "image", "image_url": "https://e.example/x", "alt_text": "Soup"},
        },
        {"type": "divider"},
        {"type": "context", "elements": [{"type": "mrkdwn", "text": "small"}]},
        button(style="danger"),
    ]

    shown = team.page(post(team, blocks=blocks))

    for piece in (
        '<h2 class="heading">Head</h2>',
        "<strong>Where</strong>",
        'aria-label="Soup"',
        "<hr>",
        "<span>small</span>",
        'class="danger">Press<',
    ):
        assert piece in shown
    assert "<img" not in shown


def test_pages_hold_no_inline_code(team: Team) -> None:
    text = team.page(post(team, blocks=[button(confirm=CONFIRM)])) + team.page("")

    assert not re.search(r"<style|<script(?! src)|\son\w+=|\sstyle=|javascript:", text)


def test_pressing_a_button(team: Team, heard: Listener) -> None:
    path = post(team, blocks=[button()])
    form = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', team.page(path)))

    status, place, _ = send_form(team, f"{path}/press", form)

    assert status == 303
    assert "The app answered" in team.page(place.removeprefix(f"/w/{team.id}/"))
    assert len(heard.of_type("block_actions")) == 1


def test_button_that_asks_first(team: Team, heard: Listener) -> None:
    path = post(team, blocks=[button(confirm=CONFIRM)])
    form = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', team.page(path)))

    status, _, asked = send_form(team, f"{path}/press", form)
    assert status == 200
    assert "Really?" in asked and "Stop" in asked and "Keep" in asked
    assert heard.of_type("block_actions") == []

    send_form(team, f"{path}/press", form | {"confirmed": "yes"})
    assert len(heard.of_type("block_actions")) == 1


def test_link_button_leads_to_its_address(team: Team, heard: Listener) -> None:
    path = post(team, blocks=[button(url="https://example.com/x")])
    form = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', team.page(path)))

    status, place, _ = send_form(team, f"{path}/press", form)

    assert (status, place) == (303, "https://example.com/x")
    assert len(heard.of_type("block_actions")) == 1


def test_writing_to_the_bot(team: Team, heard: Listener) -> None:
    person = team.reachable[1]
    opened = team.page(f"dm/{APP}/{person}")
    path = re.search(rf'action="/w/{team.id}/(c/D\w+)/say"', opened)
    assert path

    send_form(team, f"{path[1]}/say", {"text": "fish & <chips>"})

    (body,) = wait_until(lambda: heard.of_type("message"))
    assert body["event"]["text"] == "fish &amp; &lt;chips&gt;"
    assert body["event"]["user"] == person
    assert "fish &amp; &lt;chips&gt;" in team.page(path[1])


def test_mentioning_the_bot_in_a_channel(team: Team, heard: Listener) -> None:
    team.control("POST", "channels/general/members", {"app_id": APP})
    form = {"text": "@Test App hello", "as": team.reachable[2]}

    send_form(team, f"c/{team.channel('general')}/say", form)

    (body,) = wait_until(lambda: heard.of_type("app_mention"))
    assert body["event"]["text"] == f"<@{team.bot_user_id}> hello"
    assert body["event"]["user"] == team.reachable[2]


def test_adding_the_app_to_a_channel(team: Team) -> None:
    path = f"c/{team.channel('general')}"
    before = team.page(path)

    send_form(team, f"{path}/invite", {"app": APP})

    assert "Add <bdi>Test App</bdi> to this channel" in before
    assert "<bdi>Test App</bdi> is here" in team.page(path)
    assert len(team.events("member_joined_channel")) == 1


def test_log_alone_for_the_refresh(team: Team) -> None:
    path = post(team, text="only this")

    log = team.page(f"{path}/log")

    assert "only this" in log
    assert "<html" not in log


@pytest.mark.parametrize("path", ["c/C0NOWHERE", "dm/A0TEST/U0NOBODY", "dm/A0NONE/U0NOBODY"])
def test_page_that_is_not_there(team: Team, path: str) -> None:
    assert "Something is not right" in team.page(path, status=404)


def test_private_channel_is_closed_to_others(team: Team) -> None:
    path = f"c/{team.channel('leadership')}?as={team.reachable[-1]}"

    assert "not in the channel" in team.page(path, status=403)


def test_link_to_an_app_opens_its_dm(team: Team) -> None:
    with urlopen(f"{team.sandbox.url}/app_redirect?app={APP}&team={team.id}", timeout=5) as answer:
        assert f"/w/{team.id}/c/D" in answer.url


def test_link_to_an_app_without_a_team_lets_one_choose(team: Team) -> None:
    with urlopen(f"{team.sandbox.url}/app_redirect?app={APP}", timeout=5) as answer:
        assert answer.url.rstrip("/") == team.sandbox.url
