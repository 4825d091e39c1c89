"""Rows of every model that the admin shows, in two teams."""

from datetime import UTC, datetime, timedelta
from itertools import count
from uuid import uuid4

from django.contrib.auth.models import Group as StaffGroup
from django.contrib.auth.models import Permission, User
from django.db.models import Model
from django_celery_beat.models import ClockedSchedule, CrontabSchedule, PeriodicTask

from bots.models import Bot, InboxEvent, Link, Reply, Runner
from broadcasts.models import Broadcast, Delivery, Engine, Message, Notice, Run, Saying
from broadcasts.saying import say
from broadcasts.tests.factories import make_broadcast, make_delivery, make_run
from teams.models import Group, Recipient, SlackApp, Team
from teams.tests.factories import make_channel, make_person, make_team

NOW = datetime(2026, 3, 2, 11, 30, tzinfo=UTC)
_numbers = count(1)


def make_rows() -> dict[type[Model], Model]:
    """One row of each registered model; each call makes a team of its own."""
    n = next(_numbers)
    team = make_team()
    person = make_person(team)
    make_channel(team)
    group = Group.objects.create(team=team, name=f"Group {n}")
    group.members.add(person)
    broadcast = make_broadcast(teams=(team,), name=f"Broadcast of {n}")
    broadcast.schedule_crontab(minute="30", hour=str(n % 24), zone="Europe/Berlin")
    run = make_run(broadcast, scheduled_for=NOW + timedelta(days=n))
    delivery = make_delivery(run, person, state="failed", error_text="They have left.")
    event = InboxEvent.objects.create(
        slack_app=team.slack_app, event_id=f"Ev{n}", type="app_mention", body={"token": "v3rify"}
    )
    broadcast.refresh_from_db()
    assert broadcast.schedule is not None
    assert broadcast.schedule.crontab is not None
    return {
        SlackApp: team.slack_app,
        Team: team,
        Recipient: person,
        Group: group,
        Message: broadcast.message,
        Broadcast: broadcast,
        Run: run,
        Delivery: delivery,
        Saying: say(team, "C1", "Lunch is ready"),
        Engine: Engine.get(),
        Notice: Notice.objects.create(
            kind=Notice.Kind.TEAM_PAUSED, team=team, sentence=f"{team} is paused.", created_at=NOW
        ),
        InboxEvent: event,
        Reply: Reply.objects.create(trigger=f"menu {n}", text="Soup"),
        Link: _make_link(team.slack_app),
        Bot: Bot.objects.create(slack_app=team.slack_app, name=f"tea {n}", modules="no_such_file"),
        PeriodicTask: broadcast.schedule,
        CrontabSchedule: broadcast.schedule.crontab,
        ClockedSchedule: ClockedSchedule.objects.create(clocked_time=NOW + timedelta(days=n)),
        User: User.objects.create(username=f"staff-{n}"),
        StaffGroup: StaffGroup.objects.create(name=f"Staff {n}"),
    }


def _make_link(slack_app: SlackApp) -> Link:
    runner = Runner.objects.create(id=uuid4(), host="a", pid=1, started_at=NOW, beat_at=NOW)
    restarts = [[NOW.isoformat(), "The line was lost."]]
    return Link.objects.create(slack_app=slack_app, number=1, runner=runner, restarts=restarts)


def make_staff(*permissions: str, is_superuser: bool = False) -> User:
    """A member of staff with these permissions, such as "teams.view_team"."""
    user = User.objects.create(
        username=f"user-{next(_numbers)}", is_staff=True, is_superuser=is_superuser
    )
    for name in permissions:
        app, codename = name.split(".")
        user.user_permissions.add(
            Permission.objects.get(content_type__app_label=app, codename=codename)
        )
    return user


def make_viewer() -> User:
    """May look at everything and change nothing."""
    user = make_staff()
    user.user_permissions.set(Permission.objects.filter(codename__startswith="view_"))
    return user
