"""Groups: sets of one team's people and channels, picked by hand."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from unfold.contrib.filters.admin import AutocompleteSelectFilter

from teams.admin.base import HubAdmin, HubForm
from teams.admin.pickers import MemberPicker
from teams.models import Group, Recipient


class GroupForm(HubForm[Group]):
    people = forms.ModelMultipleChoiceField(
        Recipient.objects.none(),
        required=False,
        label="Members",
        help_text="People and channels of the group's team; type a name or an e-mail address.",
    )

    class Meta:
        model = Group
        fields = ("team", "name")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.instance.pk or "people" not in self.fields:
            return
        field = self.fields["people"]
        assert isinstance(field, forms.ModelMultipleChoiceField)
        # A member of another team is refused, whatever the browser sends.
        field.queryset = Recipient.objects.filter(team=self.instance.team)
        field.widget = MemberPicker(self.instance.team_id)
        field.widget.choices = field.choices
        field.initial = self.instance.members.all()


@admin.register(Group)
class GroupAdmin(HubAdmin[Group]):
    form = GroupForm
    list_display = ("name", "team", "member_count", "created_at")
    list_filter = (("team", AutocompleteSelectFilter),)
    list_filter_submit = True
    list_select_related = ("team",)
    search_fields = ("name", "team__name")
    autocomplete_fields = ("team",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Group]:
        groups = (
            super()
            .get_queryset(request)
            .select_related("team")
            .defer("team__bot_token", "team__refresh_token")
        )
        return groups.annotate(size=Count("members"))

    def get_fields(self, request: HttpRequest, obj: Group | None = None) -> Any:
        """The team comes first and stays: it decides who can be a member."""
        if obj is None:
            return ("team", "name")
        return ("team", "name", "people" if self.has_change_permission(request, obj) else "who")

    def get_readonly_fields(self, request: HttpRequest, obj: Group | None = None) -> Any:
        return ("team", "who") if obj else ()

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        if "people" in form.cleaned_data:
            # Keeps the rows of who stays: since when somebody is a member decides about runs.
            form.instance.members.set(form.cleaned_data["people"])

    def response_add(self, request: HttpRequest, obj: Group, post_url_continue: Any = None) -> Any:
        """On to the members, which can be picked once the team is known."""
        if "_addanother" not in request.POST and "_popup" not in request.POST:
            # As if "Save and continue editing" had been pressed.
            pressed = request.POST.copy()
            pressed["_continue"] = "1"
            request.POST = pressed  # type: ignore[assignment]
        return super().response_add(request, obj, post_url_continue)

    @admin.display(description="members")
    def member_count(self, group: Any) -> int:
        return int(group.size)

    @admin.display(description="members")
    def who(self, group: Group) -> str:
        return ", ".join(str(member) for member in group.members.all()[:500]) or "nobody"
