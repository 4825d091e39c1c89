"""EMAIL_URL: read once, refused in a sentence that shows no password."""

import pytest
from django.core.exceptions import ImproperlyConfigured

from slackhub.mailer import server


def test_none_is_none() -> None:
    assert server("") == {}


@pytest.mark.parametrize(
    ("address", "port", "starttls", "tls"),
    [
        ("smtp://mail.example.com", 587, True, False),
        ("smtp://mail.example.com:2525", 2525, True, False),
        ("smtps://mail.example.com", 465, False, True),
        ("smtp://127.0.0.1:25", 25, False, False),
    ],
)
def test_a_server_is_read(address: str, port: int, starttls: bool, tls: bool) -> None:
    found = server(address)

    assert (found["EMAIL_PORT"], found["EMAIL_USE_TLS"], found["EMAIL_USE_SSL"]) == (
        port,
        starttls,
        tls,
    )


def test_user_and_password_are_unquoted() -> None:
    found = server("smtp://me%40example.com:p%2Fw@mail.example.com")

    assert (found["EMAIL_HOST_USER"], found["EMAIL_HOST_PASSWORD"]) == ("me@example.com", "p/w")


@pytest.mark.parametrize("address", ["http://me:s3cret@host", "smtp://", "smtp://me:s3cret@h:x"])
def test_anything_else_is_refused_without_showing_it(address: str) -> None:
    with pytest.raises(ImproperlyConfigured) as refused:
        server(address)

    assert "s3cret" not in str(refused.value)
