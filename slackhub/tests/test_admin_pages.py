"""Every list, add and change page of the admin, opened once for each role."""

import pytest
from django.contrib import admin
from django.db.models import Model
from django.test import Client
from django.urls import reverse

from slackhub.tests.rows import make_rows, make_staff, make_viewer

pytestmark = pytest.mark.django_db

MODELS = sorted(admin.site._registry, key=lambda model: model._meta.label)
every_model = pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)


def _address(model: type[Model], page: str, *args: object) -> str:
    name = f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}"
    return reverse(name, args=args)


def test_rows_are_made_of_every_registered_model() -> None:
    assert sorted(make_rows(), key=lambda model: model._meta.label) == MODELS


@every_model
def test_superuser_opens_list_search_add_and_change(client: Client, model: type[Model]) -> None:
    row = make_rows()[model]
    make_rows()
    client.force_login(make_staff(is_superuser=True))
    may_add = admin.site._registry[model].has_add_permission

    pages = {
        "list": client.get(_address(model, "changelist")),
        "search": client.get(_address(model, "changelist"), {"q": "x"}),
        "change": client.get(_address(model, "change", row.pk)),
        "history": client.get(_address(model, "history", row.pk)),
        "add": client.get(_address(model, "add")),
    }

    adds = may_add(pages["add"].wsgi_request)
    statuses = {name: page.status_code for name, page in pages.items()}
    assert statuses.pop("add") == (200 if adds else 403)
    assert set(statuses.values()) == {200}, statuses


@every_model
def test_viewer_looks_and_changes_nothing(client: Client, model: type[Model]) -> None:
    row = make_rows()[model]
    client.force_login(make_viewer())

    assert client.get(_address(model, "changelist")).status_code == 200
    change = client.get(_address(model, "change", row.pk))
    assert change.status_code == 200
    assert b'name="_save"' not in change.content
    assert b"hub-acts" not in change.content
    assert client.post(_address(model, "change", row.pk), {}).status_code == 403
    assert client.get(_address(model, "add")).status_code == 403


@every_model
def test_staff_without_permissions_is_refused(client: Client, model: type[Model]) -> None:
    row = make_rows()[model]
    client.force_login(make_staff())

    for page in (_address(model, "changelist"), _address(model, "change", row.pk)):
        assert client.get(page).status_code == 403


@every_model
def test_anonymous_is_sent_to_the_login(client: Client, model: type[Model]) -> None:
    response = client.get(_address(model, "changelist"))

    assert response.status_code == 302
    assert response.headers["Location"].startswith("/admin/login/")


def test_only_the_admin_has_the_looser_policy(client: Client) -> None:
    client.force_login(make_staff(is_superuser=True))

    assert "'unsafe-eval'" in client.get("/admin/").headers["Content-Security-Policy"]
    assert "unsafe" not in client.get("/support/").headers["Content-Security-Policy"]
