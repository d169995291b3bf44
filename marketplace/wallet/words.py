"""The sentence for each function of our contracts that a person may be asked to call, and what the sentence needs.

A sentence is made from the call itself, never from what a page says of it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from django.utils.translation import gettext as _
from django_stubs_ext import StrOrPromise

from contracts.currencies import Currency, currency_of, short_address
from contracts.models import Chain
from contracts.names import COIN, DAY, DEMO_DOLLAR, MARKET, SPLITTER
from marketplace.listings.models import listings_on

UNLIMITED = 2**128  # smallest units; an allowance of as many has no limit that anybody would reach
FAR = 2**35  # seconds since 1970 beyond which a time is no date that is meant


@dataclass(frozen=True)
class Line:
    """One fact of a request; ``comes`` where it is what the person gets."""

    label: StrOrPromise
    value: str
    comes: bool = False


@dataclass(frozen=True)
class Caution:
    """What to know before agreeing; a ``serious`` one first, and one that ``stops`` it. ``href`` leads to a way out."""

    title: str
    text: str
    serious: bool = False
    stops: bool = False
    icon: str = "triangle-alert"
    href: str = ""
    action: str = ""


@dataclass(frozen=True)
class Words:
    """A request in words.

    ``moves`` is what the account then has more of (less, below zero) by token, in smallest units, without what a
    transaction sends along. ``until`` is when the request is over.
    """

    title: str
    text: str = ""
    lines: list[Line] = field(default_factory=list)
    moves: Mapping[str, int] = field(default_factory=dict)
    warnings: list[Caution] = field(default_factory=list)
    until: datetime | None = None


@dataclass
class Scene:
    """Who is asked, where, and how what a call names is called: amounts, models, accounts, days."""

    chain: Chain
    sender: str
    value: int = 0
    names: dict[str, str] = field(default_factory=dict)

    def currency(self, token: str) -> Currency:
        """Return a token as it calls itself."""
        return currency_of(self.chain, token)

    def money(self, token: str, units: int) -> str:
        """Return an amount with its unit, exactly."""
        return self.currency(token).text(units)

    def sum(self, token: str, units: int) -> str:
        """Return an amount as it is said: demo dollars by their name."""
        if token == self.chain.deployment.get(DEMO_DOLLAR):
            return _("%(n)s demo dollars") % {"n": self.currency(token).number(units)}
        return self.money(token, units)

    def model(self, model_id: str | int) -> str:
        """Return what a model is called here; one that has no listing by the two ends of its id."""
        key = model_id if isinstance(model_id, str) else f"0x{model_id:064x}"
        if key not in self.names:
            found = listings_on([(self.chain.pk, key)]).get((self.chain.pk, key))
            self.names[key] = found.model_name if found else _("model %(id)s") % {"id": short_address(key)}
        return self.names[key]

    def who(self, address: str) -> str:
        """Return whose an address is: the person's own, one of our contracts, or anybody's."""
        if address == self.sender:
            return _("you")
        ours = self.contract(address)
        if ours in (MARKET, SPLITTER):
            return _("the marketplace")
        if ours == DEMO_DOLLAR:
            return _("the demo dollar")
        return _("the marketplace's %(contract)s") % {"contract": ours} if ours else short_address(address)

    def contract(self, address: str) -> str:
        """Return the name of our contract there, empty where there is none."""
        return next((name for name, place in self.chain.deployment.items() if place == address), "")


Args = Mapping[str, Any]
Sentence = Callable[[Scene, Args], Words]
SENTENCES: dict[tuple[str, str], Sentence] = {}

# What no page asks a person for: contracts call each other, the operator settles and brings what was signed, the
# authority administers, and the DAO's timelock does what was voted for.
NEVER_ASKED = {
    "AccessManager": (
        *("cancel", "consumeScheduledOp", "execute", "grantRole", "labelRole", "multicall", "renounceRole"),
        *("revokeRole", "schedule", "setGrantDelay", "setRoleAdmin", "setRoleGuardian", "setTargetAdminDelay"),
        *("setTargetClosed", "setTargetFunctionRole", "updateAuthority"),
    ),
    "AccessPass": ("mint", "burn", "restore"),
    "Anchors": ("anchor", "setAuthority"),
    "BonusPool": ("setAuthority", "setRoot"),
    "ContractFactory": ("deploy",),
    "DemoDollar": ("cancelAuthorization", "receiveWithAuthorization", "transferWithAuthorization"),
    "InferenceEscrow": ("payWithAuthorisation", "settle", "setAuthority"),
    "Guardian": ("appoint", "setAuthority"),
    "LatticeDAO": (
        *("onERC1155BatchReceived", "onERC1155Received", "onERC721Received", "relay", "setLateQuorumVoteExtension"),
        *("setProposalGuardian", "setProposalThreshold", "setVotingDelay", "setVotingPeriod"),
        *("updateQuorumNumerator", "updateTimelock"),
    ),
    "LatticeToken": ("lock", "unlock"),
    "LatticeVesting": ("renounceOwnership", "transferOwnership"),
    "ModelMarketplace": ("multicall", "notePaid", "setAuthority", "setSuspension"),  # a multicall is read by its parts
    "ModelSearch": ("drop", "post"),
    "Pricing": ("giveBack", "setCallPrice", "setRates", "setTerms", "take"),
    "ProtocolParameters": ("pause", "set", "setAuthority", "setPause", "setToken"),
    "Ratings": ("record", "void"),
    "Registry": ("register", "setAuthority"),
    "RevenueSplitter": (
        *("accrue", "accrueBatch", "creditTo", "hold", "payBack", "refund", "release", "setAuthority", "setFeeVault"),
        *("resell", "setRoyalty"),
    ),
    "Treasury": (
        *("cancel", "execute", "executeBatch", "grantRole", "listAsset", "onERC1155BatchReceived"),
        *("onERC1155Received", "onERC721Received", "renounceRole", "revokeRole", "schedule", "scheduleBatch"),
        *("setCaps", "unlistAsset", "updateDelay"),
    ),
}


def says(contract: str, *functions: str) -> Callable[[Sentence], Sentence]:
    """Register the sentence of a contract's functions."""

    def register(sentence: Sentence) -> Sentence:
        SENTENCES.update({(contract, function): sentence for function in functions})
        return sentence

    return register


def moment(seconds: int) -> datetime | None:
    """Return a time that a call names; None where none is meant."""
    return datetime.fromtimestamp(seconds, UTC) if 0 < seconds < FAR else None


def day_text(day: int) -> str:
    """Return a day since 1970 in words."""
    at = moment(day * DAY)
    return f"{at:%-d %b %Y}" if at else str(day)


def per_cent(bps: int) -> str:
    """Return parts in 1/10,000 as per cent."""
    return f"{bps / 100:g} %"


def signed(units: int, currency: Currency) -> str:
    """Return what comes with its sign."""
    return f"+{currency.text(units)}"


def is_coin(token: str) -> bool:
    """Whether a token stands for the chain's own coin."""
    return token == COIN
