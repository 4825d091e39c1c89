"""What every page of the admin builds on: unfold's classes, typed, and pages of mere facts."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, cast

from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from unfold.decorators import display

if TYPE_CHECKING:
    # unfold carries no types; its classes extend these.
    from django.contrib.admin import ModelAdmin as HubAdmin
    from django.forms import ModelForm as HubForm
else:
    from django.forms import ModelForm
    from unfold.admin import ModelAdmin

    class HubAdmin(ModelAdmin):
        """unfold's page of a model, which Django's stubs call HubAdmin[Model]."""

        def __class_getitem__(cls, model: object) -> type:
            return cls

    class HubForm(ModelForm):
        def __class_getitem__(cls, model: object) -> type:
            return cls


__all__ = ["FactsAdmin", "HubAdmin", "HubForm", "state_label"]


def state_label[F: Callable[..., Any]](colours: Mapping[str, str]) -> Callable[[F], F]:
    """For a column that returns (state, word): the word stands on the colour of its state."""
    decorator = display(description="state", ordering="state", label=dict(colours))
    return cast("Callable[[F], F]", decorator)


class FactsAdmin[M: Model](HubAdmin[M]):
    """Rows that the hub writes: to be looked at and acted on, never typed into."""

    def get_readonly_fields(self, request: HttpRequest, obj: M | None = None) -> Any:
        return self.fields or [field.name for field in self.model._meta.fields]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: M | None = None) -> bool:
        return False

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        buttons = {"show_save": False, "show_save_and_continue": False}
        return super().changeform_view(
            request, object_id, form_url, {**buttons, **(extra_context or {})}
        )
