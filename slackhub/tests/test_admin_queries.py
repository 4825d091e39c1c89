"""Lists cost as many queries for 20 rows as for one."""

import pytest
from django.db import connection
from django.db.models import Model
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from slackhub.tests.rows import make_rows, make_staff
from slackhub.tests.test_admin_pages import every_model

pytestmark = pytest.mark.django_db


def _queries(client: Client, address: str) -> int:
    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert client.get(address).status_code == 200
    return len(queries)


@every_model
def test_list_costs_the_same_for_one_row_and_for_twenty(client: Client, model: type[Model]) -> None:
    client.force_login(make_staff(is_superuser=True))
    address = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
    make_rows()
    _queries(client, address)
    for_one = _queries(client, address)
    for _ in range(19):
        make_rows()

    for_twenty = _queries(client, address)

    assert for_twenty == for_one


def test_ledger_is_not_counted(client: Client) -> None:
    client.force_login(make_staff(is_superuser=True))
    make_rows()

    with CaptureQueriesContext(connection) as queries:
        client.get(reverse("admin:broadcasts_delivery_changelist"))

    on_ledger = [q["sql"] for q in queries if 'FROM "broadcasts_delivery"' in q["sql"]]
    assert on_ledger
    assert not any("COUNT(" in sql for sql in on_ledger)
