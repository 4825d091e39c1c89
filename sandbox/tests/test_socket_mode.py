"""Socket Mode: connecting, envelopes, acknowledgements, redelivery."""

from sandbox.testing import wait_until
from sandbox.tests.conftest import APP, Team
from sandbox.tests.listening import Listener
from sandbox.tests.socketing import Wires, connections


def test_hello_tells_about_the_connection(wires: Wires) -> None:
    (hello,) = wires.open().of_type("hello")

    assert hello["num_connections"] == 1
    assert hello["connection_info"] == {"app_id": APP}
    assert hello["debug_info"]["approximate_connection_time"] == 3600
    assert hello["debug_info"]["host"]


def test_debug_reconnects_make_it_short(wires: Wires) -> None:
    (hello,) = wires.open("&debug_reconnects=true").of_type("hello")

    assert hello["debug_info"]["approximate_connection_time"] == 360


def test_event_comes_in_an_envelope_and_is_acked(socket_team: Team, wires: Wires) -> None:
    wire = wires.open()

    socket_team.write("hi")

    wait_until(socket_team.attempts)
    (envelope,) = wire.of_type("events_api")
    assert envelope["accepts_response_payload"] is False
    assert (envelope["retry_attempt"], envelope["retry_reason"]) == (0, "")
    assert envelope["payload"]["event"]["text"] == "hi"
    (attempt,) = socket_team.attempts()
    (connection,) = connections(socket_team.sandbox)
    assert (attempt["status"], attempt["connection"]) == (200, connection["id"])
    assert (connection["sent"], connection["acked"]) == (1, 1)


def test_nothing_goes_to_the_request_url(
    socket_team: Team, listener: Listener, wires: Wires
) -> None:
    socket_team.sandbox.control("PUT", f"apps/{APP}", {"request_url": listener.url})
    wire = wires.open()

    socket_team.write()

    wait_until(lambda: wire.of_type("events_api"))
    assert listener.heard == []


def test_envelopes_are_spread_over_the_connections(socket_team: Team, wires: Wires) -> None:
    one, two = wires.open(), wires.open()
    for _ in range(40):
        socket_team.write()

    wait_until(lambda: len(one.messages) + len(two.messages) == 42)
    assert one.of_type("events_api") and two.of_type("events_api")
    assert two.messages[0]["num_connections"] == 2


def test_unacked_event_comes_again_with_the_reason(socket_team: Team, wires: Wires) -> None:
    wire = wires.open()
    wire.answer = None

    socket_team.write()

    wait_until(lambda: len(wire.of_type("events_api")) == 2)
    first, second = wire.of_type("events_api")
    assert (second["retry_attempt"], second["retry_reason"]) == (1, "timeout")
    assert second["envelope_id"] != first["envelope_id"]
    assert second["payload"]["event_id"] == first["payload"]["event_id"]


def test_event_waits_for_a_connection(socket_team: Team, wires: Wires) -> None:
    socket_team.sandbox.control("PUT", "clock", {"scale": 1})
    socket_team.write()
    wait_until(socket_team.attempts)

    wire = wires.open()
    socket_team.sandbox.control("PUT", "clock", {"scale": 0.001})

    wait_until(lambda: wire.of_type("events_api"))
    assert wire.of_type("events_api")[0]["retry_attempt"] >= 1
    assert socket_team.attempts()[0]["reason"] == "connection_failed"


def test_lost_connection_gives_its_envelopes_to_another(socket_team: Team, wires: Wires) -> None:
    one = wires.open()
    one.answer = None
    socket_team.write()
    wait_until(lambda: one.of_type("events_api"))

    two = wires.open()
    socket_team.sandbox.control("POST", "sockets/reset", {"app_id": APP, "count": 1})

    wait_until(lambda: two.of_type("events_api"))
    events = [wire.of_type("events_api")[0]["payload"]["event_id"] for wire in (one, two)]
    assert events[0] == events[1]


def test_what_was_not_sent_by_slack_is_no_acknowledgement(socket_team: Team, wires: Wires) -> None:
    wire = wires.open()
    wires.run(wire.socket.send_str("no JSON"))
    wires.run(wire.socket.send_json(["a", "list"]))
    wires.run(wire.socket.send_json({"envelope_id": "unknown"}))

    socket_team.write()

    wait_until(socket_team.attempts)
    assert connections(socket_team.sandbox)[0]["acked"] == 1


def test_switching_over_to_http(socket_team: Team, listener: Listener, wires: Wires) -> None:
    wire = wires.open()
    change = {"socket_mode": False, "request_url": listener.url}

    socket_team.sandbox.control("PUT", f"apps/{APP}", change)

    wait_until(lambda: wire.ended)
    assert wire.messages[-1]["reason"] == "link_disabled"
    socket_team.write()
    wait_until(lambda: listener.of_type("message"))


def test_ten_connections_and_no_more(socket_team: Team, wires: Wires) -> None:
    opened = [wires.open() for _ in range(11)]

    wait_until(lambda: opened[10].ended)

    (told,) = opened[10].messages
    assert (told["type"], told["reason"]) == ("disconnect", "too_many_websockets")
    assert len(connections(socket_team.sandbox)) == 10


def test_eleventh_connection_may_take_the_place_of_the_oldest(
    socket_team: Team, wires: Wires
) -> None:
    socket_team.sandbox.control("PUT", "answers", {"eleventh_connection": "oldest_dropped"})

    opened = [wires.open() for _ in range(11)]

    wait_until(lambda: opened[0].ended)
    assert opened[0].messages[-1]["reason"] == "too_many_websockets"
    assert opened[10].of_type("hello")


def test_many_events_at_once(socket_team: Team, wires: Wires) -> None:
    wire = wires.open()
    event = {"type": "message", "text": "load", "ts": "1.0", "event_ts": "1.0"}

    body = {"app_id": APP, "event": event, "count": 50}
    answer = socket_team.control("POST", "events", body)

    wait_until(lambda: len(wire.of_type("events_api")) == 50)
    payloads = [each["payload"] for each in wire.of_type("events_api")]
    assert {each["event_id"] for each in payloads} == set(answer["event_ids"])
    assert len({each["event"]["ts"] for each in payloads}) == 50


def test_one_connection_serves_all_workspaces(socket_team: Team, other: Team, wires: Wires) -> None:
    wire = wires.open()

    for team in (socket_team, other):
        team.write()

    envelopes = wait_until(lambda: wire.of_type("events_api")[1:] and wire.of_type("events_api"))
    assert [each["payload"]["team_id"] for each in envelopes] == [socket_team.id, other.id]


def test_nothing_of_another_app_comes_over_it(socket_team: Team, wires: Wires) -> None:
    wire = wires.open()
    sandbox = socket_team.sandbox
    sandbox.control("PUT", "apps/A0SECOND", {"socket_mode": True})
    sandbox.control("POST", "install", {"app_id": "A0SECOND", "team_id": socket_team.id})

    said = {"app_id": "A0SECOND", "user": socket_team.reachable[0], "text": "not for you"}
    socket_team.control("POST", "say", said)
    socket_team.write("for you")

    wait_until(lambda: wire.of_type("events_api"))
    assert [each["payload"]["event"]["text"] for each in wire.of_type("events_api")] == ["for you"]
