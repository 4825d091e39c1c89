"""Two people install the same app in the same workspace at the same moment."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection, transaction
from django.utils import timezone

from sandbox.testing import wait_until
from teams.grant import Grant
from teams.models import Lane, SlackApp, Team
from teams.tests.factories import make_app

TOGETHER = 4


def grant(number: int, **fields: object) -> Grant:
    values: dict[str, object] = {
        "team_id": "T1",
        "enterprise_id": "",
        "is_org_install": False,
        "name": f"Name {number}",
        "domain": "acme",
        "bot_token": f"xoxb-{number}",
        "bot_user_id": "UBOT",
        "bot_id": "BBOT",
        "scopes": "chat:write",
        "installer_id": f"U{number}",
    }
    return Grant(**(values | fields))  # type: ignore[arg-type]


def install_together(app: SlackApp, **fields: object) -> list[bool]:
    start = Barrier(TOGETHER)

    def install(number: int) -> bool:
        try:
            start.wait(10)
            _, is_new = Team.objects.install(app, grant(number, **fields), timezone.now())
            return is_new
        finally:
            connection.close()

    with ThreadPoolExecutor(TOGETHER) as pool:
        return list(pool.map(install, range(TOGETHER)))


@pytest.mark.django_db(transaction=True)
def test_b020_simultaneous_installs_make_one_whole_row() -> None:
    app = make_app()

    news = install_together(app)

    team = Team.objects.get()
    number = team.installer_id.removeprefix("U")
    assert sorted(news) == [False, False, False, True]
    assert team.token_version == TOGETHER
    assert (team.bot_token, team.name) == (f"xoxb-{number}", f"Name {number}")
    assert Lane.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_b020_simultaneous_installs_in_an_organisation_make_one_row() -> None:
    app = make_app()

    install_together(app, team_id="", enterprise_id="E1", is_org_install=True)

    team = Team.objects.get()
    assert (team.slack_id, team.token_version) == ("E1", TOGETHER)


@pytest.mark.django_db(transaction=True)
def test_an_install_that_meets_the_removal_of_its_row_makes_a_new_one() -> None:
    app = make_app()
    old, _ = Team.objects.install(app, grant(1), timezone.now())

    def install() -> bool:
        try:
            return Team.objects.install(app, grant(2), timezone.now())[1]
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            Team.objects.select_for_update().get().delete()
            installing = pool.submit(install)
            wait_until(_is_waited_for)
        assert installing.result(10)

    team = Team.objects.get()
    assert team.pk != old.pk
    assert (team.installer_id, team.lane.rate) == ("U2", Lane().rate)


def _is_waited_for() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted)")
        (found,) = cursor.fetchone() or (False,)
    return bool(found)


@pytest.mark.django_db
def test_b014_an_install_that_fails_halfway_leaves_nothing_behind() -> None:
    app = make_app()
    team, _ = Team.objects.install(app, grant(1), timezone.now())
    before = Team.objects.values().get()
    Lane.objects.all().delete()
    refuse_lanes()

    with pytest.raises(Exception, match="no lanes today"):
        Team.objects.install(app, grant(2), timezone.now())

    assert Team.objects.values().get(pk=team.pk) == before


@pytest.mark.django_db
def test_a_workspace_that_joins_an_organisation_stays_one_row() -> None:
    app = make_app()
    Team.objects.install(app, grant(1), timezone.now())

    team, is_new = Team.objects.install(app, grant(2, enterprise_id="E1"), timezone.now())

    assert not is_new
    assert (team.team_id, team.enterprise_id) == ("T1", "E1")


@pytest.mark.django_db
def test_what_slack_did_not_tell_stays_as_it_was() -> None:
    app = make_app()
    Team.objects.install(app, grant(1), timezone.now())

    team, _ = Team.objects.install(app, grant(2, name="", domain="", bot_id=""), timezone.now())

    assert (team.name, team.domain, team.bot_id) == ("Name 1", "acme", "BBOT")


def refuse_lanes() -> None:
    """Makes the database fail in the last step; undone with the test's transaction."""
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION 'no lanes today'; END $$"
        )
        cursor.execute(
            "CREATE TRIGGER refuse BEFORE INSERT ON teams_lane "
            "FOR EACH ROW EXECUTE FUNCTION refuse()"
        )
