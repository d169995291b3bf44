"""What one call without an account costs, and what is signed to pay it: x402 (version 2), with a scheme of our own.

The stock scheme signs a transfer under a number that the payer makes up. The escrow takes a payment only under the
number that it makes of model and salt, so that no money comes without its purpose (0211). So the scheme has a name of
its own, which stock clients leave alone, and the terms have the typed data whole, for any wallet to sign.

Nothing is kept of terms. The salt says itself when it was given and that we gave it, for this request and this price.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import secrets
import time
from dataclasses import dataclass, replace
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import gettext as _

from accounts.addresses import checksum
from contracts.chain import codec
from contracts.chain.client import client
from contracts.chain.signatures import recover
from contracts.models import Chain
from contracts.names import DEMO_DOLLAR, ESCROW
from inference.authorised import Authorised
from inference.choosing import serving
from inference.ledger.models import CallPayment
from inference.ledger.payments import call_nonce
from inference.ledger.prices import prices_of

from .errors import ProtocolError

VERSION = 2
SCHEME = "citrate-call"
SIGNED = "ReceiveWithAuthorization"
SECONDS = 600  # that terms hold
MOST_HEADER = 16_384  # characters
TOKENS = (DEMO_DOLLAR,)  # deployments of ours that have ERC-3009
DOMAIN_KEPT = 3_600  # seconds
MOST_BEGUN = 50  # payments of one wallet for one model, the newest
FIELDS = {
    "from": "address",
    "to": "address",
    "value": "uint256",
    "validAfter": "uint256",
    "validBefore": "uint256",
    "nonce": "bytes32",
}
DOMAIN = {"name": "string", "version": "string", "chainId": "uint256", "verifyingContract": "address"}


@dataclass(frozen=True)
class Offer:
    """A price of one call of a listing, on a chain and in a token that can be signed away."""

    chain: Chain
    token: str
    listing: str
    model_id: str
    amount: int
    digest: str  # of the request that it is for

    @property
    def network(self) -> str:
        """The chain, as x402 names it."""
        return f"eip155:{self.chain.pk}"

    def salt(self) -> str:
        """Return a new salt: four bytes of the time, twelve at random, and sixteen that only we can make of these."""
        head = int(time.time()).to_bytes(4, "big") + secrets.token_bytes(12)
        return f"0x{(head + self._mark(head)).hex()}"

    def issued(self, salt: str) -> int | None:
        """Return when we gave a salt for this very offer, in seconds since 1970; None where we did not."""
        made = bytes.fromhex(salt[2:])
        if not constant_time_compare(made[16:], self._mark(made[:16])):
            return None
        return int.from_bytes(made[:4], "big")

    def _mark(self, head: bytes) -> bytes:
        escrow = self.chain.deployment[ESCROW]
        told = [self.chain.pk, escrow, self.token, self.listing, self.model_id, self.amount, self.digest, head.hex()]
        return salted_hmac("inference.gateway.terms", json.dumps(told), algorithm="sha256").digest()[:16]


def offers_of(listing: str, digest: str) -> list[Offer]:
    """Return for what one call of a listing can be paid by itself; none where nobody would bring the payment."""
    serves = serving(listing)
    if not settings.CALL_PAYMENT_GAS_A_DAY or not serves:
        return []
    name, found = serves[0].listing, list[Offer]()
    for price in prices_of(name):
        chain = Chain.objects.get(pk=price.chain_id)
        known = {chain.deployment.get(each, "").lower() for each in TOKENS}
        if price.per_call and price.token in known and ESCROW in chain.deployment:
            found.append(Offer(chain, price.token, name, price.model_id, price.per_call, digest))
    return found


def digest_of(path: str, body: bytes) -> str:
    """Return what a request is known by: the address and every byte of the body."""
    return hashlib.sha256(path.encode() + b"\0" + body).hexdigest()


def terms_of(offers: list[Offer], url: str, said: str) -> dict[str, Any]:
    """Return the terms, as x402 has them. Raises RetryableChainError where a token does not tell its name."""
    resource = {"url": url, "description": f"One call of {offers[0].listing}", "mimeType": "application/json"}
    accepts = [_accepted(each) for each in offers]
    return {"x402Version": VERSION, "error": said, "resource": resource, "accepts": accepts}


def packed(said: dict[str, Any]) -> str:
    """Return a header of x402."""
    return base64.b64encode(json.dumps(said, separators=(",", ":")).encode()).decode()


def read_payment(header: str, model: str, digest: str) -> Authorised:
    """Return what was signed, where it is what we offered, for this very request. Raises ProtocolError.

    Whether it is too late for it, or the price is another one by now, is not asked of what is on its way already: what
    was paid in time stays paid.
    """
    said = _unpacked(header)
    accepted, payload = _part(said, "accepted"), _part(said, "payload")
    if said.get("x402Version") != VERSION or accepted.get("scheme") != SCHEME:
        raise _unread(_("Only version 2 of x402 is taken here, and its scheme citrate-call."))
    asset, salt = _text(accepted, "asset").lower(), _text(_part(accepted, "extra"), "salt").lower()
    payer, signature = _text(_part(payload, "authorization"), "from").lower(), _text(payload, "signature").lower()
    if not _is_hex(salt, 32) or not _is_hex(payer, 20) or not _is_hex(signature, 65):
        raise _unread(_("The salt has 32 bytes, the address 20 and the signature 65, each as 0x and hexadecimal."))
    offers = [*offers_of(model, digest), *_begun(payer, model, digest)]
    known = (each for each in offers if (each.network, each.token) == (accepted.get("network"), asset))
    found = next(((each, issued) for each in known if (issued := each.issued(salt)) is not None), None)
    if found is None:
        words = _(
            "The payment is not for this request as it stands now: sign its terms, and send the same bytes again."
        )
        raise ProtocolError(words, status=402, code="payment_mismatch")
    offer, ends = found[0], found[1] + SECONDS
    nonce = call_nonce(chain=offer.chain, model_id=offer.model_id, salt=salt)
    if recover(_typed(offer, payer, nonce, ends, numbers=True), signature) != payer:
        raise ProtocolError(
            _("The signature is not the payer's, or not of these terms."), status=402, code="bad_signature"
        )
    own = (offer.chain.pk, offer.token, payer, offer.listing, offer.model_id, offer.amount)
    return Authorised(*own, salt=salt, nonce=nonce, ends=ends, signature=_canonical(signature))


def _begun(payer: str, model: str, digest: str) -> list[Offer]:
    """Return what somebody has begun to pay for calls of a model that were not answered."""
    own = CallPayment.objects.filter(payer=payer, listing__iexact=model, used_at=None).order_by("-created_at")
    chains = Chain.objects.in_bulk({each.chain_id for each in own[:MOST_BEGUN]})
    return [
        Offer(chains[each.chain_id], each.token, each.listing, each.model_id, int(each.amount), digest)
        for each in own[:MOST_BEGUN]
    ]


def trial(signed: Authorised) -> Authorised:
    """Return the same for a call that is only tried."""
    return replace(signed, is_trial=True)


def _accepted(offer: Offer) -> dict[str, Any]:
    salt = offer.salt()
    nonce, ends = call_nonce(chain=offer.chain, model_id=offer.model_id, salt=salt), (offer.issued(salt) or 0) + SECONDS
    typed = _typed(offer, "", nonce, ends, numbers=False)
    name, version = typed["domain"]["name"], typed["domain"]["version"]
    extra = {"name": name, "version": version, "modelId": offer.model_id, "salt": salt, "typedData": typed}
    return {
        "scheme": SCHEME,
        "network": offer.network,
        "amount": str(offer.amount),
        "asset": checksum(offer.token),
        "payTo": checksum(offer.chain.deployment[ESCROW]),
        "maxTimeoutSeconds": SECONDS,
        "extra": extra,
    }


def _typed(offer: Offer, payer: str, nonce: str, ends: int, *, numbers: bool) -> dict[str, Any]:
    """Return what is signed; its numbers are texts where JSON carries them."""
    form: Any = int if numbers else str
    name, version = _domain_of(offer.chain, offer.token)
    parts = {"EIP712Domain": DOMAIN, SIGNED: FIELDS}
    types = {each: [{"name": field, "type": kind} for field, kind in part.items()] for each, part in parts.items()}
    return {
        "domain": {"name": name, "version": version, "chainId": offer.chain.pk, "verifyingContract": offer.token},
        "types": types,
        "primaryType": SIGNED,
        "message": {
            "from": payer,
            "to": offer.chain.deployment[ESCROW],
            "value": form(offer.amount),
            "validAfter": form(0),
            "validBefore": form(ends),
            "nonce": nonce,
        },
    }


def _domain_of(chain: Chain, token: str) -> tuple[str, str]:
    """Return under which name and version a token's holders sign. Raises RetryableChainError."""
    kept = f"token-domain:{chain.pk}:{token}"
    found: tuple[str, str] | None = cache.get(kept)
    if found is None:
        answer = client(chain).eth_call(token, codec.call_data(DEMO_DOLLAR, "eip712Domain"))
        told: Any = codec.decode_result(DEMO_DOLLAR, "eip712Domain", answer)
        found = str(told[1]), str(told[2])
        cache.set(kept, found, DOMAIN_KEPT)
    return found


