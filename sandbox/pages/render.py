"""Templates, static files and the headers that every page carries."""

from pathlib import Path
from typing import Any

from aiohttp.web import FileResponse, Response, StreamResponse
from jinja2 import Environment, PackageLoader

from sandbox.routing import HttpError, Router, Visit

_HEADERS = {
    "Content-Security-Policy": "default-src 'self'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
}
_STATIC = Path(__file__).parent / "static"
_STATIC_NAMES = {"sandbox.css", "refresh.js", "views.js", "icon.svg"}

environment = Environment(
    loader=PackageLoader("sandbox.pages"),
    autoescape=True,
    trim_blocks=True,
    lstrip_blocks=True,
)


def page(template: str, status: int = 200, **values: Any) -> Response:
    """A rendered template under the strict Content-Security-Policy."""
    text = environment.get_template(template).render(**values)
    return Response(status=status, text=text, content_type="text/html", headers=_HEADERS)


def redirect(address: str, status: int = 302) -> Response:
    return Response(status=status, headers=_HEADERS | {"Location": address})


def add_routes(router: Router) -> None:
    router.route("GET", "/static/{name}")(get_static)


async def get_static(visit: Visit) -> StreamResponse:
    name = visit.path["name"]
    if name not in _STATIC_NAMES:
        raise HttpError(404, "no such file")
    return FileResponse(_STATIC / name, headers={"X-Content-Type-Options": "nosniff"})
