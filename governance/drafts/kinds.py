"""What a draft's actions can be, and what they come to as one batch of calls."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as lazy
from django_stubs_ext import StrPromise

from .action_forms import ActionForm, AssetForm, Built, CapsForm, Line, PaymentForm, value_form
from .call_forms import CallForm, RawForm
from .power_forms import (
    BonusForm,
    FeaturedForm,
    GuardianForm,
    PauseForm,
    RegistryForm,
    RoleForm,
    SuspensionForm,
)
from .present import Present
from .specs import SPECS

VALUE = "set-"  # before a number's key: each is a kind of its own, so that its slider is there at once


@dataclass(frozen=True)
class Kind:
    """One kind of action: its name in the page, where it stands among the others, and its form."""

    label: StrPromise
    group: StrPromise
    form: type[ActionForm]


PROTOCOL, SETTINGS = lazy("Parameters of the protocol"), lazy("Rules of the DAO")
TREASURY, POWERS, ANY = lazy("Treasury"), lazy("Who may do what"), lazy("Any other call")
KINDS: dict[str, Kind] = {
    "payment": Kind(lazy("Pay from the treasury"), TREASURY, PaymentForm),
    "caps": Kind(lazy("Change the treasury’s caps"), TREASURY, CapsForm),
    "asset": Kind(lazy("Put an asset under the caps"), TREASURY, AssetForm),
    "bonus": Kind(lazy("Fix a bonus epoch"), TREASURY, BonusForm),
    **{
        f"{VALUE}{spec.key}": Kind(spec.name, PROTOCOL if spec.is_parameter else SETTINGS, value_form(spec.key))
        for spec in SPECS
    },
    "role": Kind(lazy("Give or take a role"), POWERS, RoleForm),
    "guardian": Kind(lazy("Appoint the guardian"), POWERS, GuardianForm),
    "pause": Kind(lazy("End or lengthen a pause"), POWERS, PauseForm),
    "featured": Kind(lazy("Feature a listing"), POWERS, FeaturedForm),
    "suspension": Kind(lazy("Suspend a listing for longer"), POWERS, SuspensionForm),
    "registry": Kind(lazy("Name a contract in the registry"), POWERS, RegistryForm),
    "call": Kind(lazy("Call a function of a contract"), ANY, CallForm),
    "raw": Kind(lazy("Raw call data"), ANY, RawForm),
}


@dataclass(frozen=True)
class Step:
    """One action of a draft, in its place: its form as typed, and the call where it is complete.

    ``origin`` is where it stood on the page that was posted; None: nowhere.
    """

    place: int
    name: str
    kind: Kind
    form: ActionForm
    call: Built | None
    lines: list[Line] = field(default_factory=list)
    origin: int | None = None

    @property
    def missing(self) -> list[str]:
        """The labels of what has still to be filled in."""
        return [str(self.form[name].label) for name, faults in self._faults if all(map(_is_missing, faults))]

    @property
    def faults(self) -> list[tuple[str, str]]:
        """What is wrong: a field's label, and a sentence."""
        wrong = [(name, each) for name, faults in self._faults for each in faults if not _is_missing(each)]
        return [(str(self.form[name].label), str(each.messages[0])) for name, each in wrong]

    @property
    def _faults(self) -> list[tuple[str, list[ValidationError]]]:
        return [(name, found) for name, found in self.form.errors.as_data().items() if name in self.form.fields]

    @property
    def is_empty(self) -> bool:
        """Whether nothing was typed yet: what is missing is no fault then."""
        return not any(self.form.data.values())


def _is_missing(fault: ValidationError) -> bool:
    return fault.code == "required"


def steps_of(actions: Sequence[Mapping[str, Any]], present: Present) -> list[Step]:
    """Return a draft's actions, read by their forms."""
    return [_step(place, action, present) for place, action in enumerate(actions) if action["kind"] in KINDS]


def _step(place: int, action: Mapping[str, Any], present: Present) -> Step:
    kind, prefix = KINDS[action["kind"]], f"a{place}"
    data = {f"{prefix}-{name}": value for name, value in action["fields"].items()}
    form = kind.form(data, present=present, prefix=prefix)
    good = form.is_valid()
    return Step(place, action["kind"], kind, form, form.call() if good else None, form.lines() if good else [])


def groups() -> list[tuple[StrPromise, list[tuple[str, StrPromise]]]]:
    """Return the kinds to choose from, by group."""
    found: dict[StrPromise, list[tuple[str, StrPromise]]] = {}
    for name, kind in KINDS.items():
        found.setdefault(kind.group, []).append((name, kind.label))
    return list(found.items())
