"""Who paid what to whom: rows of a table, with their amounts under one another by the decimal point."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from accounts.addresses import checksum
from contracts.chain.mined import Mined
from contracts.currencies import Currency, currency_of, short_address
from contracts.models import Chain
from contracts.names import COIN, MARKET


@dataclass(frozen=True)
class Party:
    """Somebody, or a contract, by the name that the page has for them; no ``address`` where nobody knows it.

    ``is_protocol``: what they get is the protocol's, whose picture is the slice.
    """

    name: str = ""
    address: str = ""
    is_protocol: bool = False

    @property
    def text(self) -> str:
        """How a sentence names them."""
        return self.name or short_address(checksum(self.address))


@dataclass(frozen=True)
class Transfer:
    """An amount of smallest units that went, or is to go, from one to another, and what for.

    ``is_apart``: it is no part of the price, and nobody adds it to what is.
    """

    payer: Party
    payee: Party
    purpose: str
    amount: int
    currency: Currency
    is_apart: bool = False

    @property
    def number(self) -> str:
        """The amount as the table shows it: no digit of a sum is cut."""
        return self.currency.brief(self.amount) if self.is_apart else self.currency.number(self.amount)


@dataclass(frozen=True)
class Line:
    """A transfer with its amount taken apart: ``whole``, ``part`` with its point, and the zeros that fill it up."""

    transfer: Transfer
    whole: str
    part: str
    padding: str


@dataclass(frozen=True)
class Table:
    """Transfers below one another. ``unit`` is what all of them are counted in, empty where there are several."""

    lines: Sequence[Line]
    unit: str


class Names:
    """What addresses are called on a page: the visitor, our contracts, and those that it knows by name."""

    def __init__(self, chain: Chain, visitor: str = "", known: dict[str, str] | None = None) -> None:
        self._visitor, self._known = visitor, known or {}
        self._contracts = {address.lower(): name for name, address in chain.deployment.items()}
        self._market = str(chain.deployment.get(MARKET, "")).lower()

    def party(self, address: str) -> Party:
        """Return who an address is."""
        address = address.lower()
        if self._visitor and address == self._visitor:
            return Party(_("You"), address)
        if address == COIN:
            return Party(_("Nobody"), "")
        return Party(self._known.get(address) or _spaced(self._contracts.get(address, "")), address)

    @property
    def market(self) -> Party:
        """The marketplace, as the one that takes the money and keeps it."""
        return Party(_("Marketplace"), self._market)


def _spaced(name: str) -> str:
    """Write a contract's name as words: ``RevenueSplitter`` is the Revenue splitter, ``LatticeDAO`` the Lattice DAO."""
    first, *rest = re.split(r"(?<=[a-z])(?=[A-Z])", name)
    return " ".join([first, *(word if word.isupper() else word.lower() for word in rest)])


def protocol() -> Party:
    """Return the protocol, as the one that a fee is for."""
    return Party(_("Protocol"), is_protocol=True)


def network_fee(chain: Chain, names: Names, mined: Mined | None, purpose: str = "") -> list[Transfer]:
    """Return what the sender of a transaction paid for it being in a block; nothing where that is not known.

    ``purpose`` says for which transaction it was, where there are several.
    """
    if mined is None or mined.fee is None:
        return []
    purpose = purpose or _("network fee, %(gas)s gas") % {"gas": f"{mined.gas_used:,}"}
    producer = Party(_("Block producer"))
    return [Transfer(names.party(mined.sender), producer, purpose, mined.fee, currency_of(chain, COIN), is_apart=True)]


def table_of(transfers: Sequence[Transfer]) -> Table:
    """Return the table, without what is nothing."""
    shown = [each for each in transfers if each.amount]
    split = [each.number.partition(".") for each in shown]
    longest = max((len(part) for _whole, _point, part in split), default=0)
    units = {each.currency.unit for each in shown}
    lines = []
    for transfer, (whole, point, part) in zip(shown, split, strict=True):
        missing = longest - len(part)
        # The point is padded as well where a whole number stands among others.
        padding = ("." if longest and not point else "") + "0" * missing
        lines.append(Line(transfer, whole, f"{point}{part}", padding))
    return Table(lines, units.pop() if len(units) == 1 else "")
