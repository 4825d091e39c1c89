"""A looser Content-Security-Policy for the admin, and for the admin alone."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.csp import build_policy


def admin_policy(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware inside Django's own, which keeps a policy that is already there.

    unfold's pages carry Alpine.js, which evaluates the expressions in their attributes, and write
    their colours into a style element. Both would be refused by the public pages' policy.
    """
    prefix = reverse("admin:index")

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if request.path.startswith(prefix):
            response.headers["Content-Security-Policy"] = build_policy(settings.ADMIN_CSP)
        return response

    return middleware
