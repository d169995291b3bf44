"""What the marketplace's tables claim about the contracts, for ``verify_chain``: totals, and samples."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import Count

from contracts.indexer.verify import Claim, verifier
from contracts.models import Block, Chain, Event, Tally
from contracts.names import COIN, ESCROW, MARKET, PASS, SPLITTER
from marketplace.onchain.models.escrow import EscrowRequest
from marketplace.onchain.models.listings import OnchainListing
from marketplace.onchain.models.passes import PassTransferFact
from marketplace.onchain.models.returns import PurchaseReturn
from marketplace.onchain.models.sales import CreditFact, PurchaseFact

from .credits import balances_at
from .ledger import ledger_of

SAMPLES = 100  # of each kind


@verifier
def sales(chain: Chain, number: int) -> Iterator[Claim]:
    """How often each model was sold, where nothing was taken back, and what state it is in."""
    # A random sample: a comparison costs the same each time, and in the long run covers every listing.
    listings = OnchainListing.objects.filter(chain=chain, changed_block__lte=number).order_by("?")[:SAMPLES]
    # At the block's time, because a suspension ends without an event.
    time = Block.objects.values_list("time", flat=True).get(chain=chain, number=number)
    names = [listing.model_id for listing in listings]
    facts = PurchaseFact.objects.filter(chain=chain, block_number__lte=number, model_id__in=names)
    sold = dict(facts.values_list("model_id").annotate(Count("pk")))
    # The contract leaves out what was taken back, and its first version did not.
    taken = PurchaseReturn.objects.filter(chain=chain, model_id__in=names)
    returned = set(taken.values_list("model_id", flat=True))
    for listing in listings:
        if listing.model_id not in returned:
            yield Claim(MARKET, "getListing", [listing.model_id], sold.get(listing.model_id, 0), "totalSales")
        yield Claim(MARKET, "stateOf", [listing.model_id], listing.state_at(time))


@verifier
def balances(chain: Chain, number: int) -> Iterator[Claim]:
    """What accounts may withdraw, as their pages compute it."""
    credited = CreditFact.objects.filter(chain=chain, block_number__lte=number)
    accounts = credited.values("account").annotate(Count("pk")).order_by("?")  # grouped: each once
    some = list(accounts.values_list("account", flat=True)[:SAMPLES])
    for where, balance in balances_at(chain, number, number, account__in=some).items():
        yield Claim(SPLITTER, "credits", list(where), balance.left)


@verifier
def passes(chain: Chain, number: int) -> Iterator[Claim]:
    """How many passes holders have."""
    facts = PassTransferFact.objects.filter(chain=chain, block_number__lte=number)
    for model_id, holder in facts.order_by("?").values_list("model_id", "recipient")[:SAMPLES]:
        # Burnt passes go to the zero address, for which ERC-1155 has no balance.
        if holder == COIN:
            continue
        of_both = facts.filter(model_id=model_id)
        got = sum(of_both.filter(recipient=holder).values_list("quantity", flat=True))
        gave = sum(of_both.filter(sender=holder).values_list("quantity", flat=True))
        yield Claim(PASS, "balanceOf", [holder, int(model_id, 16)], got - gave)


@verifier
def money(chain: Chain, number: int) -> Iterator[Claim]:
    """Every bucket, every referrer's bucket, and what disputes hold: to the smallest unit."""
    kept = ledger_of(chain, number)
    for key, bucket in kept.buckets.items():
        where = [key.model_id, key.token, key.split_hash, key.day]
        yield Claim(SPLITTER, "bucket", where, bucket.gross, "gross")
        yield Claim(SPLITTER, "bucket", where, bucket.fee, "fee")
    for referral, amount in kept.referrals.items():
        yield Claim(SPLITTER, "referralBucket", list(referral), amount)
    # Also where we know of nothing held: the contract may say otherwise.
    for token in {COIN, *kept.held, *(key.token for key in kept.buckets)}:
        yield Claim(SPLITTER, "held", [token], kept.held.get(token, 0))


@verifier
def prepaid(chain: Chain, number: int) -> Iterator[Claim]:
    """What payers have in the escrow, and what of it they ask to have back, where nothing has happened since."""
    # A tally has only its present value, so payers who moved since cannot be compared at this block.
    later = Event.objects.filter(chain=chain, block_number__gt=number, contract=ESCROW)
    moved = {args.get("payer") for args in later.values_list("args", flat=True)}
    asked = {(each.payer, each.token): each.amount for each in EscrowRequest.objects.filter(chain=chain)}
    for tally in Tally.objects.filter(chain=chain, kind="escrow").order_by("?")[:SAMPLES]:
        payer, token = tally.key.split(":")
        if payer in moved:
            continue
        yield Claim(ESCROW, "account", [payer, token], tally.amount, "balance")
        yield Claim(ESCROW, "account", [payer, token], asked.get((payer, token), 0), "requested")
