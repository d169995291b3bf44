"""Signs people in, in two steps. Sessions belong to the views: an action sees no request."""

from __future__ import annotations

from dataclasses import dataclass

import structlog
from django.contrib.auth.hashers import make_password
from django.db import transaction

from common.limits import limit_client
from contracts.models import Chain

from . import nonces, siwe
from .addresses import checksum, is_address, parse_address
from .errors import ClosedAccountError, SignInError
from .legal.actions import record_acceptance
from .models import User

log = structlog.get_logger("accounts")

WINDOW = 300  # seconds that the limits below count over


@dataclass(frozen=True)
class Invitation:
    """A message that is good for one sign-in, and the nonce in it."""

    nonce: str
    message: str


def issue_nonce(*, address: str, chain_id: int, origin: str, client: str) -> Invitation:
    """Return what ``address`` has to sign to prove itself on the chain; ``client`` is the IP address that asks.

    Raises SignInError for a chain that we do not know, TooManyError past the limits.
    """
    # First, so that a flood is refused before it reaches the database.
    _count("sign-in-nonce", address, client)
    if not Chain.objects.filter(pk=chain_id).exists():
        raise SignInError("chain")
    nonce = nonces.issue()
    message = siwe.compose(address=checksum(address), origin=origin, chain_id=chain_id, nonce=nonce)
    return Invitation(nonce, message)


def sign_in(*, message: str, signature: str, origin: str, client: str) -> tuple[User, Chain]:
    """Return the user who signed the message, made now if this is the first time, and the chain it was shown on.

    What the message names is accepted by it.

    Raises SignInError, ClosedAccountError, TooManyError.
    """
    # The second line, read before parsing: each try counts against the address that it names.
    address = message.partition("\n")[2][:42]
    if not is_address(address):
        raise SignInError("malformed")
    _count("sign-in", address, client)
    proof = siwe.verify(message, signature, origin=origin)
    unusable = {"password": make_password(None)}
    # Two first sign-ins at once make one user, because the address is unique.
    user, is_new = User.objects.get_or_create(address=proof.address.lower(), defaults=unusable)
    # Only after the proof: nobody but the wallet's holder learns that the account is closed.
    if not user.is_active:
        raise ClosedAccountError
    user.accepted = record_acceptance(address=user.address, chain=proof.chain, message=message, signature=signature)
    user.save(update_fields=["accepted"])
    log.info("signed in", address=user.address, chain=proof.chain.pk, first=is_new)
    return user, proof.chain


@transaction.atomic
def set_staff(*, address: str, is_staff: bool) -> User:
    """Make the wallet of an address one of the staff, or take that away; the user is made if need be.

    For operators, who have the machine: no wallet can do it to another. Raises InvalidAddressError.
    """
    unusable = {"password": make_password(None)}
    stored = parse_address(address)
    user, _ = User.objects.select_for_update().get_or_create(address=stored, defaults=unusable)
    if user.is_staff != is_staff:
        user.is_staff = is_staff
        user.save(update_fields=["is_staff"])
        transaction.on_commit(lambda: log.info("staff changed", address=user.address, staff=is_staff))
    return user


def _count(name: str, address: str, client: str) -> None:
    """Keep one wallet, one client and all together from asking too often: each message can cost a call to a node."""
    limit_client(f"{name}:{address.lower()}", client, 10, WINDOW)
    limit_client(name, client, 100, WINDOW, overall=1_000)
