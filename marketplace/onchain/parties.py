"""Who has an interest in a sale or a model, because nobody may decide their own case."""

from __future__ import annotations

from contracts.models import Chain
from contracts.names import COIN

from .models.listings import OnchainListing
from .models.sales import PurchaseFact, SplitFact


def parties_of_sale(sale: PurchaseFact) -> set[str]:
    """Return the parties to a purchase: buyer, recipient, referrer, and everybody whom its money goes to."""
    # The split of that very sale, by its hash: who shares only later sales gains nothing here.
    splits = SplitFact.objects.filter(chain=sale.chain_id, model_id=sale.model_id, split_hash=sale.split_hash)
    shares = {recipient for split in splits for recipient in split.recipients}
    sellers = sellers_of(sale.chain_id, sale.model_id)
    # A sale without a referrer names the zero address, which is also the coin's.
    return ({sale.buyer, sale.recipient, sale.referrer} | shares | sellers) - {COIN}


def parties_of_model(chain: Chain, model_id: str) -> set[str]:
    """Return who gets something of a model's next sales."""
    listing = OnchainListing.objects.filter(chain=chain, model_id=model_id).first()
    shares = {address for address, _bps in listing.split} if listing else set()
    return sellers_of(chain.pk, model_id) | shares


def sellers_of(chain_id: int, model_id: str) -> set[str]:
    """Return who sells a model, and who the model that it derives from, which gets a royalty: ids begin with them."""
    parents = OnchainListing.objects.filter(chain=chain_id, model_id=model_id).exclude(parent="")
    return {model[:42] for model in (model_id, *parents.values_list("parent", flat=True))}
