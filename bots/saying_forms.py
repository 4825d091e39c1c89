"""What staff fill in to talk as a bot, and to change what was said."""

import json
import uuid
from hashlib import blake2b
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import AutocompleteSelect
from unfold.widgets import (
    UnfoldAdminAutocompleteWidget,
    UnfoldAdminRadioSelectWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from bots.models import Bot
from broadcasts import amending
from broadcasts.admin.messages import BlocksField
from broadcasts.models import Delivery, Saying
from broadcasts.saying import Manner, NotSaidError, checked, content_of, say_everywhere, say_one
from teams.admin.base import HubForm
from teams.admin.pickers import RecipientPicker
from teams.models import Recipient, Team


class TeamPicker(
    UnfoldAdminAutocompleteWidget,  # type: ignore[misc]
    AutocompleteSelect,
):
    """One team, typed for."""

    def __init__(self) -> None:
        AutocompleteSelect.__init__(self, Delivery._meta.get_field("team"), admin.site)


class SayingForm(HubForm[Saying]):
    recipient = forms.ModelChoiceField(
        Recipient.objects.select_related("team").filter(team__state=Team.State.CONNECTED),
        label="One person or channel",
        required=False,
        help_text="Type a name; the bot of their team says it.",
    )
    team = forms.ModelChoiceField(
        Team.objects.connected(),
        label="Or all channels of",
        required=False,
        help_text="Every channel of this team that the bot is in.",
    )
    bot = forms.ModelChoiceField(
        Bot.objects.filter(enabled=True),
        required=False,
        widget=UnfoldAdminSelectWidget(),
        help_text="Under its shown name and icon. Empty: as the app itself.",
    )
    text = forms.CharField(
        required=False,
        widget=UnfoldAdminTextareaWidget(),
        help_text="Slack's mrkdwn. Also what notifications show and screen readers read.",
    )
    blocks = BlocksField(
        required=False, widget=UnfoldAdminTextareaWidget(), help_text="A list of Block Kit blocks."
    )
    name = forms.CharField(
        label="Sender name",
        required=False,
        max_length=80,
        widget=UnfoldAdminTextInputWidget(),
        help_text="In the place of the bot's own; needs chat:write.customize.",
    )
    icon = forms.CharField(
        label="Sender icon",
        required=False,
        max_length=255,
        widget=UnfoldAdminTextInputWidget(),
        help_text="An emoji such as :tada: or an https image address.",
    )
    nonce = forms.CharField(widget=forms.HiddenInput, max_length=64)

    class Meta:
        model = Saying
        fields = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        pickers = {
            "recipient": RecipientPicker(Delivery._meta.get_field("recipient")),
            "team": TeamPicker(),
        }
        for name, picker in pickers.items():
            field = self.fields[name]
            assert isinstance(field, forms.ModelChoiceField)
            field.widget = picker
            picker.choices = field.choices
        self.fields["nonce"].initial = uuid.uuid4().hex

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        recipient, team = cleaned.get("recipient"), cleaned.get("team")
        if not self.errors and bool(recipient) == bool(team):
            self.add_error("recipient", "Choose a person, a channel or a team: one of them.")
        elif recipient and not recipient.is_reachable:
            self.add_error("recipient", "Not to be written to: a bot, gone or opted out.")
        elif team and not team.recipients.reachable().joined().exists():
            self.add_error("team", "The bot is in no channel there.")
        if not self.errors:
            self._check_bot(cleaned)
        if not self.errors:
            self._check_content(cleaned)
        return cleaned

    def say(self, said_by: str) -> Saying:
        """Once, however often the button is pressed."""
        cleaned = self.cleaned_data
        manner = self._manner(cleaned) | Manner(said_by=said_by, key=self._key(cleaned))
        if cleaned["team"]:
            return say_everywhere([cleaned["team"]], cleaned["text"], **manner)
        return say_one(cleaned["recipient"], cleaned["text"], **manner)

    def _key(self, cleaned: dict[str, Any]) -> str:
        """Another one for anything else: a browser that goes back to the page keeps the nonce."""
        place = [getattr(cleaned[name], "pk", None) for name in ("recipient", "team")]
        manner = self._manner(cleaned)
        typed = json.dumps([cleaned["nonce"], place, cleaned["text"], manner], sort_keys=True)
        return blake2b(typed.encode(), digest_size=16).hexdigest()

    def _check_bot(self, cleaned: dict[str, Any]) -> None:
        bot, recipient = cleaned["bot"], cleaned["recipient"]
        team = recipient.team if recipient else cleaned["team"]
        if bot and not bot.served().filter(pk=team.pk).exists():
            self.add_error("bot", f"{bot} does not serve {team}.")

    def _check_content(self, cleaned: dict[str, Any]) -> None:
        try:
            content_of(cleaned["text"], self._manner(cleaned))
        except NotSaidError as error:
            self.add_error(None, str(error))

    def _manner(self, cleaned: dict[str, Any]) -> Manner:
        """The bot's; what is typed for this one message wins."""
        manner: Manner = cleaned["bot"].manner if cleaned["bot"] else {}
        typed: Manner = {"name": cleaned["name"], "icon": cleaned["icon"]}
        for key in ("name", "icon"):
            if typed[key]:
                manner[key] = typed[key]
        manner["blocks"] = cleaned["blocks"]
        return manner


class AmendForm(forms.Form):
    what = forms.ChoiceField(
        label="What to do",
        choices=(
            ("edit", "Put this text in its place"),
            ("delete", "Take it away, and do not say it where it still waits"),
            ("react", "Put this emoji under it"),
        ),
        initial="edit",
        widget=UnfoldAdminRadioSelectWidget(),
    )
    text = forms.CharField(required=False, widget=UnfoldAdminTextareaWidget())
    emoji = forms.CharField(
        required=False,
        max_length=100,
        widget=UnfoldAdminTextInputWidget(),
        help_text="Its name, such as tada.",
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("what") == "react" and not cleaned["emoji"].strip(": "):
            self.add_error("emoji", "Name an emoji.")
        if cleaned.get("what") == "edit":
            try:
                checked(cleaned["text"], None)
            except NotSaidError as error:
                self.add_error("text", str(error))
        return cleaned

    def amend(self, saying: Saying) -> amending.Amendment:
        cleaned = self.cleaned_data
        if cleaned["what"] == "edit":
            return amending.update(saying, cleaned["text"])
        if cleaned["what"] == "react":
            return amending.react(saying, cleaned["emoji"])
        return amending.delete(saying)
