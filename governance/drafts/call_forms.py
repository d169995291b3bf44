"""Any other call: a function of a contract that is known by its ABI, with typed arguments, and raw bytes at last."""

from __future__ import annotations

import json
import re
from functools import cache
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from eth_abi.exceptions import EncodingError

from contracts.chain import abi, codec
from contracts.names import COIN, DEMO_DOLLAR
from marketplace.selling.terms_forms import to_address, to_units

from .action_forms import MONO, NUMBER, ActionForm, AddressField, Built

MOST_DATA = 4_000  # characters of raw call data
MOST_JSON = 3_000  # characters of a list or a struct
CHANGE = ("nonpayable", "payable")


class CallForm(ActionForm):
    """A function of one of our contracts; its arguments are fields once it is chosen."""

    function = forms.ChoiceField(label=lazy("Function"), widget=forms.Select(attrs={"data-refresh": ""}))
    about = lazy("Every function of the protocol’s contracts that changes something.")

    def prepare(self) -> None:
        choice = self.fields["function"]
        assert isinstance(choice, forms.ChoiceField)  # noqa: S101  for the type checker
        choice.choices = [("", _("Choose a function")), *functions_of(tuple(sorted(self.present.chain.deployment)))]
        entry = self.entry
        for place, parameter in enumerate(entry["inputs"] if entry else []):
            self.fields[f"arg{place}"] = _argument(parameter, place)
        if entry and entry["stateMutability"] == "payable":
            label = _("Sent along, %(coin)s") % {"coin": self.present.chain.coin}
            self.fields["sent"] = forms.CharField(
                label=label, required=False, max_length=40, widget=forms.TextInput(attrs=NUMBER)
            )

    @property
    def contract(self) -> str:
        """The name of the contract whose function is chosen."""
        return str(self["function"].value() or "").partition(".")[0]

    @property
    def entry(self) -> dict[str, Any] | None:
        """What the ABI says of the function that is chosen."""
        contract, _point, signature = str(self["function"].value() or "").partition(".")
        if contract not in self.present.chain.deployment or contract not in abi.NAMES:
            return None
        return next((each for each in abi.entries(contract, "function") if abi.signature(each) == signature), None)

    def clean(self) -> dict[str, Any]:
        cleaned, entry = self.cleaned_data, self.entry
        if entry is None or self.errors:
            return cleaned
        cleaned["args"] = []
        for place, parameter in enumerate(entry["inputs"]):
            try:
                cleaned["args"].append(read_argument(parameter, cleaned.get(f"arg{place}", "")))
            except forms.ValidationError as error:
                self.add_error(f"arg{place}", error)
        sent = cleaned.get("sent", "")
        try:
            cleaned["wei"] = to_units(sent, self.present.currency("0x" + "0" * 40)) if sent else 0
        except forms.ValidationError as error:
            self.add_error("sent", error)
        if not self.errors:
            self._encode(entry)
        return cleaned

    def _encode(self, entry: dict[str, Any]) -> None:
        try:
            self.cleaned_data["data"] = codec.data_of(entry, self.cleaned_data["args"])
        except (EncodingError, ValueError, TypeError, KeyError, OverflowError, AttributeError):
            self.add_error("function", _("These arguments do not fit the function’s types."))

    def call(self) -> Built:
        target = self.present.chain.deployment[self.contract]
        return Built(target, self.cleaned_data["wei"], self.cleaned_data["data"])


