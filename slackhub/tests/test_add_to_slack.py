"""Behaviour 78: the button on the landing page leads to Slack's own consent page."""

import re
from urllib.parse import parse_qs, urlsplit

import pytest
from django.conf import settings
from django.test import Client

from teams.tests.factories import make_app

pytestmark = pytest.mark.django_db


def test_b078_button_leads_to_slack_with_client_id_and_scopes(client: Client) -> None:
    app = make_app(client_id="111.222", scopes="chat:write, users:read,team:read")
    page = client.get("/").content.decode()
    button = re.search(r'href="([^"]+)">Add to Slack', page)
    assert button is not None

    response = client.get(button[1])

    address = urlsplit(response.headers["Location"])
    query = parse_qs(address.query)
    assert response.status_code == 302
    assert f"{address.scheme}://{address.netloc}{address.path}" == (
        f"{settings.SLACK_URL}/oauth/v2/authorize"
    )
    assert query["client_id"] == ["111.222"]
    assert query["scope"] == ["chat:write,users:read,team:read"]
    assert query["redirect_uri"] == [f"{settings.PUBLIC_URL}/slack/{app.slug}/oauth_redirect"]
    assert len(query["state"][0]) >= 32
