"""Where Slack and the browsers of installing people call: one set of addresses per app."""

import logging
from collections.abc import Mapping
from functools import partial
from typing import Any

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_POST
from slack_bolt.adapter.django.handler import to_bolt_request, to_django_response

from bots.handing_on import tell
from bots.intake import is_event, is_genuine
from bots.interactions import answer
from bots.known_apps import KnownApps
from bots.models import InboxEvent
from bots.registry import handler_for
from teams.models import SlackApp

logger = logging.getLogger(__name__)

_apps = KnownApps()


@csrf_exempt
@require_POST
def events(request: HttpRequest, slug: str) -> HttpResponse:
    """Everything Slack sends: events into the inbox, the rest answered at once."""
    # The raw body first: Django cannot give it any more once it has parsed a form.
    raw = request.body
    slack_app = _addressed(slug, raw, request.headers)
    if not slack_app.signing_secret.strip():
        return _refusal("This app's signing secret is not set: set it in the admin.", 503)
    if request.POST.get("ssl_check") == "1":
        return HttpResponse()
    if not is_genuine(slack_app.signing_secret, raw, request.headers):
        return _refusal("The signature is missing, wrong or older than five minutes.", 401)
    try:
        bolt_request = to_bolt_request(request)
    except (AttributeError, KeyError, RecursionError, TypeError, ValueError):
        # Bolt reads the ids out of the body here and trusts its shape.
        return _refusal("The body cannot be read.", 400)
    body = bolt_request.body
    match body.get("type"):
        case "url_verification":
            return JsonResponse({"challenge": body.get("challenge")})
        case "event_callback":
            return _keep(slack_app, body)
        case "app_rate_limited":
            logger.warning("Slack drops events of %s for a minute: too many.", body.get("team_id"))
            return HttpResponse()
    return to_django_response(answer(_app(slug), body))


@require_GET
def oauth(request: HttpRequest, slug: str) -> HttpResponse:
    """The install and redirect addresses, through Bolt's OAuth flow."""
    response = handler_for(_app(slug)).handle(request)
    if settings.LOOPBACK and not settings.HTTPS:
        # Bolt's adapter marks every cookie Secure; not every client sends such a one back here.
        for cookie in response.cookies.values():
            cookie["secure"] = ""
    return response


def _addressed(slug: str, raw: bytes, headers: Mapping[str, str]) -> SlackApp:
    """The app as it was known a moment ago if Slack signed for that, else as it is now."""
    known = _apps.find(slug)
    secret = known.signing_secret if known else ""
    if known and secret.strip() and is_genuine(secret, raw, headers):
        return known
    return _app(slug)


def _app(slug: str) -> SlackApp:
    return get_object_or_404(SlackApp.objects.enabled(), slug=slug)


def _keep(slack_app: SlackApp, body: dict[str, Any]) -> HttpResponse:
    if not is_event(body):
        return _refusal("The event has no id or no type.", 400)
    pk = InboxEvent.objects.keep(slack_app, body, timezone.now())
    if pk is not None:
        transaction.on_commit(partial(tell, pk))
    return HttpResponse()


def _refusal(sentence: str, status: int) -> HttpResponse:
    return HttpResponse(sentence, status=status, content_type="text/plain")
