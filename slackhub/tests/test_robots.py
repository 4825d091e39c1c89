"""Behaviour 75: a hub is not for search engines, and an unknown path is not found."""

import pytest
from django.test import Client


def test_b075_robots_are_kept_out(client: Client) -> None:
    response = client.get("/robots.txt")

    assert response.headers["Content-Type"] == "text/plain"
    assert response.content == b"User-agent: *\nDisallow: /\n"


@pytest.mark.django_db
def test_b075_unknown_path_is_not_found(client: Client) -> None:
    assert client.get("/no/such/page").status_code == 404