class RawForm(ActionForm):
    """A call of whatever address, with whatever bytes."""

    target = AddressField(label=lazy("Address"), max_length=60)
    sent = forms.CharField(
        label=lazy("Sent along, in the coin"), required=False, max_length=40, widget=forms.TextInput(attrs=NUMBER)
    )
    calldata = forms.CharField(
        label=lazy("Call data"),
        required=False,
        max_length=MOST_DATA,
        widget=forms.Textarea(attrs={**MONO, "rows": 3}),
        help_text=lazy("0x and hexadecimal digits. Voters see these bytes where nobody can read them."),
    )
    about = lazy("Only for what none of the others can say: nobody can check in words what this does.")

    def clean_calldata(self) -> str:
        """Return the bytes as lower-case text."""
        text = "".join(self.cleaned_data["calldata"].split()).lower() or "0x"
        if not re.fullmatch("0x([0-9a-f]{2})*", text):
            raise forms.ValidationError(_("Call data is 0x and an even number of hexadecimal digits."))
        return text

    def clean_sent(self) -> int:
        """Return wei."""
        sent = self.cleaned_data["sent"]
        return to_units(sent, self.present.currency("0x" + "0" * 40)) if sent else 0

    def call(self) -> Built:
        return Built(self.cleaned_data["target"], self.cleaned_data["sent"], self.cleaned_data["calldata"])


@cache
def functions_of(contracts: tuple[str, ...]) -> list[tuple[str, list[tuple[str, str]]]]:
    """Return what can be called of these contracts, by contract; the demo's dollar is nobody's to govern."""
    found = []
    for name in contracts:
        if name in abi.NAMES and name != DEMO_DOLLAR:
            entries = [each for each in abi.entries(name, "function") if each["stateMutability"] in CHANGE]
            found.append((name, [(f"{name}.{abi.signature(each)}", abi.signature(each)) for each in entries]))
    return [(name, sorted(each)) for name, each in found if each]


def read_argument(parameter: dict[str, Any], text: str) -> Any:
    """Return what was typed as a value of the ABI's type. Raises ValidationError with what is expected instead."""
    kind: str = parameter["type"]
    if kind.endswith("]") or kind.startswith("tuple"):
        return _structure(text)
    plain = text.strip()
    if kind == "address":
        # The zero address stands for nobody in many calls.
        return plain if plain == COIN else to_address(plain)
    if kind == "bool":
        return plain == "yes"
    if kind.startswith("bytes"):
        return _bytes(plain, int(kind[5:] or 0))
    return _integer(plain, kind) if "int" in kind else text


def _integer(text: str, kind: str) -> int:
    if not re.fullmatch("-?[0-9]{1,78}", text):
        raise forms.ValidationError(_("This has to be a whole number."))
    bits, number = int(kind.removeprefix("u").removeprefix("int") or 256), int(text)
    least, most = (0, 2**bits - 1) if kind.startswith("u") else (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)
    if not least <= number <= most:
        raise forms.ValidationError(_("That does not fit into %(kind)s.") % {"kind": kind})
    return number


def _bytes(text: str, size: int) -> str:
    digits = f"{{{2 * size}}}" if size else "*"
    # A short word in its place is what contracts name each other by.
    if size and not text.startswith("0x") and len(text.encode()) <= size:
        return codec.word(text)[: 2 + 2 * size]
    if not re.fullmatch(f"0x[0-9a-fA-F]{digits}", text) or len(text) % 2:
        raise forms.ValidationError(_("This has to be 0x and hexadecimal digits, two for each byte."))
    return text.lower()


def _structure(text: str) -> Any:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise forms.ValidationError(_('This has to be JSON, such as ["0x…", 5].')) from error
    if not isinstance(found, (list, dict)):
        raise forms.ValidationError(_("This has to be a list, or an object with the names of the parts."))
    return found


def _argument(parameter: dict[str, Any], place: int) -> forms.Field:
    kind = abi.type_of(parameter)
    label = f"{parameter['name'] or place + 1} ({parameter['type']})"
    if kind == "bool":
        return forms.ChoiceField(label=label, choices=[("no", _("no")), ("yes", _("yes"))])
    if kind.startswith("(") or kind.endswith("]"):
        area = forms.Textarea(attrs={**MONO, "rows": 2})
        return forms.CharField(label=label, max_length=MOST_JSON, widget=area, help_text=f"JSON: {kind}")
    # An empty text, and no bytes at all, are values as good as others.
    needed = kind not in ("string", "bytes")
    return forms.CharField(label=label, max_length=MOST_JSON, required=needed, widget=forms.TextInput(attrs=MONO))