def _canonical(signature: str) -> str:
    """Return a signature with its last byte as contracts read it: 27 or 28."""
    last = int(signature[-2:], 16)
    return f"{signature[:-2]}{last + 27 if last < 27 else last:02x}"


def _unpacked(header: str) -> dict[str, Any]:
    try:
        said = json.loads(base64.b64decode(header, validate=True)) if len(header) <= MOST_HEADER else None
    except (binascii.Error, ValueError, RecursionError):
        said = None
    if not isinstance(said, dict):
        raise _unread(_("PAYMENT-SIGNATURE has to be a JSON object in base64, of at most 16,384 characters."))
    return said


def _part(said: dict[str, Any], name: str) -> dict[str, Any]:
    found = said.get(name)
    if not isinstance(found, dict):
        raise _unread(_("The payment lacks the object %(name)s.") % {"name": name})
    return found


def _text(said: dict[str, Any], name: str) -> str:
    found = said.get(name)
    if not isinstance(found, str):
        raise _unread(_("The payment lacks the text %(name)s.") % {"name": name})
    return found


def _is_hex(text: str, size: int) -> bool:
    digits = text.removeprefix("0x")
    return len(text) == 2 + 2 * size == 2 + len(digits) and not digits.strip("0123456789abcdef")


def _unread(words: str) -> ProtocolError:
    return ProtocolError(words, code="invalid_payment", param="PAYMENT-SIGNATURE")
