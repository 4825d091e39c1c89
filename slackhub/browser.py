"""A browser without a screen: it follows redirects and keeps cookies, as a visitor does."""

import json
import urllib.parse
import urllib.request
from http.cookiejar import CookieJar
from typing import Any


class Browser:
    """One visitor; addresses are absolute.

    Every method raises urllib.error.HTTPError for an answer of 400 and above.
    """

    def __init__(self) -> None:
        self._opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), urllib.request.HTTPCookieProcessor(CookieJar())
        )

    def open(self, url: str) -> tuple[str, str]:
        """The address at which it ends, and the page."""
        return self._send(urllib.request.Request(url))

    def submit(self, url: str, fields: dict[str, str]) -> tuple[str, str]:
        """The same for a form sent with POST."""
        body = urllib.parse.urlencode(fields).encode()
        return self._send(urllib.request.Request(url, data=body))

    def json(self, method: str, url: str, body: object = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(
            url, data=data, method=method, headers={"Content-Type": "application/json"}
        )
        return json.loads(self._send(request)[1])

    def _send(self, request: urllib.request.Request) -> tuple[str, str]:
        with self._opener.open(request, timeout=30) as response:
            return response.url, response.read().decode()
