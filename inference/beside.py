"""Which other models somebody may talk to beside one: those that are free to ask, and those that they hold."""

from __future__ import annotations

from django.db.models import Case, Q, When

from contracts.models import Chain
from marketplace.listings.models import Listing
from marketplace.listings.versions import Adoption
from marketplace.onchain.entitlements import holdings

from .access import Visitor
from .models import Kind, Mode, Upstream, UpstreamState

MOST = 50  # that a page offers; any other can be named in its address


def choices_of(visitor: Visitor, without: str) -> list[str]:
    """Return the names of models that answer a conversation and that a visitor may ask on this site, in their order.

    Whoever is asked decides again when a call is made: a seller may keep somebody out.
    """
    chats = Upstream.objects.filter(mode=Mode.CHAT).exclude(listing="").exclude(state=UpstreamState.OFF)
    answers = Q(kind=Kind.ENGINE) | Q(state=UpstreamState.HEALTHY)
    held = _held(visitor)
    free = Q(kind=Kind.ENGINE) | Q(free=True) | Q(listing__in=held)
    names = chats.filter(answers, free).exclude(listing=without).values("listing")
    # What they hold first: it must not fall behind what is free to everybody.
    own = Case(When(name__in=held, then=0), default=1)
    shown = Listing.objects.filter(name__in=names, suspension=None).order_by(own, "name")
    return list(shown.values_list("name", flat=True)[:MOST])


def _held(visitor: Visitor) -> list[str]:
    """Return the names of what somebody has bought or sells on the chain that they signed in on."""
    chain = Chain.objects.filter(pk=visitor.chain_id).first() if visitor.user and visitor.chain_id else None
    if chain is None:
        return []
    ids = [each.model_id for each in holdings(visitor.wallet, chain) if each.entitlement]
    adopted = Adoption.objects.filter(chain=chain)
    own = adopted.filter(model_id__in=ids) | adopted.filter(listing__owner__user=visitor.user)
    return list(own.values_list("listing__name", flat=True))
