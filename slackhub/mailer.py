"""EMAIL_URL, read into Django's settings of a mail server."""

from urllib.parse import unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

PORTS = {"smtp": 587, "smtps": 465}


def server(address: str) -> dict[str, object]:
    """smtp:// speaks STARTTLS, smtps:// TLS from the first byte; empty for none.

    Raises:
        ImproperlyConfigured: it is neither.
    """
    if not address:
        return {}
    parts = urlsplit(address)
    try:
        port = parts.port
    except ValueError:
        port = 0
    if parts.scheme not in PORTS or not parts.hostname or port == 0:
        # Never the value itself: it holds a password.
        raise ImproperlyConfigured(
            "EMAIL_URL must look like smtp://user:password@mail.example.com:587, or smtps://."
        )
    is_local = parts.hostname in ("127.0.0.1", "localhost", "::1")
    return {
        "EMAIL_HOST": parts.hostname,
        "EMAIL_PORT": port or PORTS[parts.scheme],
        "EMAIL_HOST_USER": unquote(parts.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
        "EMAIL_USE_TLS": parts.scheme == "smtp" and not is_local,
        "EMAIL_USE_SSL": parts.scheme == "smtps",
        "EMAIL_TIMEOUT": 10,
    }
