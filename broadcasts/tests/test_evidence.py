"""Arrow h: a proof that Slack has a post settles its delivery, whatever had become of it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from broadcasts import evidence
from broadcasts.evidence import Proof, delivery_in, is_place
from broadcasts.models import Copy, Delivery, Engine
from broadcasts.tests.factories import make_delivery, make_run
from teams.models import Team
from teams.tests.factories import make_person, make_team

pytestmark = pytest.mark.django_db
State = Delivery.State
# After the making of every row, however long the tests before have taken.
NOW = datetime.now(UTC) + timedelta(hours=1)


def delivery_to(team: Team, state: str = State.UNKNOWN, **fields: object) -> Delivery:
    return make_delivery(make_run(), make_person(team), state=state, attempt=1, **fields)


def ts_at(moment: datetime) -> str:
    return f"{moment.timestamp():.6f}"


def proof_of(delivery: Delivery, **fields: object) -> Proof:
    team = delivery.team
    known: dict[str, object] = {
        "delivery": delivery.pk,
        "slack_app": team.slack_app_id,
        "team_id": team.team_id,
        "enterprise_id": "",
        "channel": "D1",
        "ts": ts_at(NOW),
    }
    return Proof(**known | fields)  # type: ignore[arg-type]


def tell(*proofs: Proof) -> None:
    connection.ensure_connection()
    evidence.settle(connection.connection, proofs)


def states() -> dict[int, str]:
    return dict(Delivery.objects.values_list("pk", "state"))


@pytest.mark.parametrize("is_ours", [True, False])
def test_a_post_of_another_hub_of_the_same_app_proves_nothing(is_ours: bool) -> None:
    delivery = delivery_to(make_team())
    hub = Engine.get().hub_id if is_ours else "another"

    tell(proof_of(delivery, hub=hub))

    assert states() == {delivery.pk: State.SENT if is_ours else State.UNKNOWN}


@pytest.mark.parametrize("state", [each for each in State if each != State.SENT])
def test_any_state_but_sent_becomes_sent(state: str) -> None:
    delivery = delivery_to(make_team(), state, error="no_answer", error_text="It broke.")
    other = delivery_to(make_team(), state)

    tell(proof_of(delivery))

    delivery.refresh_from_db()
    assert states() == {delivery.pk: State.SENT, other.pk: state}
    assert (delivery.channel, delivery.ts) == ("D1", ts_at(NOW))
    assert (delivery.error, delivery.error_text, delivery.attempt) == ("", "", 1)
    assert delivery.settled_at is not None


def test_a_row_that_is_sent_stays_as_it_is() -> None:
    delivery = delivery_to(make_team(), State.SENT, channel="D1", ts=ts_at(NOW))

    tell(proof_of(delivery))

    delivery.refresh_from_db()
    assert delivery.settled_at is None
    assert not Copy.objects.exists()


def test_a_second_post_is_a_copy() -> None:
    delivery = delivery_to(make_team(), State.SENT, channel="D1", ts=ts_at(NOW))
    again = ts_at(NOW + timedelta(seconds=9))

    tell(proof_of(delivery, ts=again))
    tell(proof_of(delivery, ts=again))

    delivery.refresh_from_db()
    assert delivery.ts == ts_at(NOW)
    assert list(Copy.objects.values_list("delivery", "ts")) == [(delivery.pk, again)]


def test_two_posts_told_together_are_one_and_a_copy() -> None:
    delivery = delivery_to(make_team())
    again = ts_at(NOW + timedelta(seconds=9))

    tell(proof_of(delivery, ts=again), proof_of(delivery))

    delivery.refresh_from_db()
    assert delivery.ts == ts_at(NOW)
    assert list(Copy.objects.values_list("ts", flat=True)) == [again]


def test_a_batch_settles_each_of_its_rows() -> None:
    team = make_team()
    deliveries = [delivery_to(team) for _ in range(20)]

    tell(*map(proof_of, deliveries))

    assert set(states().values()) == {State.SENT}


def test_a_post_in_another_workspace_proves_nothing() -> None:
    team, other = make_team(), make_team()
    delivery = delivery_to(team)

    tell(proof_of(delivery, team_id=other.team_id))

    assert states() == {delivery.pk: State.UNKNOWN}


def test_a_post_of_another_app_proves_nothing() -> None:
    team, other = make_team(), make_team()
    delivery = delivery_to(team)

    tell(proof_of(delivery, slack_app=other.slack_app_id))

    assert states() == {delivery.pk: State.UNKNOWN}


def test_an_organisation_is_told_by_its_own_id() -> None:
    team = make_team(is_org_install=True, team_id="", enterprise_id="E1")
    delivery = delivery_to(team)

    tell(proof_of(delivery, team_id="T9", enterprise_id="E2"))
    before = states()
    tell(proof_of(delivery, team_id="T9", enterprise_id="E1"))

    assert before == {delivery.pk: State.UNKNOWN}
    assert states() == {delivery.pk: State.SENT}


def test_a_post_from_before_the_row_was_made_is_anothers() -> None:
    """As after a restore, where numbers that are given already are given again."""
    delivery = delivery_to(make_team())

    tell(proof_of(delivery, ts=ts_at(datetime.now(UTC) - timedelta(minutes=2))))

    assert states() == {delivery.pk: State.UNKNOWN}


def test_a_delivery_that_there_is_not_is_no_error() -> None:
    delivery = delivery_to(make_team())

    tell(replace(proof_of(delivery), delivery=delivery.pk + 1000))

    assert states() == {delivery.pk: State.UNKNOWN}


@pytest.mark.parametrize(
    "metadata",
    [
        None,
        "text",
        {},
        {"event_payload": 3},
        {"event_payload": {}},
        {"event_payload": {"delivery_id": 7}},
        {"event_payload": {"delivery_id": "7; DROP"}},
        {"event_payload": {"delivery_id": "9" * 30}},
        {"event_payload": {"delivery_id": "\u0667"}},
    ],
)
def test_foreign_metadata_names_no_delivery(metadata: object) -> None:
    assert delivery_in(metadata) is None


@pytest.mark.parametrize("ts", [None, 1.5, "", "1", "1.5;", "\u0661.\u0665", "1" * 13 + ".0"])
def test_what_is_no_time_of_slacks_is_no_place(ts: object) -> None:
    assert is_place("C1", "1.5")
    assert not is_place("C1", ts)
