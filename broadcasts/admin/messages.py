"""Messages: what is said, checked as it is saved, and tried on one person first."""

import json
import uuid
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db import models
from django.forms.models import model_to_dict
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html, format_html_join

from broadcasts.buttons import TRIAL
from broadcasts.models import Delivery, Message
from broadcasts.posting import post
from broadcasts.rendering import VARIABLES, RenderError, variables_of
from broadcasts.sending.composing import arguments_of
from broadcasts.tasks import wake_senders
from teams.admin.base import HubAdmin
from teams.admin.pickers import RecipientPicker
from teams.models import Recipient

_VARIABLES_HELP = format_html(
    "<p>Variables, filled in for each recipient:</p><ul class='hub-list'>{}</ul>"
    "<p>Give a word for when one is empty: "
    "<code>{{{{ first_name | default: &quot;there&quot; }}}}</code>.</p>",
    format_html_join("", "<li><code>{}</code>: {}</li>", VARIABLES.items()),
)


class SendToForm(forms.Form):
    recipient = forms.ModelChoiceField(
        Recipient.objects.select_related("team").filter(team__state="connected"),
        help_text="Yourself, in the workspace where you want to see it; type a name.",
    )
    nonce = forms.CharField(widget=forms.HiddenInput, max_length=64)

    def __init__(self, *args: Any, message: Message, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.message = message
        self.arguments: dict[str, Any] = {}
        field = self.fields["recipient"]
        assert isinstance(field, forms.ModelChoiceField)
        field.widget = RecipientPicker(Delivery._meta.get_field("recipient"))
        field.widget.choices = field.choices
        self.fields["nonce"].initial = uuid.uuid4().hex

    def clean_recipient(self) -> Recipient:
        recipient: Recipient = self.cleaned_data["recipient"]
        if not recipient.is_reachable:
            raise forms.ValidationError("This one cannot be written to: bot, gone or opted out.")
        values = variables_of(model_to_dict(recipient), team=recipient.team.name)
        try:
            self.arguments = arguments_of(
                self.message.content(), values, broadcast=TRIAL, recipient=recipient.pk
            )
        except RenderError as error:
            raise forms.ValidationError(error.sentence) from error
        return recipient

    def send(self) -> Delivery:
        """One row in the ledger, however often the button is pressed."""
        recipient: Recipient = self.cleaned_data["recipient"]
        delivery = post(
            recipient.team,
            key=f"try:{self.message.pk}:{recipient.pk}:{self.cleaned_data['nonce']}",
            slack_id=recipient.slack_id,
            **self.arguments,
        )
        wake_senders.delay_on_commit()  # type: ignore[attr-defined]
        return delivery


class BlocksField(forms.JSONField):
    """Shown as somebody would write it, and empty where there are none."""

    def bound_data(self, data: Any, initial: Any) -> Any:
        """What was refused comes back as it was typed."""
        return data

    def prepare_value(self, value: Any) -> Any:
        if value is None or isinstance(value, str):
            return value or ""
        return json.dumps(value, indent=2, ensure_ascii=False)


@admin.register(Message)
class MessageAdmin(HubAdmin[Message]):
    formfield_overrides = {models.JSONField: {"form_class": BlocksField}}
    list_display = ("name", "start_of_text", "offers_opt_out", "updated_at")
    search_fields = ("name", "text")
    fieldsets = (
        (None, {"fields": ("name", "text", "blocks"), "description": _VARIABLES_HELP}),
        ("How it shows", {"fields": ("offers_opt_out", "sender_name", "sender_icon")}),
    )
    change_form_outer_before_template = "admin/broadcasts/message_before.html"

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.send_to_view)
        return [
            path("<path:object_id>/send-to/", view, name="broadcasts_message_send_to"),
            *super().get_urls(),
        ]

    def send_to_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Choose a person; the message goes to them alone, through the ledger like any other."""
        message = self.get_object(request, unquote(object_id))
        if message is None:
            raise Http404("There is no such message.")
        if not self.has_change_permission(request, message):
            raise PermissionDenied
        form = SendToForm(request.POST or None, message=message)
        if request.method == "POST" and form.is_valid():
            delivery = form.send()
            self.log_change(request, message, f"Sent to {delivery.slack_id} to try it.")
            text = f"On its way to {form.cleaned_data['recipient']}: its outcome shows here."
            self.message_user(request, text, messages.SUCCESS)
            return HttpResponseRedirect(
                reverse("admin:broadcasts_delivery_change", args=(delivery.pk,))
            )
        context = {
            **self.admin_site.each_context(request),
            "opts": self.model._meta,
            "title": f"Send “{message}” to one person",
            "form": form,
            "media": self.media + form.media,
            "back": reverse("admin:broadcasts_message_change", args=(message.pk,)),
        }
        return TemplateResponse(request, "admin/broadcasts/send_to.html", context)

    @admin.display(description="text")
    def start_of_text(self, message: Message) -> str:
        text = message.text or "(blocks only)"
        return text if len(text) <= 80 else f"{text[:80]}…"
