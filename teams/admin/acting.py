"""Actions: one declaration gives the list its action and the page of one row its button."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any

from django.contrib import messages
from django.contrib.admin import helpers
from django.contrib.admin.utils import model_ngettext, unquote
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse

from teams.admin.base import HubAdmin


@dataclass(frozen=True)
class Outcome:
    """How many changed, and what was said of the others."""

    changed: int
    refusals: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Act:
    """What staff may do to rows; `run` tests the source state and says how many changed."""

    name: str
    label: str
    run: Callable[[Any, datetime], Outcome]
    done: str
    """The verb of what was done, as in "Paused 2 runs."."""
    refused: str = ""
    """The sentence for rows that were left alone."""
    possible: Callable[[Any], bool] = lambda row: True
    """Whether the page of one row offers it."""
    confirm: str = ""
    """What is asked first; empty where nothing is lost by a slip."""
    things: str = ""
    """What `run` counts, where that is not the rows themselves."""


def each[M: Model](rows: Iterable[M], method: Callable[[M], object]) -> Outcome:
    """For acts that a method of the row does; a ValidationError is its refusal."""
    changed = 0
    refusals: list[str] = []
    for row in rows:
        try:
            method(row)
        except ValidationError as error:
            refusals += error.messages
        else:
            changed += 1
    return Outcome(changed, tuple(refusals))


class ActingAdmin[M: Model](HubAdmin[M]):
    """A page with acts; whoever may change a row may act on it."""

    acts: tuple[Act, ...] = ()
    change_form_outer_before_template = "admin/act/buttons.html"

    def get_actions(self, request: HttpRequest, *place: Any) -> dict[str, Any]:
        actions: dict[str, Any] = dict(super().get_actions(request, *place))
        if self.has_change_permission(request):
            for act in self.acts:
                actions[act.name] = (partial(_act_on_selected, act), act.name, act.label)
        return actions

    def get_urls(self) -> list[URLPattern]:
        model = self.model._meta
        view = self.admin_site.admin_view(self.act_view)
        name = f"{model.app_label}_{model.model_name}_act"
        return [path("<path:object_id>/act/<slug:act_name>/", view, name=name), *super().get_urls()]

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        row = self.get_object(request, unquote(object_id))
        context = {"act_buttons": self._buttons(request, row)} if row else {}
        return super().change_view(
            request, object_id, form_url, {**context, **(extra_context or {})}
        )

    def act_view(self, request: HttpRequest, object_id: str, act_name: str) -> HttpResponse:
        """POST acts on one row; GET asks first."""
        act = next((act for act in self.acts if act.name == act_name), None)
        row = self.get_object(request, unquote(object_id))
        if act is None or row is None:
            raise Http404("There is no such row or action.")
        if not self.has_change_permission(request, row):
            raise PermissionDenied
        back = self._address("change", row)
        if request.method != "POST":
            return self.confirmation(request, act, rows=[row], back=back)
        self.act(request, act, self.model._default_manager.filter(pk=row.pk))
        return HttpResponseRedirect(back)

    def _buttons(self, request: HttpRequest, row: M) -> list[dict[str, Any]]:
        if not self.has_change_permission(request, row):
            return []
        return [
            {"act": act, "address": self._address("act", row, act.name)}
            for act in self.acts
            if act.possible(row)
        ]

    def _address(self, page: str, row: M, *more: str) -> str:
        model = self.model._meta
        return reverse(f"admin:{model.app_label}_{model.model_name}_{page}", args=(row.pk, *more))

    def confirmation(
        self, request: HttpRequest, act: Act, *, rows: Iterable[M], back: str
    ) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "opts": self.model._meta,
            "title": act.label,
            "act": act,
            "rows": rows,
            "back": back,
            "checkbox": helpers.ACTION_CHECKBOX_NAME,
            "is_list": isinstance(rows, QuerySet),
            "select_across": request.POST.get("select_across", "0"),
        }
        return TemplateResponse(request, "admin/act/confirmation.html", context)

    def act(self, request: HttpRequest, act: Act, rows: QuerySet[M]) -> None:
        touched = list(rows)
        outcome = act.run(rows, datetime.now(UTC))
        if outcome.changed:
            for row in touched:
                self.log_change(request, row, act.label)
            things = act.things or model_ngettext(self.model._meta, outcome.changed)
            self.message_user(request, f"{act.done} {outcome.changed} {things}.", messages.SUCCESS)
        refusals = outcome.refusals
        if not refusals and act.refused:
            is_short = not outcome.changed if act.things else outcome.changed < len(touched)
            refusals = (act.refused,) if is_short else ()
        for sentence in refusals:
            self.message_user(request, sentence, messages.WARNING)


def _act_on_selected[M: Model](
    act: Act, admin: ActingAdmin[M], request: HttpRequest, selected: QuerySet[M]
) -> HttpResponse | None:
    """The action of the list; Django calls it with the page's admin."""
    if act.confirm and "confirmed" not in request.POST:
        return admin.confirmation(request, act, rows=selected, back=request.get_full_path())
    # A list's query carries annotations that an UPDATE cannot.
    chosen = selected.order_by().values("pk")
    admin.act(request, act, admin.model._default_manager.filter(pk__in=chosen))
    return None
