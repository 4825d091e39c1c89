"""Pickers of recipients: typed for, and named with their team."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.views.autocomplete import AutocompleteJsonView
from django.contrib.admin.widgets import AutocompleteSelect, AutocompleteSelectMultiple
from django.db.models import ForeignKey
from django.urls import reverse
from unfold.widgets import (
    UnfoldAdminAutocompleteWidget,
    UnfoldAdminMultipleAutocompleteWidget,
)

from teams.models import GroupMember


class RecipientJsonView(AutocompleteJsonView):
    """Django's answers to a picker; the same name is known in several teams."""

    def serialize_result(self, obj: Any, to_field_name: str) -> dict[str, str]:
        found = super().serialize_result(obj, to_field_name)
        return {**found, "text": f"{obj} ({obj.team.name}, {obj.slack_id})"}


class RecipientPicker(
    UnfoldAdminAutocompleteWidget,  # type: ignore[misc]
    AutocompleteSelect,
):
    """One recipient of any team; `field` is the foreign key that will point to it."""

    def __init__(self, field: "ForeignKey[Any, Any]") -> None:
        AutocompleteSelect.__init__(self, field, admin.site)

    def get_url(self) -> str:
        return reverse("admin:teams_recipient_pick")


class MemberPicker(
    UnfoldAdminMultipleAutocompleteWidget,  # type: ignore[misc]
    AutocompleteSelectMultiple,
):
    """Recipients of one team."""

    def __init__(self, team_pk: int) -> None:
        field = GroupMember._meta.get_field("recipient")
        AutocompleteSelectMultiple.__init__(self, field, admin.site)
        self.team_pk = team_pk

    def get_url(self) -> str:
        return f"{reverse('admin:teams_recipient_pick')}?of_team={self.team_pk}"
