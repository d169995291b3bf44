"""The forms for who may do what: roles, the guardian, pauses, suspensions, names, featured listings, bonus epochs."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from common.forms import LineField
from contracts.chain import codec
from contracts.chain.permissions import MANAGER
from contracts.currencies import short_address
from contracts.models import PAUSED_UNTIL
from contracts.names import BONUS_POOL, COIN, GUARD, MARKET, PARAMETERS
from contracts.roles import roles_of
from marketplace.listings.models import Listing
from marketplace.listings.versions import Adoption
from marketplace.onchain.models.listings import OnchainListing

from .action_forms import MONO, ActionForm, AddressField, Built, Line

LONGEST_MANDATE = timedelta(days=365)
BYTES32 = re.compile("0x[0-9a-fA-F]{64}")
MOST_NAME, MOST_CID = 32, 100  # bytes
YES_NO = [("yes", lazy("yes")), ("no", lazy("no"))]


class MomentField(forms.DateTimeField):
    """A time in UTC, to the minute; cleans to seconds since 1970."""

    widget = forms.DateTimeInput(attrs={"type": "datetime-local", "step": "60"})
    input_formats = ("%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M")

    def clean(self, value: Any) -> Any:
        moment = super().clean(value)
        return int(moment.astimezone(UTC).timestamp()) if moment else 0


class HashField(forms.CharField):
    """32 bytes; cleans to lower case."""

    widget = forms.TextInput(attrs=MONO)

    def clean(self, value: Any) -> str:
        text = str(super().clean(value)).strip()
        if not BYTES32.fullmatch(text) or not int(text, 16):
            raise forms.ValidationError(_("This has to be 0x and 64 hexadecimal digits, not all of them zero."))
        return text.lower()


class ListingField(LineField):
    """A model on sale by its name ``owner/model``, its page's address, or its id on chain; cleans to the id."""

    def clean(self, value: Any) -> str:
        text = str(super().clean(value))
        if BYTES32.fullmatch(text):
            return text.lower()
        # A pasted address of a page ends in the name.
        name = "/".join(text.rstrip("/").split("/")[-2:])
        found = Adoption.objects.filter(listing__in=Listing.objects.named(name), chain__short_name=settings.HOME_CHAIN)
        adopted = found.first()
        if adopted is None:
            raise forms.ValidationError(_("No model that is listed on chain has this name or address."))
        return adopted.model_id


class RoleForm(ActionForm):
    """A role of the protocol, given or taken; the administration's own is left to the contract call."""

    given = forms.ChoiceField(label=lazy("Do what"), choices=[("yes", lazy("give")), ("no", lazy("take away"))])
    role = forms.ChoiceField(label=lazy("Role"))
    account = AddressField(label=lazy("Account"), max_length=60)
    about = lazy("Moderators suspend listings and rule on disputes, settlers charge for calls, keepers anchor.")

    def prepare(self) -> None:
        choice = self.fields["role"]
        assert isinstance(choice, forms.ChoiceField)  # noqa: S101  for the type checker
        roles = roles_of(self.present.chain.deployment)
        choice.choices = [(str(role.id), label.capitalize()) for label, role in roles.items()]

    def call(self) -> Built:
        said = self.cleaned_data
        if said["given"] == "yes":
            return self.ours(MANAGER, "grantRole", int(said["role"]), said["account"], 0)
        return self.ours(MANAGER, "revokeRole", int(said["role"]), said["account"])


class GuardianForm(ActionForm):
    """Who may stop proposals and pause the market, and until when."""

    member = AddressField(label=lazy("Member"), max_length=60)
    until = MomentField(label=lazy("Mandate until, UTC"), help_text=lazy("At most 365 days after the execution."))
    about = lazy("The guardian can cancel proposals and pause the market, until its mandate ends.")

    def clean_until(self) -> int:
        """Return the end, which lies ahead, and no further than the contract takes it."""
        until: int = self.cleaned_data["until"]
        now = self.present.now
        if not now.timestamp() < until <= (now + LONGEST_MANDATE).timestamp():
            raise forms.ValidationError(_("A mandate ends after today, and within 365 days."))
        return until

    def call(self) -> Built:
        return self.ours(GUARD, "appoint", self.cleaned_data["member"], self.cleaned_data["until"])

    def lines(self) -> list[Line]:
        found, said = self.present.records.mandate(), self.cleaned_data
        member, end = found or ("", 0)
        return [
            Line(_("Member"), short_address(member) if member else "", short_address(said["member"])),
            Line(_("Mandate until"), _moment(end) if end else "", _moment(said["until"])),
        ]


