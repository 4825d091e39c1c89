"""What Slack tells of our posts over a socket goes past Bolt and past the inbox, too."""

from bots.models import InboxEvent
from bots.tests.hub import Hub
from broadcasts.models import Delivery
from broadcasts.tests.factories import make_broadcast, make_delivery, make_run
from teams.evidence import DELIVERY_EVENT


def test_what_slack_tells_of_a_post_of_ours_settles_its_delivery(socket_hub: Hub) -> None:
    team = socket_hub.workspace()
    run = make_run(make_broadcast(teams=(team,)))
    delivery = make_delivery(run, socket_hub.person(team), state="unknown")
    metadata = {"event_type": DELIVERY_EVENT, "event_payload": {"delivery_id": str(delivery.pk)}}
    event = {
        "type": "message_metadata_posted",
        "app_id": socket_hub.slack_app.app_id,
        "team_id": team.team_id,
        "channel_id": "D0000001",
        "message_ts": "4000000000.000100",
        "metadata": metadata,
    }

    socket_hub.acknowledged(socket_hub.send(team, event))

    delivery.refresh_from_db()
    assert (delivery.state, delivery.ts) == (Delivery.State.SENT, "4000000000.000100")
    assert not InboxEvent.objects.exists()
