"""What Slack tells of our posts over a socket goes past Bolt and past the inbox, too."""

from django.db import connection

from bots.models import InboxEvent
from bots.tests.hub import Hub
from broadcasts.models import Delivery
from broadcasts.tests.factories import make_broadcast, make_delivery, make_run
from teams.evidence import DELIVERY_EVENT
from teams.models import Team


def test_what_slack_tells_of_a_post_of_ours_settles_its_delivery(socket_hub: Hub) -> None:
    team = socket_hub.workspace()
    delivery = unknown(socket_hub, team)

    tell_of(socket_hub, team, delivery)

    delivery.refresh_from_db()
    assert (delivery.state, delivery.ts) == (Delivery.State.SENT, "4000000000.000100")
    assert not InboxEvent.objects.exists()


def test_it_does_so_after_the_database_has_been_away(socket_hub: Hub) -> None:
    team = socket_hub.workspace()
    delivery = unknown(socket_hub, team)
    tell_of(socket_hub, team, delivery)
    Delivery.objects.update(state=Delivery.State.UNKNOWN)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE query LIKE "
            "'%WITH proof AS%' AND datname = current_database() AND pid <> pg_backend_pid()"
        )
        assert cursor.fetchone()[0]

    tell_of(socket_hub, team, delivery)

    delivery.refresh_from_db()
    assert delivery.state == Delivery.State.SENT


def unknown(hub: Hub, team: Team) -> Delivery:
    run = make_run(make_broadcast(teams=(team,)))
    return make_delivery(run, hub.person(team), state="unknown")


def tell_of(hub: Hub, team: Team, delivery: Delivery) -> None:
    """Slack tells of its post, until the hub has acknowledged that."""
    metadata = {"event_type": DELIVERY_EVENT, "event_payload": {"delivery_id": str(delivery.pk)}}
    event = {
        "type": "message_metadata_posted",
        "app_id": hub.slack_app.app_id,
        "team_id": team.team_id,
        "channel_id": "D0000001",
        "message_ts": "4000000000.000100",
        "metadata": metadata,
    }
    hub.acknowledged(hub.send(team, event))
