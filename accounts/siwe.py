"""Sign-In with Ethereum (EIP-4361): what a message must say, and who has signed it.

The only importer of the ``siwe`` package. The package reads the text; it compares domain and nonce only when told to,
and chain, URI and age never. Here no check can be left out. It brings web3 along, which takes a second to load, so it
is imported on first use: ``warm_up`` does that while the person looks for the wallet.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib import import_module
from threading import Lock, Thread
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from contracts.chain import signatures
from contracts.models import Chain

from . import nonces
from .errors import SignInError
from .legal import documents

if TYPE_CHECKING:
    from siwe import SiweMessage

# Part of what is signed, byte for byte: it is not translated.
STATEMENT = (
    "Sign in to Citrate Marketplace. This proves that the address is yours; it moves nothing and costs nothing. "
    "By signing you accept the terms of use and the privacy notice that are named below."
)
MAX_AGE = timedelta(minutes=5)
MAX_CHARACTERS = 1_500  # ours has about 800
_IMPORTING = Lock()

TEMPLATE = """\
{host} wants you to sign in with your Ethereum account:
{address}

{statement}

URI: {origin}
Version: 1
Chain ID: {chain_id}
Nonce: {nonce}
Issued At: {issued:%Y-%m-%dT%H:%M:%SZ}
Expiration Time: {expires:%Y-%m-%dT%H:%M:%SZ}
Resources:
{resources}"""


@dataclass(frozen=True)
class Proof:
    """That the holder of ``address`` (as signed: checksummed) was here, shown on ``chain``."""

    address: str
    chain: Chain


def compose(*, address: str, origin: str, chain_id: int, nonce: str) -> str:
    """Return the message to sign; ``address`` is checksummed, ``origin`` is like ``https://example.org``."""
    now = datetime.now(UTC)
    return TEMPLATE.format(
        host=urlsplit(origin).netloc,
        address=address,
        statement=STATEMENT,
        origin=origin,
        chain_id=chain_id,
        nonce=nonce,
        issued=now,
        expires=now + MAX_AGE,
        resources="\n".join(f"- {each}" for each in documents.resources(origin)),
    )


def verify(text: str, signature: str, *, origin: str) -> Proof:
    """Return what the signed message proves, and use its nonce up; raises SignInError with the first fault found.

    ``origin`` is the site's own, from a request whose host the settings allow.
    """
    message = _parse(text)
    if fault := next(_faults(message, origin, datetime.now(UTC)), None):
        raise SignInError(fault)
    chain = Chain.objects.filter(pk=message.chain_id).first()
    if chain is None:
        raise SignInError("chain")
    # Before the signature: each nonce then costs the chain's node at most one question.
    if not nonces.spend(message.nonce):
        raise SignInError("nonce")
    if not signatures.verify(message.address, text, signature, chain):
        raise SignInError("signature")
    return Proof(message.address, chain)


@dataclass(frozen=True)
class Reading:
    """What a message says, and by name what this site would refuse it for."""

    domain: str
    address: str
    statement: str
    chain_id: int
    expires: datetime | None
    resources: tuple[str, ...]
    faults: tuple[str, ...]


def read(text: str, *, origin: str) -> Reading | None:
    """Return what a sign-in message says, for who is asked to sign it; None for a text that is none."""
    try:
        message = _parse(text)
    except SignInError:
        return None
    expires = message.expiration_time._datetime if message.expiration_time else None
    faults = tuple(_faults(message, origin, datetime.now(UTC)))
    said = (message.domain, message.address, message.statement or "", message.chain_id)
    return Reading(*said, expires, tuple(map(str, message.resources or ())), faults)


def _parse(text: str) -> SiweMessage:
    """Read the message; one that does not read back to the same text could mean two things, and is refused."""
    try:
        # Cut before parsing, so that a long text costs no more than the longest that is allowed.
        message: SiweMessage = _package().SiweMessage.from_message(text[: MAX_CHARACTERS + 1])
    except (ValueError, RecursionError) as error:
        raise SignInError("malformed") from error
    if len(text) > MAX_CHARACTERS or message.prepare_message() != text:
        raise SignInError("malformed")
    return message


def _faults(message: SiweMessage, origin: str, now: datetime) -> Iterator[str]:
    """Yield the reasons against the message. Version and the address's checksum are part of its form."""
    scheme, host, *_ = urlsplit(origin)
    # Wallets warn by this name: a message that another site obtained must not open this one.
    if message.domain != host or message.scheme not in (None, scheme):
        yield "domain"
    if urlsplit(message.uri)[:2] != (scheme, host):
        yield "uri"
    if message.statement != STATEMENT:
        yield "statement"
    # What is accepted, each by its digest: no more, no less, in this order.
    if message.resources is None or list(map(str, message.resources)) != documents.resources(origin):
        yield "documents"
    # We never write these, so the person was shown something other than our message.
    if message.not_before is not None or message.request_id is not None:
        yield "extras"
    issued = message.issued_at._datetime
    # No leeway for clocks: this server wrote the time itself.
    if issued > now:
        yield "future"
    if now - issued > MAX_AGE:
        yield "stale"
    if message.expiration_time is None:
        yield "no-expiry"
    elif message.expiration_time._datetime <= now:
        yield "expired"


def warm_up() -> None:
    """Have the package imported in the background."""
    if "siwe" not in sys.modules:
        # A daemon: a process that is told to stop must not wait for an import.
        Thread(target=_package, daemon=True).start()


def _package() -> Any:
    """Return the ``siwe`` package. Its parts import each other in a circle, so two threads must not begin at once."""
    with _IMPORTING:
        return import_module("siwe")
