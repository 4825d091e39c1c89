"""The public pages: what the bot is, how an install ended, privacy, support."""

import re
from contextlib import suppress

from django.conf import settings
from django.core import signing
from django.db import DatabaseError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from slackhub.scopes import explained
from teams.install import SAID_SALT
from teams.models import SlackApp, Team
from teams.reasons import explain

WORKSPACE_ID = re.compile(r"[TE][A-Z0-9]{2,31}")


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The landing page; it stands, without its facts, while the database is away."""
    try:
        apps = list(SlackApp.objects.enabled())
        connected: int | None = Team.objects.connected().count()
    except DatabaseError:
        return render(request, "home.html", {"is_away": True}, status=200)
    first = apps[0] if apps else None
    context = {
        "app": first,
        "other_apps": apps[1:],
        "scopes": explained(first.scope_list) if first else [],
        "connected": connected,
    }
    return render(request, "home.html", context)


@require_safe
def installed(request: HttpRequest, slug: str) -> HttpResponse:
    """After an install: what happens now, and the way back into Slack."""
    app = _app(slug)
    team_id = request.GET.get("team", "")
    address = f"{settings.SLACK_URL}/app_redirect?app={app.app_id}"
    if WORKSPACE_ID.fullmatch(team_id):
        address += f"&team={team_id}"
    return render(request, "installed.html", {"app": app, "slack_address": address})


@require_safe
def install_failed(request: HttpRequest, slug: str) -> HttpResponse:
    """Why an install ended without a bot, and how to go on."""
    app = _app(slug)
    title, sentence = explain(request.GET.get("reason", ""))
    with suppress(signing.BadSignature):
        sentence = signing.loads(request.GET.get("said", ""), salt=SAID_SALT)
    context = {"app": app, "title": title, "sentence": sentence}
    return render(request, "install_failed.html", context)


@require_safe
def privacy(request: HttpRequest) -> HttpResponse:
    kept = {
        "days": settings.KEEP_DISCONNECTED_DAYS,
        "days_of_messages": settings.KEEP_DELIVERIES_DAYS,
    }
    return render(request, "privacy.html", {"support_email": settings.SUPPORT_EMAIL, **kept})


@require_safe
def support(request: HttpRequest) -> HttpResponse:
    return render(request, "support.html", {"support_email": settings.SUPPORT_EMAIL})


@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    """A hub is found by the link that its operator gives, not by a search engine."""
    return HttpResponse("User-agent: *\nDisallow: /\n", content_type="text/plain")


def _app(slug: str) -> SlackApp:
    app = SlackApp.objects.filter(slug=slug).first()
    if app is None:
        raise Http404(f"No Slack app is called {slug}.")
    return app
