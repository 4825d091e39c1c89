"""Look and menu of the admin (django-unfold)."""

from collections.abc import Callable

from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse_lazy


def _item(title: str, icon: str, model: str) -> dict[str, object]:
    """A line of the menu, shown to whoever may view the model (app_model)."""
    app, name = model.rsplit("_", 1)
    return {
        "title": title,
        "icon": icon,
        "link": reverse_lazy(f"admin:{model}_changelist"),
        "permission": _may_view(f"{app}.view_{name}"),
    }


def _may_view(permission: str) -> Callable[[HttpRequest], bool]:
    return lambda request: request.user.has_perm(permission)


UNFOLD = {
    "SITE_TITLE": "SlackHub",
    "SITE_HEADER": "SlackHub",
    "SITE_ICON": lambda request: static("slackhub/icon.svg"),
    "SITE_FAVICONS": [
        {
            "rel": "icon",
            "type": "image/svg+xml",
            "href": lambda request: static("slackhub/icon.svg"),
        }
    ],
    "STYLES": [lambda request: static("slackhub/admin.css")],
    "SHOW_VIEW_ON_SITE": False,
    "DASHBOARD_CALLBACK": "slackhub.dashboard.numbers",
    "COLORS": {
        "primary": {
            "50": "oklch(97.5% .015 195)",
            "100": "oklch(94% .03 195)",
            "200": "oklch(89% .05 195)",
            "300": "oklch(81% .08 195)",
            "400": "oklch(71% .1 195)",
            "500": "oklch(58% .095 196)",
            "600": "oklch(47% .08 197)",
            "700": "oklch(41% .07 197)",
            "800": "oklch(36% .06 197)",
            "900": "oklch(31% .05 197)",
            "950": "oklch(23% .04 197)",
        }
    },
    "SIDEBAR": {
        "navigation": [
            {
                "title": "What goes out",
                "items": [
                    _item("Broadcasts", "campaign", "broadcasts_broadcast"),
                    _item("Messages", "edit_note", "broadcasts_message"),
                    _item("Runs", "send", "broadcasts_run"),
                    _item("Said on command", "record_voice_over", "broadcasts_saying"),
                    _item("Deliveries", "checklist", "broadcasts_delivery"),
                    _item("Needs you", "notifications", "broadcasts_notice"),
                ],
            },
            {
                "title": "To whom",
                "items": [
                    _item("Teams", "workspaces", "teams_team"),
                    _item("Recipients", "group", "teams_recipient"),
                    _item("Groups", "groups", "teams_group"),
                ],
            },
            {
                "title": "Bots",
                "items": [
                    _item("Bots", "robot_2", "bots_bot"),
                    _item("Replies", "forum", "bots_reply"),
                    _item("Events from Slack", "inbox", "bots_inboxevent"),
                ],
            },
            {
                "title": "The hub",
                "items": [
                    _item("Engine", "power_settings_new", "broadcasts_engine"),
                    _item("Slack apps", "smart_toy", "teams_slackapp"),
                    _item("Socket Mode", "cable", "bots_link"),
                    _item("Schedules", "schedule", "django_celery_beat_periodictask"),
                    _item("Crontabs", "calendar_month", "django_celery_beat_crontabschedule"),
                    _item("Clocked times", "alarm", "django_celery_beat_clockedschedule"),
                    _item("Staff", "badge", "auth_user"),
                    _item("Staff groups", "lock", "auth_group"),
                ],
            },
        ],
    },
}
