"""The forms by which an action is built. What is typed is kept as it was, complete or not; each becomes one call."""

from __future__ import annotations

from abc import ABCMeta, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from django import forms
from django.forms.forms import DeclarativeFieldsMetaclass
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django_stubs_ext import StrOrPromise

from common.money import format_units
from contracts.chain import codec
from contracts.currencies import ERC20
from contracts.names import COIN, TREASURY
from governance.rules.definitions import BY_KEY as DEFINED
from marketplace.selling.terms_forms import PercentField, to_address, to_units

from .present import Holding, Present
from .specs import BY_KEY, Spec

MOST_TYPED = 4_000  # characters of one field
NUMBER = {"inputmode": "decimal", "autocomplete": "off"}
MONO = {"class": "mono", "autocomplete": "off", "spellcheck": "false"}


@dataclass(frozen=True)
class Built:
    """A call as a proposal names it: 0x text and wei."""

    target: str
    value: int
    data: str


@dataclass(frozen=True)
class Line:
    """One thing that an action changes: as it stands, and as it would."""

    label: str
    now: str
    then: str


class AddressField(forms.CharField):
    """An account or a contract; cleans to lower case."""

    widget = forms.TextInput(attrs=MONO)

    def clean(self, value: Any) -> str:
        text = super().clean(value)
        return to_address(text) if text else ""


class AbstractForms(DeclarativeFieldsMetaclass, ABCMeta):
    """Forms with abstract methods: who leaves one out cannot be made."""


class ActionForm(forms.Form, metaclass=AbstractForms):
    """One action. ``call`` and ``lines`` want a valid form."""

    use_required_attribute = False  # half an action is kept as well
    slider: ClassVar[bool] = False
    about: ClassVar[StrOrPromise] = ""

    def __init__(self, data: Mapping[str, Any], *, present: Present, prefix: str = "") -> None:
        super().__init__(data, prefix=prefix)
        self.present = present
        self.prepare()

    def prepare(self) -> None:
        """Give fields what they can be chosen from."""

    @abstractmethod
    def call(self) -> Built:
        """Return the action as a call."""

    def lines(self) -> list[Line]:
        """Return what it changes; nothing where its sentence says it all."""
        return []

    def ours(self, contract: str, function: str, *args: Any) -> Built:
        """Return a call of one of our contracts."""
        target = self.present.chain.deployment[contract]
        return Built(target, 0, codec.call_data(contract, function, list(args)))


class ValueForm(ActionForm):
    """Another value for a parameter of the protocol, or a setting of the DAO."""

    slider = True
    value = forms.CharField(max_length=40, widget=forms.TextInput(attrs=NUMBER))
    spec: Spec

    def prepare(self) -> None:
        coin = self.present.chain.coin
        self.fields["value"].label = _("New value, %(unit)s") % {"unit": self.spec.word(coin)}
        words = {"now": self.now_text, "bounds": self.spec.bounds(coin)}
        said = _("It is %(now)s now. Bounds in the contract: %(bounds)s.") if self.now_text else "%(bounds)s"
        self.fields["value"].help_text = said % words

    @property
    def now(self) -> int | None:
        """The value that holds."""
        return self.present.value(self.spec)

    @property
    def now_text(self) -> str:
        """The same with its unit."""
        return "" if self.now is None else self.spec.text(self.now, self.present.chain.coin)

    @property
    def range(self) -> dict[str, str]:
        """The slider's ends, step and place."""
        unit = self.spec.unit
        ends = {"min": unit.typed(self.spec.least), "max": unit.typed(self.spec.most), "step": unit.step}
        typed = str(self["value"].value() or "")
        return {**ends, "value": typed or (unit.typed(self.now) if self.now is not None else "")}

    def clean_value(self) -> int:
        """Return the value in the contract's units, inside its bounds."""
        value, coin = self.spec.unit.read(self.cleaned_data["value"]), self.present.chain.coin
        if not self.spec.least <= value <= self.spec.most:
            words = {"value": self.spec.text(value, coin), "bounds": self.spec.bounds(coin)}
            raise forms.ValidationError(_("%(value)s is outside the bounds in the contract, %(bounds)s.") % words)
        if value == self.now:
            raise forms.ValidationError(_("That is the value that holds already."))
        self._check_others(value)
        return value

    def _check_others(self, value: int) -> None:
        """Refuse what other numbers, as they stand, make the contract refuse."""
        values = {key: self.present.setting(key) or 0 for key in SHARES} if self.spec.key in SHARES else {}
        if values:
            fee, *parts = (value if key == self.spec.key else values[key] for key in SHARES)
            if sum(parts) > fee * 90 // 100:
                raise forms.ValidationError(
                    _("Referrers, stakers and the bonus pool together can have at most 90 per cent of the fee.")
                )
        late, period = "LateQuorumVoteExtensionSet", "VotingPeriodSet"
        if self.spec.key == late and value > (self.present.setting(period) or value):
            raise forms.ValidationError(_("The extension cannot be longer than the voting period."))
        if self.spec.key == period and value < (self.present.setting(late) or 0):
            raise forms.ValidationError(_("The voting period cannot be shorter than the extension for a late quorum."))

    def call(self) -> Built:
        args = [codec.word(self.spec.key)] if self.spec.is_parameter else []
        return self.ours(self.spec.contract, self.spec.function, *args, self.cleaned_data["value"])

    def lines(self) -> list[Line]:
        coin = self.present.chain.coin
        return [Line(str(self.spec.name), self.now_text, self.spec.text(self.cleaned_data["value"], coin))]