class PauseForm(ActionForm):
    """A pause of the market that goes on, or ends."""

    what = forms.ChoiceField(
        label=lazy("Do what"), choices=[("end", lazy("end the pause")), ("until", lazy("pause until a time"))]
    )
    until = MomentField(label=lazy("Until, UTC"), required=False)
    about = lazy("Stops listing, sales, ratings and charges; never payouts, refunds or transfers.")

    def clean(self) -> dict[str, Any]:
        cleaned = self.cleaned_data
        if cleaned.get("what") == "until" and cleaned.get("until", 1) <= self.present.now.timestamp():
            self.add_error("until", _("Say until when; that lies ahead."))
        return cleaned

    def call(self) -> Built:
        # The contract takes a time that is over as the end.
        until = self.cleaned_data["until"] if self.cleaned_data["what"] == "until" else 0
        return self.ours(PARAMETERS, "setPause", until)

    def lines(self) -> list[Line]:
        paused = self.present.records.parameter(PAUSED_UNTIL) or 0
        now = _moment(paused) if paused > self.present.now.timestamp() else _("not paused")
        ends = self.cleaned_data["what"] == "end"
        return [Line(_("Market"), now, _("not paused") if ends else _moment(self.cleaned_data["until"]))]


class FeaturedForm(ActionForm):
    """A listing that is put before others, or no longer."""

    model = ListingField(
        label=lazy("Model"), max_length=300, help_text=lazy("Its name, its page’s address, or its id on chain.")
    )
    featured = forms.ChoiceField(label=lazy("Featured"), choices=YES_NO)
    about = lazy("A mark on chain that applications may show.")

    def call(self) -> Built:
        return self.ours(MARKET, "setFeatured", self.cleaned_data["model"], self.cleaned_data["featured"] == "yes")


class SuspensionForm(ActionForm):
    """A suspension for longer than moderators may, or its end."""

    model = ListingField(
        label=lazy("Model"), max_length=300, help_text=lazy("Its name, its page’s address, or its id on chain.")
    )
    what = forms.ChoiceField(
        label=lazy("Do what"), choices=[("until", lazy("suspend until a time")), ("end", lazy("end the suspension"))]
    )
    until = MomentField(label=lazy("Until, UTC"), required=False)
    about = lazy("Stops sales, never payouts, refunds or transfers. Moderators can do so for 30 days at most.")

    def clean(self) -> dict[str, Any]:
        cleaned = self.cleaned_data
        if cleaned.get("what") == "until" and cleaned.get("until", 1) <= self.present.now.timestamp():
            self.add_error("until", _("Say until when; that lies ahead."))
        return cleaned

    def call(self) -> Built:
        until = self.cleaned_data["until"] if self.cleaned_data["what"] == "until" else 0
        return self.ours(MARKET, "setSuspension", self.cleaned_data["model"], until)

    def lines(self) -> list[Line]:
        found = OnchainListing.objects.filter(chain=self.present.chain, model_id=self.cleaned_data["model"]).first()
        if found is None:
            return []
        ends = self.cleaned_data["what"] == "end"
        now = str(found.state_at(self.present.now).label)
        return [Line(_("Listing"), now, _("as its seller set it") if ends else _moment(self.cleaned_data["until"]))]


class RegistryForm(ActionForm):
    """The contract that a name stands for."""

    name = forms.CharField(label=lazy("Name"), max_length=MOST_NAME)
    current = AddressField(
        label=lazy("Contract"), max_length=60, required=False, help_text=lazy("Empty: the name stands for none.")
    )
    about = lazy("Where applications find the contracts. A contract that is replaced keeps what it holds.")

    def clean_name(self) -> str:
        """Return the name, which fits into 32 bytes."""
        name: str = self.cleaned_data["name"]
        if len(name.encode()) > MOST_NAME:
            raise forms.ValidationError(_("A name has at most 32 bytes."))
        return name

    def clean(self) -> dict[str, Any]:
        cleaned = self.cleaned_data
        if "name" in cleaned and cleaned.get("current", "") == self._now(cleaned["name"]):
            self.add_error("current", _("The name stands for that already."))
        return cleaned

    def _now(self, name: str) -> str:
        found = self.present.records.registered(codec.word(name))
        return "" if found == COIN else found

    def call(self) -> Built:
        said = self.cleaned_data
        return self.ours("Registry", "register", codec.word(said["name"]), said["current"] or COIN)

    def lines(self) -> list[Line]:
        now, then = self._now(self.cleaned_data["name"]), self.cleaned_data["current"]
        said = (short_address(each) if each else _("nothing") for each in (now, then))
        return [Line(self.cleaned_data["name"], *said)]


class BonusForm(ActionForm):
    """The root of a bonus epoch, which fixes who may claim how much."""

    epoch = forms.IntegerField(label=lazy("Epoch"), min_value=0, max_value=2**64 - 1)
    root = HashField(label=lazy("Merkle root"), max_length=80)
    cid = forms.CharField(label=lazy("CID of the list"), max_length=MOST_CID, widget=forms.TextInput(attrs=MONO))
    about = lazy("A root is fixed once. The list behind it has to be public, so that anybody can compute it again.")

    def call(self) -> Built:
        said = self.cleaned_data
        return self.ours(BONUS_POOL, "setRoot", said["epoch"], said["root"], said["cid"])


def _moment(seconds: int) -> str:
    return _("%(when)s UTC") % {"when": date_format(datetime.fromtimestamp(seconds, UTC), "j M Y, H:i")}
