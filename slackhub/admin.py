"""Staff and their groups, in the look of the other pages."""

from typing import Any

from django.contrib import admin
from django.contrib.auth import admin as auth
from django.contrib.auth.models import Group, User
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from teams.admin.base import HubAdmin

admin.site.index_title = "Overview"
admin.site.unregister(User)
admin.site.unregister(Group)


@admin.register(User)
class StaffAdmin(auth.UserAdmin, HubAdmin[User]):  # type: ignore[type-arg]
    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm


@admin.register(Group)
class StaffGroupAdmin(auth.GroupAdmin, HubAdmin[Any]):
    pass
