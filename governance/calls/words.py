"""The sentence for each function that a proposal may call, and what such a sentence needs.

A sentence is made from the call itself and from what is recorded, never from what the proposal says of it. Each stands
in a module of its own kind (``*_words.py``) and registers itself here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from accounts.addresses import checksum
from common.text import clean_line
from contracts.chain import abi
from contracts.currencies import ERC20, Currency, currency_of, short_address
from contracts.names import (
    BONUS_POOL,
    COIN,
    DAO,
    DEMO_DOLLAR,
    ESCROW,
    FEE_VAULT,
    GUARD,
    MARKET,
    PARAMETERS,
    SPLITTER,
    STAKING,
    TOKEN,
    TREASURY,
    VESTING,
)
from contracts.roles import ADMIN, ROLES
from governance.ground.lattice import lattice_of
from marketplace.listings.models import listings_on

from .reading import ADDRESS, Call, read
from .records import Records

MANAGER, REGISTRY, CODE_GUARD, ANCHORS = "AccessManager", "Registry", "CodeGuard", "Anchors"
MOST_TEXT = 120  # characters of a stranger's words in a sentence
MOST_DEPTH, MOST_INNER = 3, 60  # calls within calls that are said: inside each other, and of a proposal in all
# What our contracts are called in a sentence; any other goes by its own name.
CALLED = {
    BONUS_POOL: lazy("the bonus pool"),
    DAO: lazy("the DAO’s governor"),
    ESCROW: lazy("the escrow"),
    FEE_VAULT: lazy("the fee vault"),
    GUARD: lazy("the guardian’s contract"),
    MANAGER: lazy("the access manager"),
    MARKET: lazy("the marketplace"),
    PARAMETERS: lazy("the protocol’s parameters"),
    REGISTRY: lazy("the registry"),
    SPLITTER: lazy("the revenue splitter"),
    STAKING: lazy("the staking contract"),
    TOKEN: lazy("the LATTICE token"),
    TREASURY: lazy("the treasury"),
    VESTING: lazy("the vesting contract"),
}
ROLE_NAMES = {
    "ADMIN": lazy("the administrator’s role"),
    "MODERATOR": lazy("the moderator’s role"),
    "GUARDIAN": lazy("the guardian’s role"),
    "SETTLER": lazy("the settler’s role"),
    "KEEPER": lazy("the keeper’s role"),
}
LABELS = {ADMIN: "ADMIN", **{role.id: label for label, role in ROLES.items()}}
PUBLIC = 2**64 - 1  # OpenZeppelin's role that everybody has


@dataclass(frozen=True)
class Change:
    """A figure before and after; ``before`` is empty where nothing was recorded."""

    label: str
    before: str
    after: str


@dataclass(frozen=True)
class Warned:
    """What to know before one votes for it; a ``serious`` one may lose money or control."""

    title: str
    text: str
    serious: bool = False


@dataclass(frozen=True)
class Payment:
    """What leaves the treasury, in smallest units; the zero address as ``asset`` is the coin."""

    asset: str
    amount: int
    recipient: str


@dataclass(frozen=True)
class Said:
    """An action in words: a full sentence without its stop, and what else there is to say.

    ``sets`` names what it sets to which number, such as ("feeBps", 200), for the effects. ``kind`` is what sort of
    action it is, one word for the API. ``is_guard`` marks a condition of the other actions, which does nothing itself.
    """

    title: str
    text: str = ""
    change: Change | None = None
    payment: Payment | None = None
    sets: tuple[str, int, int | None] | None = None
    warnings: list[Warned] = field(default_factory=list)
    kind: str = "call"
    is_guard: bool = False
    parts: tuple[str, ...] = ()


@dataclass
class Scene:
    """Where an action is said: what is recorded there, and how what it names is called."""

    records: Records
    depth: int = 0
    inner: int = 0
    models: dict[str, str] = field(default_factory=dict)

    @property
    def ours(self) -> dict[str, str]:
        """Our contracts' addresses by their names."""
        found: dict[str, str] = self.records.chain.deployment
        return found

    def contract(self, address: str) -> str:
        """Return the name of our contract there, empty where there is none."""
        return next((name for name, place in self.ours.items() if place == address), "")

    def who(self, address: str) -> str:
        """Return whose an address is: one of our contracts in words, or the whole address."""
        ours = self.contract(address)
        return called(ours) if ours else whole(address)

    def who_exactly(self, address: str) -> str:
        """Return the same with the whole address in any case: for those who get money or power."""
        ours = self.contract(address)
        return f"{called(ours)} ({whole(address)})" if ours else whole(address)

    def currency(self, token: str) -> Currency:
        """Return a token as it calls itself, or, where nobody knows it, by its address: strangers are not asked."""
        if token == self.ours.get(TOKEN):
            return lattice_of(self.records.chain)
        if token in (COIN, self.ours.get(DEMO_DOLLAR)) or token in self.records.tokens:
            return currency_of(self.records.chain, token)
        return Currency(token, short_address(token), None)

    def money(self, token: str, amount: int) -> str:
        """Return an amount with its unit, exactly."""
        return self.currency(token).whole_text(amount)

    def knows_token(self, token: str) -> bool:
        """Whether it is LATTICE, the coin, or a token that the market or the treasury knows."""
        return token in (COIN, self.ours.get(TOKEN), self.ours.get(DEMO_DOLLAR)) or token in self.records.tokens

    def model(self, model_id: str) -> str:
        """Return what a model is called here; one that has no listing by the two ends of its id."""
        if model_id not in self.models:
            key = (self.records.chain.pk, model_id)
            found = listings_on([key]).get(key)
            self.models[model_id] = found.name if found else _("model %(id)s") % {"id": short_address(model_id)}
        return self.models[model_id]

    def within(self, target: str, value: int, data: str) -> Said:
        """Return a call inside a call in words. Its warnings are the outer one's as well."""
        self.inner += 1
        if self.depth >= MOST_DEPTH or self.inner > MOST_INNER:
            return Said(_("a call that is nested too deep to be read"), warnings=[unread_inside()])
        self.depth += 1
        try:
            return sentence(self, read(self.records.chain, target, value, data))
        finally:
            self.depth -= 1


