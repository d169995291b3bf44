"""Who asks, and on what ground: as a holder, or with the tokens that are given away."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from datetime import timedelta

from django.contrib.auth.models import AnonymousUser
from django.utils import timezone

from accounts.models import User
from contracts.models import Chain
from marketplace.entitlements import Kind, entitlement
from marketplace.models import Listing
from marketplace.onchain import PurchaseFact
from marketplace.publication import Adoption

from .errors import ModelHiddenError

AGE = timedelta(days=1)  # from which a wallet without a purchase is more than a fresh key


@dataclass(frozen=True)
class Visitor:
    """Whoever asks: the network block that they come from, their wallet, and the chain that they signed in on."""

    block: str
    user: User | None = None
    chain_id: int | None = None

    @classmethod
    def of(cls, address: str, user: User | AnonymousUser | None, chain_id: int | None = None) -> Visitor:
        """Make one of an IP address and a session's user and chain."""
        return cls(block_of(address), user if isinstance(user, User) else None, chain_id)


@dataclass(frozen=True)
class Ground:
    """Why somebody may run a listing. ``payer`` is whose streams and tokens are counted."""

    kind: str  # owner, pass, subscription or free
    payer: str
    wallet: str = ""  # of somebody known, where kind is free

    @property
    def holds(self) -> bool:
        """Whether this is access of their own."""
        return self.kind != "free"


def block_of(address: str) -> str:
    """Return the network block of an IP address: a /24, or a /64; what is no address is one block together."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return "unknown"
    if isinstance(ip, ipaddress.IPv6Address) and ip.ipv4_mapped:
        ip = ip.ipv4_mapped
    return str(ipaddress.ip_network(f"{ip}/{24 if ip.version == 4 else 64}", strict=False))


def ground_of(visitor: Visitor, listing: str) -> Ground:
    """Return on what ground a visitor may run a listing: what the chain says of their wallet, else free use."""
    if visitor.user is None:
        return Ground("free", visitor.block)
    address = visitor.user.address
    kind = _held(address, visitor.chain_id, listing)
    if kind != Kind.NONE:
        return Ground(kind.value, f"{address} {listing}")
    return Ground("free", address, address) if _is_known(visitor.user) else Ground("free", visitor.block)


def refuse_hidden(ground: Ground, listing: str) -> None:
    """Raise ModelHiddenError for what a moderator has hidden: to those without access of their own, or to all."""
    hidden = Listing.objects.named(listing).exclude(suspension=None).select_related("suspension").first()
    if hidden and hidden.suspension and (hidden.suspension.stops_use or not ground.holds):
        raise ModelHiddenError(hidden.suspension)


def _held(address: str, chain_id: int | None, listing: str) -> Kind:
    if chain_id is None:
        return Kind.NONE
    adopted = Adoption.objects.filter(chain_id=chain_id, listing__name=listing).select_related("chain").first()
    return entitlement(address, adopted.chain, adopted.model_id).kind if adopted else Kind.NONE


def _is_known(user: User) -> bool:
    """Whether a wallet is more than a key that anybody can make: it has an age here, or has bought something."""
    old = user.date_joined <= timezone.now() - AGE
    return old or PurchaseFact.objects.filter(buyer=user.address).exists()


def chain_of(session: object) -> int | None:
    """Return the chain that a session was opened on."""
    value = getattr(session, "get", lambda _key: None)("chain_id")
    return value if isinstance(value, int) and Chain.objects.filter(pk=value).exists() else None
