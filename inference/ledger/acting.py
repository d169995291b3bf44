"""Paying for calls: the worst case is reserved before a call, what was delivered is charged after it.

Whoever calls these holds a transaction and has locked the call. Rows are locked in one order, the key's before the
account's, and everything is checked again under both locks.
"""

from __future__ import annotations

from django.utils import timezone

from contracts.models import Chain, Event, Tally
from inference.keys.models import ApiKey
from inference.keys.spending import reserve_spend, settle_spend
from inference.models import Call
from marketplace.onchain.models.escrow import EscrowKey

from .errors import CeilingReachedError, NotAuthorisedError, NotFundedError
from .following import locked_account, post, spendable_now
from .models import Account, Charge, Kind, Owed
from .payments import use_payment
from .prices import Price
from .receipts import note_answer, open_receipt


def reserve(*, call: Call, key: ApiKey, price: Price, asked: bytes = b"") -> Charge:
    """Hold what a call can cost at most against its key's caps and ceiling and its payer's balance.

    ``asked`` is the hash of what it is asked, for its receipt.

    Raises CapReachedError, KeyRevokedError, KeyExpiredError, NotAuthorisedError, CeilingReachedError, NotFundedError.
    """
    chain, payer = _chain_of(key, price), key.user.address
    # The longest answer that it may have: no charge can come to more than what is held for it.
    most = price.cost(call.prompt_tokens, call.max_tokens)
    # First, and it stays locked: who locks both takes the key before the account, so nobody waits in a ring.
    held = reserve_spend(key_pk=key.pk, amount=most, at=call.started_at)
    # Under the key's lock, or two calls at once could each fit below a ceiling that they pass together.
    _refuse_unauthorised(chain, payer, held, price.token)
    account = locked_account(chain=chain, payer=payer, token=price.token)
    # Followed under its own lock just now: what was asked back at the escrow is out of it already.
    if most > account.spendable:
        raise NotFundedError(needed=str(most), available=str(account.spendable), token=price.token)
    post(account, Kind.RESERVE, call.pk, available=-most, held=most)
    open_receipt(call=call.pk, asked=asked)
    return Charge.objects.create(
        call=call.pk,
        chain_id=chain.pk,
        token=price.token,
        payer=payer,
        key=key.pk,
        key_id=key.key_id,
        listing=call.listing,
        version=call.version,
        model_id=price.model_id,
        in_per_m=price.in_per_m,
        out_per_m=price.out_per_m,
        per_call=price.per_call,
        held=most,
        prompt_tokens=call.prompt_tokens,
        started_at=call.started_at,
    )


def affordable(*, key: ApiKey, price: Price, prompt: int) -> int | None:
    """Return how many tokens of an answer the key's payer could pay for now, None where they cost nothing more.

    Below zero where not even the question could be paid.
    """
    chain = _chain_of(key, price)
    money = spendable_now(chain=chain, payer=key.user.address, token=price.token)
    return price.affords(money, prompt)


def _chain_of(key: ApiKey, price: Price) -> Chain:
    """Return the chain of a price: nearly always the key's own, which is at hand."""
    own = key.chain
    return own if own and own.pk == price.chain_id else Chain.objects.get(pk=price.chain_id)


def _refuse_unauthorised(chain: Chain, payer: str, key: ApiKey, token: str) -> None:
    """Refuse a key whose payer's authorisation is not final, or over, or smaller than what the key comes to then.

    ``key`` is locked and has the new call in what it holds. What is revoked counts at first sight, and so does a
    charge of the escrow's that we know nothing of.
    """
    found = EscrowKey.objects.filter(chain=chain, payer=payer, key_id=key.key_id).first()
    ends = found.valid_until if found and not found.is_revoked and found.token == token else 0
    if ends <= timezone.now().timestamp():
        raise NotAuthorisedError
    ceiling = _final_ceiling(chain, payer, key.key_id)
    if ceiling is None:
        raise NotAuthorisedError
    charged = Tally.objects.filter(chain=chain, kind="spent", key=f"{payer}:{key.key_id}").first()
    if max(key.spent, charged.amount if charged else 0) + key.reserved > ceiling:
        raise CeilingReachedError(ceiling=str(ceiling), used=str(key.spent))


def _final_ceiling(chain: Chain, payer: str, key_id: str) -> int | None:
    """Return the ceiling that is final; the last of them is the widest."""
    said = Event.objects.filter(
        chain=chain, subject=f"escrow-key:{payer}:{key_id}", name="Authorised", block_number__lte=chain.final_block()
    )
    args = said.order_by("-block_number", "-log_index").values_list("args", flat=True).first()
    return int(args["ceiling"]) if args else None


def charge(*, call: Call, delivered: bool, answered: bytes = b"") -> Charge | None:
    """End what was reserved for a call: charge what was delivered, and release the rest. Once, whoever tries again.

    A call that nothing was delivered of costs nothing. Nothing is charged that was not reserved. ``answered`` is the
    hash of what was handed over, empty where that is not known any more.
    """
    # Only an open one is found, so that a second try, at once or later, ends nothing twice.
    found = Charge.objects.select_for_update().filter(call=call.pk, ended_at=None).first()
    if found is None:
        return None
    price = Price(found.chain_id, found.token, found.model_id, found.in_per_m, found.out_per_m, found.per_call)
    # Whatever an engine tells of its tokens, nobody pays more than was held.
    amount = min(price.cost(call.prompt_tokens, call.completion_tokens), found.held) if delivered else 0
    tokens = call.prompt_tokens + call.completion_tokens if delivered else 0
    # What was paid by itself has neither caps nor an account: its money was final before the call began.
    if not found.is_direct:
        settle_spend(key_pk=found.key, at=found.started_at, reserved=found.held, charged=amount, tokens=tokens)
        account = Account.objects.select_for_update().get(chain_id=found.chain_id, token=found.token, payer=found.payer)
        post(account, Kind.CHARGE, call.pk, held=-found.held, charged=amount, available=found.held - amount)
    elif delivered:
        use_payment(payment_id=found.key)
    if answered:
        note_answer(call=call.pk, answered=answered)
    found.amount, found.ended_at = amount, call.ended_at or timezone.now()
    found.prompt_tokens, found.completion_tokens = call.prompt_tokens, call.completion_tokens
    found.save(update_fields=["amount", "ended_at", "prompt_tokens", "completion_tokens"])
    # What was paid by itself is never put on a line: it would be charged a second time.
    if amount and not found.is_direct:
        Owed.objects.create(charge=found, chain_id=found.chain_id)
    return found


def release(*, call: Call) -> Charge | None:
    """End what was reserved for a call of which nothing was delivered."""
    return charge(call=call, delivered=False)
