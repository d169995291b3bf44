"""Who asks, and on what grounds: as a holder of access, or with free tokens."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cache as once
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.core.cache import cache
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Lower
from django.utils import timezone

from accounts.models import User
from common.networks import network_of
from common.statements import Found, Given, Question, Statement, together
from common.text import well_formed
from contracts.chain.client import client
from contracts.errors import ChainError
from contracts.models import Chain
from marketplace.ground.decisions import ModerationDecision
from marketplace.listings.gates import AccessDeniedError, AccessRule, Gate, GatedError
from marketplace.listings.metadata import FAIR_USE
from marketplace.listings.models import Listing
from marketplace.listings.offers import FairUse, fair_use_of, hidden_releases
from marketplace.listings.versions import Adoption, Version
from marketplace.onchain.entitlements import Kind, entitled, entitlement_asked, pass_balance
from marketplace.onchain.models.listings import OnchainListing
from marketplace.onchain.models.sales import PurchaseFact

from .authorised import Authorised
from .errors import ModelHiddenError
from .keys.models import ApiKey

MOST_BUDGET = 2**62  # tokens: half of what the database holds
AGE = timedelta(days=1)  # from which a wallet without a purchase is more than a fresh key
BALANCE_SECONDS = 600  # for which a balance that was asked for is believed
FREE = "free"  # the kind of ground of those without access of their own
METERED = "metered"  # of those who pay by use from their prepaid balance, through a key
SILENT_SECONDS = 30  # after which a chain that did not answer is asked again


@dataclass(frozen=True)
class Visitor:
    """A visitor: the network block they come from, their wallet, the chain they signed in on, and the key they used.

    Or what they signed to pay this one call, without an account.
    """

    block: str
    user: User | None = None
    chain_id: int | None = None
    key: ApiKey | None = None
    pays: Authorised | None = None

    @classmethod
    def of(
        cls,
        address: str,
        user: User | AnonymousUser | None,
        chain_id: int | None = None,
        key: ApiKey | None = None,
    ) -> Visitor:
        """Make one of an IP address and a session's user and chain, or of those of a key."""
        return cls(block_of(address), user if isinstance(user, User) else None, chain_id, key)

    @property
    def wallet(self) -> str:
        """Their wallet's address, "" where they have shown none."""
        return self.user.address if self.user else self.pays.payer if self.pays else ""

    @property
    def whose(self) -> str:
        """Whose turn counts where people wait: a wallet, or a network block."""
        return self.wallet or self.block


@dataclass(frozen=True)
class Ground:
    """Why somebody may run a listing. ``payer`` is whose streams and tokens are counted."""

    kind: str  # owner, pass, subscription, metered or free
    payer: str
    wallet: str = ""  # of somebody known, where kind is free
    quota: FairUse | None = None  # of somebody who holds, for all their passes together

    @property
    def holds(self) -> bool:
        """Whether this is access of their own, which what is paid by the call is not."""
        return self.kind not in (FREE, METERED)

    @property
    def pays(self) -> bool:
        """Whether each call is paid for."""
        return self.kind == METERED


def block_of(address: str) -> str:
    """Return the network block of an IP address: a /24, or a /64; what is no address is one block together."""
    return network_of(address, v4=24, v6=64)


def around(block: str) -> str:
    """Return the /48 around a /64, which one customer may have whole; "" around other blocks, which nobody divides."""
    first, _, _ = block.partition("/")
    found = network_of(first, v4=24, v6=48)
    return "" if found == block else found


def ground_of(visitor: Visitor, listing: str, *, known: bool) -> Ground:
    """Return on what ground a visitor may run a listing: what the chain says of their wallet, a key that pays, or free.

    Whether the listing has a price for that key is the ledger's to say (``ledger.prices``).

    ``known`` is what ``is_known`` says of the visitor, which has to be asked outside of any transaction.
    """
    adopted = adoption_of(listing, visitor.chain_id) if visitor.user else None
    return ground_on(adopted, visitor, listing, known=known)


def ground_on(adopted: Adoption | None, visitor: Visitor, listing: str, *, known: bool) -> Ground:
    """Return the same as ``ground_of``, of a listing's adoption on the visitor's chain that is at hand."""
    asked = ground_asked(adopted, visitor)
    return ground_in(adopted, visitor, listing, together(*asked) if asked else [], known=known)