Sentence = Callable[[Scene, Call], Said]
SENTENCES: dict[tuple[str, str], Sentence] = {}


def says(contract: str, *functions: str) -> Callable[[Sentence], Sentence]:
    """Register the sentence of a contract's functions."""

    def register(said: Sentence) -> Sentence:
        SENTENCES.update({(contract, function): said for function in functions})
        return said

    return register


def sentence(scene: Scene, call: Call) -> Said:
    """Return an action in words; one that nobody has words for by its function, or by its bytes."""
    found = SENTENCES.get((call.contract, call.function))
    if call.is_plain:
        return plain_payment(scene, call)
    if found:
        return found(scene, call)
    words = {"function": call.function or call.data[:10] or "–", "who": scene.who_exactly(call.target)}
    if call.function:
        return Said(_("Call %(function)s of %(who)s") % words, _about(call))
    unread = Warned(
        _("The call cannot be read"),
        _("Its bytes are no function that is known here. Ask its proposer what it does, and how you can check it."),
        serious=True,
    )
    return Said(_("Call an unknown function, %(function)s, of %(who)s") % words, warnings=[unread], kind="unknown")


def unread_inside() -> Warned:
    """Return the warning of a call that holds others which nobody has read."""
    text = _("It holds calls that are not read here. Ask its proposer what they do, and how you can check them.")
    return Warned(_("Not all of it can be read"), text, serious=True)


def warnings_of(inner: Iterable[Said]) -> list[Warned]:
    """Return the warnings of calls inside a call, each once."""
    return list(dict.fromkeys(each for said in inner for each in said.warnings))


def plain_payment(scene: Scene, call: Call) -> Said:
    """Return the payment of coin to an address, without any call."""
    words = {"sum": scene.money(COIN, call.value), "who": scene.who_exactly(call.target)}
    if not call.value:
        return Said(_("Send nothing to %(who)s") % words, _("No coin and no call: it changes nothing."), kind="payment")
    paid = Payment(COIN, call.value, call.target)
    return Said(_("Pay %(sum)s to %(who)s") % words, _purpose(scene, call.target), payment=paid, kind="payment")


def _purpose(scene: Scene, target: str) -> str:
    """Return what one of our contracts does with coin that simply comes."""
    if target == scene.ours.get(BONUS_POOL):
        return _("The bonus pool pays it out to sellers by the roots that the DAO sets.")
    if target == scene.ours.get(FEE_VAULT):
        return _("The fee vault divides it as it divides fees.")
    return ""


def _about(call: Call) -> str:
    return _("The site has no words for this function of %(contract)s; its arguments are below.") % {
        "contract": call.contract
    }


def called(contract: str) -> str:
    """Return what one of our contracts is called in a sentence."""
    return str(CALLED.get(contract, contract))


def whole(address: str) -> str:
    """Return all of an address with its checksum; what is no address as clean text."""
    return checksum(address) if ADDRESS.fullmatch(address) else quoted(address)


def quoted(text: str) -> str:
    """Return a stranger's words as they may stand in a sentence of ours."""
    clean = clean_line(text)
    return f"{clean[:MOST_TEXT]}…" if len(clean) > MOST_TEXT else clean or "–"


def role_name(role: int) -> str:
    """Return what a role of the access manager is called."""
    if role == PUBLIC:
        return _("the role that everybody has")
    label = LABELS.get(role)
    return str(ROLE_NAMES[label]) if label in ROLE_NAMES else _("role %(n)s") % {"n": role}


def function_name(contract: str, selector: str) -> str:
    """Return a function's name by its four bytes, or those where it is none of the contract's."""
    found = abi.entries(contract, "function") if contract in abi.NAMES else ()
    return next((str(each["name"]) for each in found if f"0x{abi.digest(each)[:4].hex()}" == selector), selector)


def is_token(contract: str) -> bool:
    """Whether a contract is read as an ERC-20 token."""
    return contract in (ERC20, TOKEN)
