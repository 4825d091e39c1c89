"""The demo's command makes no login with a known password where it does not belong."""

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from pytest_django import Settings

from broadcasts.tests.factories import make_broadcast

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
