"""The demo's command makes no login with a known password where it does not belong."""

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from pytest_django import Settings

from bots.scripts.parts import parts_for
from bots.trials import Trial
from broadcasts.tests.factories import make_broadcast
from slackhub.story import Story
from teams.tests.factories import make_team

pytestmark = pytest.mark.django_db


def test_a_hub_with_a_public_address_is_refused(settings: Settings) -> None:
    settings.LOOPBACK = False

    with pytest.raises(CommandError, match="empty hub"):
        call_command("demo_story")

    assert not User.objects.exists()


def test_a_hub_at_work_is_refused() -> None:
    make_broadcast()

    with pytest.raises(CommandError, match="empty hub"):
        call_command("demo_story")

    assert not User.objects.exists()


def test_its_bot_has_a_file_and_replies_that_the_admin_would_take() -> None:
    team, other = make_team(), make_team()

    bot = Story(print).make_bot(team.slack_app)

    for reply in bot.replies.all():
        reply.full_clean()
    assert [part.bot for part in parts_for(team)] == [None, bot, bot, None]
    assert [part.bot for part in parts_for(other)] == [None, None]


@pytest.mark.parametrize("words", ["When is the market?", "thanks", "Thank you!"])
def test_its_replies_answer_what_the_page_about_the_demo_says(words: str) -> None:
    bot = Story(print).make_bot(make_team().slack_app)

    assert Trial.of_bot(bot, words).text
