"""A NUL in an address is refused with a sentence: PostgreSQL would fail on it."""

import pytest
from django.test import Client

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "address",
    [
        "/admin/teams/recipient/?q=%00",
        "/admin/broadcasts/delivery/?state__exact=%00",
        "/admin/broadcasts/message/%00/change/",
        "/?%00",
    ],
)
def test_a_nul_in_an_address_is_a_bad_request(staff: Client, address: str) -> None:
    response = staff.get(address)

    assert response.status_code == 400
    assert "Something in the address" in response.content.decode()
