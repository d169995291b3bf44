"""Receipts of paid calls: what was asked, answered, counted and charged, signed by the operator (EIP-712).

The words are kept nowhere: a receipt has their hashes, salted, so that nobody can guess them, and who has the words can
show that they are those. Whoever knows a receipt's secret address may read it. The signatures of a day are the leaves
of a tree whose root is anchored on the home chain, so that none can be made later, or taken away.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone
from eth_account.signers.local import LocalAccount

from contracts.chain.signatures import digest
from contracts.models import Chain
from contracts.names import ESCROW

from .models import Charge, Receipt, ReceiptDay, ReceiptTree
from .trees import keep_tree, path_of

log = structlog.get_logger(__name__)

KIND = "0x" + b"receipts".ljust(32, b"\0").hex()
EPOCH = date(1970, 1, 1)
MOST_SIGNED = 2_000  # by one run
FIELDS = {
    "call": "bytes16",
    "payer": "address",
    "keyId": "bytes32",
    "modelId": "bytes32",
    "model": "string",
    "promptTokens": "uint256",
    "completionTokens": "uint256",
    "token": "address",
    "cost": "uint256",
    "requestHash": "bytes32",
    "answerHash": "bytes32",
    "startedAt": "uint64",
    "endedAt": "uint64",
}
DOMAIN = {"name": "string", "version": "string", "chainId": "uint256", "verifyingContract": "address"}


def words_hash(texts: Sequence[str]) -> bytes:
    """Return the hash of what a model was asked: of the texts as JSON, without spaces, in UTF-8."""
    said = json.dumps(list(texts), ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(said.encode(errors="surrogatepass")).digest()


def salted(salt: str, inner: bytes) -> str:
    """Return what stands in a receipt for words with that hash."""
    return f"0x{hashlib.sha256(bytes.fromhex(salt) + inner).hexdigest()}"


def open_receipt(*, call: UUID, asked: bytes) -> Receipt:
    """Begin the receipt of a paid call that was asked something with that hash."""
    salt = secrets.token_hex(32)
    return Receipt.objects.create(
        call=call, secret=secrets.token_urlsafe(32), salt=salt, request_hash=salted(salt, asked)
    )


def note_answer(*, call: UUID, answered: bytes) -> None:
    """Add the hash of what was handed over."""
    for each in Receipt.objects.filter(call=call, answer_hash=""):
        Receipt.objects.filter(pk=each.pk).update(answer_hash=salted(each.salt, answered))


def typed_receipt(charge: Charge, receipt: Receipt, escrow: str) -> dict[str, Any]:
    """Return what is signed: typed data whose numbers are texts, as JSON can carry them."""
    zero = "0x" + "0" * 64
    message = {
        "call": f"0x{charge.call.hex}",
        "payer": charge.payer,
        "keyId": charge.key_id,
        "modelId": charge.model_id,
        "model": f"{charge.listing}@{charge.version}" if charge.version else charge.listing,
        "promptTokens": str(charge.prompt_tokens),
        "completionTokens": str(charge.completion_tokens),
        "token": charge.token,
        "cost": str(charge.amount),
        "requestHash": receipt.request_hash or zero,
        "answerHash": receipt.answer_hash or zero,
        "startedAt": str(int(charge.started_at.timestamp())),
        "endedAt": str(int((charge.ended_at or charge.started_at).timestamp())),
    }
    parts = {"EIP712Domain": DOMAIN, "Receipt": FIELDS}
    types = {name: [{"name": field, "type": kind} for field, kind in part.items()] for name, part in parts.items()}
    domain = {"name": "Citrate receipt", "version": "1", "chainId": charge.chain_id, "verifyingContract": escrow}
    return {"domain": domain, "types": types, "primaryType": "Receipt", "message": message}


def exact(typed: dict[str, Any]) -> dict[str, Any]:
    """Return typed data with its numbers as such, as what signs and verifies wants them."""
    numbers = {name: int(typed["message"][name]) for name, kind in FIELDS.items() if kind.startswith("uint")}
    return {**typed, "message": {**typed["message"], **numbers}}


def sign_receipts(*, chain: Chain, signer: LocalAccount) -> int:
    """Sign the receipts of the calls of a chain that have ended; return how many. What is signed stays as it is."""
    ended = Charge.objects.filter(call=OuterRef("call"), chain_id=chain.pk, ended_at__isnull=False)
    waiting = Receipt.objects.filter(Exists(ended), signature="").order_by("pk")[:MOST_SIGNED]
    charges = {each.call: each for each in Charge.objects.filter(call__in=[each.call for each in waiting])}
    return sum(_sign(each, charges[each.call], chain, signer) for each in waiting)


def _sign(receipt: Receipt, charge: Charge, chain: Chain, signer: LocalAccount) -> int:
    typed = typed_receipt(charge, receipt, chain.deployment[ESCROW])
    made = signer.sign_typed_data(full_message=exact(typed))
    return Receipt.objects.filter(pk=receipt.pk, signature="").update(
        typed=typed,
        signer=signer.address.lower(),
        signature=f"0x{bytes(made.signature).hex()}",
        leaf=f"0x{digest(exact(typed)).hex()}",
        day=(charge.ended_at or timezone.now()).astimezone(UTC).date(),
    )


def close_days() -> int:
    """Fix the root of every day that is over and whose receipts are all signed; return how many days that were."""
    today = timezone.now().astimezone(UTC).date()
    known = ReceiptDay.objects.filter(day=OuterRef("day"))
    open_days = Receipt.objects.filter(day__lt=today).exclude(Exists(known)).order_by("day")
    days = [each for each in open_days.values_list("day", flat=True).distinct() if each and _is_whole(each)]
    _plant()
    return sum(_close(each) for each in days)


def _plant() -> None:
    """Keep the tree of a day that was closed before trees were kept; one a run."""
    bare = ReceiptDay.objects.exclude(Exists(ReceiptTree.objects.filter(day=OuterRef("day")))).order_by("-day").first()
    if bare and keep_tree(bare.day, leaves_of(bare.day)) != bare.root:
        log.error("the receipts of a day are not those that it was closed with", day=str(bare.day))


def _is_whole(day: date) -> bool:
    """Whether no receipt of a call that ended by that day's end still waits for its signature."""
    end = datetime.combine(day + timedelta(days=1), time(), UTC)
    unsigned = Receipt.objects.filter(call=OuterRef("call"), signature="")
    return not Charge.objects.filter(Exists(unsigned), ended_at__lt=end).exists()


def _close(day: date) -> int:
    with transaction.atomic():
        leaves = leaves_of(day)
        root = keep_tree(day, leaves)
        _made, is_new = ReceiptDay.objects.get_or_create(day=day, defaults={"root": root, "receipts": len(leaves)})
    return int(is_new)


def leaves_of(day: date) -> list[str]:
    """Return the digests of a day's receipts, in the order of their bytes."""
    return list(Receipt.objects.filter(day=day).order_by("leaf").values_list("leaf", flat=True))


def proof_of(receipt: Receipt) -> list[str] | None:
    """Return the hashes that lead from a receipt to its day's root; None while the day is not closed."""
    return path_of(receipt.day, receipt.leaf) if receipt.day else None


def epoch_of(day: date) -> int:
    """Return the number under which a day's root is anchored: days since 1970."""
    return (day - EPOCH).days


def home_chain() -> Chain | None:
    """Return the chain that roots are anchored on, if there is one."""
    return Chain.objects.filter(short_name=settings.HOME_CHAIN).first() if settings.HOME_CHAIN else None
