"""Talking as a bot in the admin: say it, see what became of it, change what was said."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse

from bots.saying_forms import AmendForm, SayingForm
from broadcasts.amending import Amendment
from broadcasts.models import Delivery, Saying
from teams.admin.base import HubAdmin, HubForm

# Of one saying; the command's report has all of them.
MOST_LINES = 200
MOST_SENTENCES = 5


@admin.register(Saying)
class SayingAdmin(HubAdmin[Saying]):
    list_display = ("__str__", "whereto", "said_by", "created_at")
    search_fields = ("key__exact", "whereto", "said_by")
    sortable_by = ()
    readonly_fields = ("whereto", "said_by", "key", "created_at")
    add_fieldsets = (
        ("To whom", {"fields": ("recipient", "team")}),
        ("What", {"fields": ("text", "blocks", "nonce")}),
        ("How it shows", {"fields": ("bot", "name", "icon")}),
    )
    change_form_outer_before_template = "admin/bots/saying_before.html"

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def get_form(
        self, request: HttpRequest, obj: Saying | None = None, change: bool = False, **kwargs: Any
    ) -> Any:
        form = HubForm if change else SayingForm
        return super().get_form(request, obj, change, form=form, **kwargs)

    def get_fieldsets(self, request: HttpRequest, obj: Saying | None = None) -> Any:
        return super().get_fieldsets(request, obj) if obj else self.add_fieldsets

    def get_readonly_fields(self, request: HttpRequest, obj: Saying | None = None) -> Any:
        return self.readonly_fields if obj else ()

    def get_fields(self, request: HttpRequest, obj: Saying | None = None) -> Any:
        return self.readonly_fields

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        saying = self.get_object(request, unquote(object_id)) if object_id else None
        buttons = {"show_save_and_continue": False, "show_save_and_add_another": False}
        shown = _shown(saying) if saying else {}
        return super().changeform_view(
            request, object_id, form_url, {**buttons, **shown, **(extra_context or {})}
        )

    def save_form(self, request: HttpRequest, form: Any, change: bool) -> Saying:
        saying: Saying = form.instance if change else form.say(request.user.get_username())
        return saying

    def save_model(self, request: HttpRequest, obj: Saying, form: Any, change: bool) -> None:
        """It is saved with its deliveries, or was said long ago."""

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """As little."""

    def response_add(
        self, request: HttpRequest, obj: Saying, post_url_continue: str | None = None
    ) -> HttpResponseRedirect:
        text = "On its way: what becomes of it shows here."
        self.message_user(request, text, messages.SUCCESS)
        return HttpResponseRedirect(_page_of(obj))

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.amend_view)
        amend = path("<path:object_id>/amend/", view, name="broadcasts_saying_amend")
        return [amend, *super().get_urls()]

    def amend_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Edit it, take it away, or react to it, wherever it was said."""
        saying = self.get_object(request, unquote(object_id))
        if saying is None:
            raise Http404("Nothing of the kind was said.")
        if not self.has_change_permission(request, saying):
            raise PermissionDenied
        form = AmendForm(request.POST or None, initial={"text": saying.content["text"]})
        if request.method == "POST" and form.is_valid():
            self._tell(request, form.amend(saying))
            self.log_change(request, saying, f"Asked to {form.cleaned_data['what']} it.")
            return HttpResponseRedirect(_page_of(saying))
        context = {
            **self.admin_site.each_context(request),
            "opts": self.model._meta,
            "title": f"Change “{saying}”",
            "form": form,
            "media": self.media + form.media,
            "back": _page_of(saying),
        }
        return TemplateResponse(request, "admin/bots/amend.html", context)

    def _tell(self, request: HttpRequest, done: Amendment) -> None:
        if done.changed:
            self.message_user(request, f"Changed: {done.changed}.", messages.SUCCESS)
        for sentence in done.sentences()[:MOST_SENTENCES]:
            self.message_user(request, sentence, messages.WARNING)
        if left := done.left + len(done.refusals):
            text = f"Left as they are: {left}. Ask again in a moment for the rest."
            self.message_user(request, text, messages.WARNING)
        elif not done.changed:
            self.message_user(request, "There was nothing left to change.", messages.INFO)


def _shown(saying: Saying) -> dict[str, Any]:
    counts = saying.counts()
    states = [
        {"state": state, "word": label.partition(":")[0], "count": counts[state]}
        for state, label in Delivery.State.choices
        if counts[state]
    ]
    return {
        "show_save": False,
        "states": states,
        "lines": saying.report(MOST_LINES),
        "more": max(0, counts.total() - MOST_LINES),
    }


def _page_of(saying: Saying) -> str:
    return reverse("admin:broadcasts_saying_change", args=(saying.pk,))