SHARES = ("feeBps", "referralBps", "stakersBps", "bonusCapBps")  # the first is what the others are parts of


def value_form(key: str) -> type[ValueForm]:
    """Return the form for the number with this key."""
    spec = BY_KEY[key]
    return type("ValueForm", (ValueForm,), {"spec": spec, "about": spec.meaning})


class PaymentForm(ActionForm):
    """A payment from the treasury, in the coin or in a token."""

    asset = forms.ChoiceField(label=lazy("Asset"))
    amount = forms.CharField(label=lazy("Amount"), max_length=60, widget=forms.TextInput(attrs=NUMBER))
    recipient = AddressField(label=lazy("Recipient"), max_length=60)
    about = lazy("Out of the treasury, within its caps.")

    def prepare(self) -> None:
        choice = self.fields["asset"]
        assert isinstance(choice, forms.ChoiceField)  # noqa: S101  for the type checker
        choice.choices = [(each.token, self.present.currency(each.token).symbol) for each in self._holdings]

    @property
    def _holdings(self) -> list[Holding]:
        return self.present.holdings or [Holding(COIN, 0, None)]

    @property
    def holding(self) -> Holding | None:
        """What the treasury has of the asset that is chosen; None where the chain does not answer."""
        chosen = str(self["asset"].value() or COIN)
        return next((each for each in self.present.holdings or [] if each.token == chosen), None)

    @property
    def room(self) -> str:
        """What the treasury has, and what one proposal may take of it now."""
        holding = self.holding
        if holding is None:
            return _("The chain does not answer, so the cap is checked when you propose.")
        currency = self.present.currency(holding.token)
        words = {"balance": currency.brief_text(holding.balance)}
        if holding.most is None:
            return _("The treasury has %(balance)s. No cap holds for this asset.") % words
        words["most"] = currency.brief_text(holding.most)
        return _("The treasury has %(balance)s; one proposal can take %(most)s now.") % words

    def clean(self) -> dict[str, Any]:
        cleaned = self.cleaned_data
        if "asset" not in cleaned or "amount" not in cleaned:
            return cleaned
        currency = self.present.currency(cleaned["asset"])
        try:
            cleaned["amount"] = to_units(cleaned["amount"], currency)
        except forms.ValidationError as error:
            self.add_error("amount", error)
            return cleaned
        holding = self.holding
        if not cleaned["amount"]:
            self.add_error("amount", _("The amount has to be more than zero."))
        elif holding and cleaned["amount"] > (holding.balance if holding.most is None else holding.most):
            self.add_error("amount", _("That is more than one proposal can take now. %(room)s") % {"room": self.room})
        return cleaned

    def clean_recipient(self) -> str:
        """Return the recipient, which is not one of those that would only lose it."""
        recipient: str = self.cleaned_data["recipient"]
        if recipient == self.present.chain.deployment[TREASURY]:
            raise forms.ValidationError(_("That is the treasury itself."))
        return recipient

    def call(self) -> Built:
        said = self.cleaned_data
        if said["asset"] == COIN:
            return Built(said["recipient"], said["amount"], "0x")
        return Built(said["asset"], 0, codec.call_data(ERC20, "transfer", [said["recipient"], said["amount"]]))


class CapsForm(ActionForm):
    """What one proposal, and thirty days, may take of each asset."""

    batch = PercentField(label=lazy("Of an asset, one proposal, %"), help_text=lazy("1 % to 10 %"), max_length=8)
    month = PercentField(label=lazy("Of an asset, 30 days, %"), help_text=lazy("2 % to 20 %"), max_length=8)
    about = lazy("How much of an asset can leave the treasury.")
    BOUNDS: ClassVar = {name: DEFINED[f"{name}Cap"] for name in ("batch", "month")}

    def clean(self) -> dict[str, Any]:
        for name, known in self.BOUNDS.items():
            if name in self.cleaned_data and not known.least <= self.cleaned_data[name] <= known.most:
                self.add_error(name, _("That is outside the bounds in the contract."))
        return self.cleaned_data

    def call(self) -> Built:
        return self.ours(TREASURY, "setCaps", self.cleaned_data["batch"], self.cleaned_data["month"])

    def lines(self) -> list[Line]:
        caps, said = self.present.caps, self.cleaned_data
        now = ["", ""] if caps is None else [_percent(caps.batch_bps), _percent(caps.month_bps)]
        return [
            Line(_("One proposal"), now[0], _percent(said["batch"])),
            Line(_("Thirty days"), now[1], _percent(said["month"])),
        ]


class AssetForm(ActionForm):
    """A token that the treasury's caps hold for, or do no longer."""

    token = AddressField(label=lazy("Token"), max_length=60)
    listed = forms.ChoiceField(
        label=lazy("From then on"),
        choices=[("yes", lazy("the caps hold for it")), ("no", lazy("the caps do not hold for it"))],
    )
    about = lazy("Assets without a cap can be spent by one proposal whole.")

    def call(self) -> Built:
        name = "listAsset" if self.cleaned_data["listed"] == "yes" else "unlistAsset"
        return self.ours(TREASURY, name, self.cleaned_data["token"])


def _percent(bps: int) -> str:
    return f"{format_units(bps, 2)} %"