def ground_asked(adopted: Adoption | None, visitor: Visitor) -> list[Question[Any]]:
    """Return the questions that ``ground_in`` takes the answers of: what the chain says of a wallet, if it can."""
    if visitor.pays or visitor.user is None or adopted is None:
        return []
    metadata = _metadata().asked(chain=adopted.chain_id, model=adopted.model_id)
    return [*entitlement_asked(visitor.user.address, adopted.chain, adopted.model_id), metadata]


def ground_in(
    adopted: Adoption | None, visitor: Visitor, listing: str, found: Sequence[Found[Any]], *, known: bool
) -> Ground:
    """Return the same as ``ground_on``, by the answers to ``ground_asked``."""
    if visitor.pays:
        return Ground(METERED, f"{visitor.pays.payer} {listing}")
    if visitor.user is None:
        return free_ground(visitor, known=known)
    address = visitor.user.address
    kind = entitled(found[:-1]).kind if found else Kind.NONE
    if adopted and kind != Kind.NONE:
        return Ground(kind.value, f"{address} {listing}", quota=_quota(address, kind, adopted, found[-1]))
    if adopted and visitor.key and visitor.key.pays:
        return Ground(METERED, f"{address} {listing}")
    return free_ground(visitor, known=known)


def free_ground(visitor: Visitor, *, known: bool) -> Ground:
    """Return on what ground a visitor may use what is given away."""
    if visitor.user is None or not known:
        return Ground(FREE, visitor.block)
    return Ground(FREE, visitor.user.address, visitor.user.address)


def refuse_hidden(ground: Ground, listing: str) -> None:
    """Raise ModelHiddenError for what a moderator has hidden, whole or in the release that is on sale: to those without
    access of their own, or to all. One query."""
    for decision in _hiding().find(name=well_formed(listing).lower()):
        if decision.stops_use or not ground.holds:
            raise ModelHiddenError(decision)


@once
def _hidden() -> Statement[Any]:
    """Find the name of a listing of which something is hidden: nearly never, and in less time than what that is."""
    releases = Version.objects.hidden().filter(listing=OuterRef("pk"))
    named = Listing.objects.alias(lower_name=Lower("name")).filter(lower_name=Given("name"))
    return Statement(named.filter(Q(suspension__isnull=False) | Exists(releases)).values_list("name"))


@once
def _hiding() -> Statement[ModerationDecision]:
    named = Listing.objects.alias(lower_name=Lower("name")).filter(lower_name=Given("name"))
    held = Q(pk__in=named.values("suspension")) | Q(pk__in=hidden_releases(named).values("decision"))
    return Statement(ModerationDecision.objects.filter(held))


def refuse_unwelcome(ground: Ground, listing: str, wallet: str) -> None:
    """Raise AccessDeniedError for whom the seller keeps out whatever they hold, and GatedError where the seller wants
    to be asked and has not let in who asks without access of their own. One trip to the database."""
    _refuse_unwelcome(ground, *together(*_asked_of_seller(listing, wallet)))


def _refuse_unwelcome(ground: Ground, rules: Found[Any], gates: Found[Any]) -> None:
    if ground.kind == Kind.OWNER:
        return
    allows, reason = rules.read[0] if rules.read else (None, "")
    if allows is False:
        raise AccessDeniedError(reason)
    if gates.read and not allows and not ground.holds:
        raise GatedError


def _asked_of_seller(listing: str, wallet: str) -> tuple[Question[Any], Question[Any]]:
    return _rules().asked(listing=listing, address=wallet), _gates().asked(listing=listing)


@once
def _rules() -> Statement[Any]:
    rules = AccessRule.objects.filter(listing=Given("listing"), address=Given("address"))
    return Statement(rules.values_list("allows", "reason"))


@once
def _gates() -> Statement[Any]:
    return Statement(Gate.objects.filter(listing=Given("listing"), is_on=True).values_list("pk"))


