"""Database checks of the stored credentials: `manage.py check --database default`."""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.db import ProgrammingError, connection

from teams.crypto import UndecryptableSecret
from teams.models import SlackApp


@register(Tags.database)
def check_apps(
    app_configs: Sequence[AppConfig] | None,
    databases: Sequence[str] | None = None,
    **kwargs: Any,
) -> list[CheckMessage]:
    """Each enabled app can be installed and can tell Slack's requests from others."""
    # Without --database a check must not need one: it also runs where an image is built.
    if not databases or SlackApp._meta.db_table not in connection.introspection.table_names():
        return []
    try:
        apps = list(SlackApp.objects.enabled())
    except ProgrammingError:
        # An older version's table: `migrate` runs this check before it adds the columns.
        return []
    except UndecryptableSecret:
        return [
            Error(
                "A Slack app's secret fits none of FIELD_ENCRYPTION_KEYS.",
                hint="Put the key that encrypted it back on the list, at the end.",
                id="teams.E001",
            )
        ]
    return [message for app in apps for message in _lacking(app)]


def _lacking(app: SlackApp) -> list[CheckMessage]:
    needed = ["client_id", "client_secret", "signing_secret", "scopes"]
    if app.transport == SlackApp.Transport.SOCKET:
        needed.append("app_token")
    return [
        Warning(
            f"The Slack app {app.slug} has no {name.replace('_', ' ')}.",
            hint="Enter it in the admin; Slack shows it under Basic Information of the app.",
            id="teams.W001",
        )
        for name in needed
        if not getattr(app, name).strip()
    ]