@dataclass(frozen=True)
class Said:
    """What moderators and its seller say of a listing, and of who asks; found in one trip to the database.

    ``hidden`` has its name where moderators have hidden something of it; what that is, is asked only then.
    """

    hidden: Found[Any]
    rules: Found[Any]
    gates: Found[Any]

    @staticmethod
    def asked(listing: str, wallet: str) -> tuple[Question[Any], Question[Any], Question[Any]]:
        """Return the questions of which it is the answers, in their order."""
        return _hidden().asked(name=well_formed(listing).lower()), *_asked_of_seller(listing, wallet)

    def refuse(self, ground: Ground) -> None:
        """Raise as ``refuse_hidden`` and ``refuse_unwelcome`` do."""
        for (name,) in self.hidden.read:
            refuse_hidden(ground, name)
        _refuse_unwelcome(ground, self.rules, self.gates)


def adoption_of(listing: str, chain_id: int | None) -> Adoption | None:
    """Return the adoption of a listing on a chain, if it has one there."""
    if chain_id is None:
        return None
    return Adoption.objects.filter(chain_id=chain_id, listing__name=listing).select_related("chain").first()


def adoption_on(adoptions: Iterable[Adoption], chain_id: int | None) -> Adoption | None:
    """Return the one on a chain, of a listing's adoptions in the order of ``adoptions_asked``. No query."""
    return next((each for each in reversed(list(adoptions)) if each.chain_id == chain_id), None)


def adoptions_asked(listing: str) -> Question[Adoption]:
    """Return the question for a listing's adoptions, the newest first, with their chains; its name in any case."""
    return _adoptions().asked(name=well_formed(listing).lower())


@once
def _adoptions() -> Statement[Adoption]:
    named = Adoption.objects.alias(lower_name=Lower("listing__name")).filter(lower_name=Given("name"))
    return Statement(named.select_related("chain").order_by("-pk"))


@once
def _metadata() -> Statement[Any]:
    own = {"chain": Given("chain"), "model_id": Given("model")}
    return Statement(OnchainListing.objects.filter(**own).values_list("metadata"))


def _quota(address: str, kind: Kind, adopted: Adoption, told: Found[Any]) -> FairUse:
    """Return the fair use that the listing's metadata states; each pass carries one of its own."""
    metadata = str(told.read[0][0]) if told.read else ""
    stated = (fair_use_of(metadata) if metadata else None) or FairUse(**FAIR_USE)
    passes = pass_balance(address, adopted.chain, adopted.model_id) if kind == Kind.PASS else 1
    return FairUse(min(stated.tokens * passes, MOST_BUDGET), stated.days, stated.streams)


def is_known(visitor: Visitor) -> bool:
    """Whether a wallet is more than a key that anybody can make: by age here, a purchase that it kept, or a balance.

    May ask the chain, so it must not be called inside a transaction.
    """
    user = visitor.user
    if user is None:
        return False
    # The chain last, which costs a call: often nothing more has to be asked.
    if "date_joined" not in user.get_deferred_fields() and user.date_joined <= timezone.now() - AGE:
        return True
    rows = _since().read(address=user.address)
    joined, bought = rows[0] if rows else (timezone.now(), False)
    return bool(bought) or joined <= timezone.now() - AGE or _has_balance(user, visitor.chain_id)


@once
def _since() -> Statement[Any]:
    bought = Exists(PurchaseFact.objects.filter(buyer=OuterRef("address")).kept())
    found = User.objects.filter(address=Given("address")).annotate(bought=bought)
    return Statement(found.values_list("date_joined", "bought"))


def _has_balance(user: User, chain_id: int | None) -> bool:
    """Whether a wallet has any of the coin of the chain that it signed in on; a silent chain says no."""
    key = f"balance:{chain_id}:{user.address}"
    found: bool | None = cache.get(key)
    chain = Chain.objects.filter(pk=chain_id).first() if found is None and chain_id else None
    if chain is None:
        return bool(found)
    try:
        found, seconds = client(chain).quantity("eth_getBalance", user.address, "latest") > 0, BALANCE_SECONDS
    except ChainError:
        found, seconds = False, SILENT_SECONDS
    cache.set(key, found, seconds)
    return found


def chain_of(session: object) -> int | None:
    """Return the chain that a session was opened on."""
    value = getattr(session, "get", lambda _key: None)("chain_id")
    return value if isinstance(value, int) and Chain.objects.filter(pk=value).exists() else None
