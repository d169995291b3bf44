"""The epochs of the bonus pool: who gets how much of each, what is claimed, and what a seller can claim now."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from django.db.models import OuterRef, QuerySet, Subquery
from django.db.models.functions import JSONObject

from contracts.models import Chain
from governance.onchain.models.proposals import OnchainProposal
from governance.onchain.models.treasury import BonusFact
from marketplace.listings.models import Listing, listings_on
from marketplace.listings.versions import MetadataDocument

from .merkle import BonusTree

MOST_EPOCHS = 12  # on a page, the newest


@dataclass(frozen=True)
class Bonus:
    """A model's bonus of an epoch, in wei; ``claimed`` is the payment, None while nobody has claimed it."""

    model_id: str
    amount: int
    claimed: BonusFact | None
    listing: Listing | None

    @property
    def seller(self) -> str:
        """Whose it is."""
        return self.model_id[:42]


@dataclass
class Epoch:
    """An epoch whose root the DAO has fixed. ``tree`` is None where the document that the root names is not at hand."""

    fact: BonusFact
    tree: BonusTree | None
    bonuses: list[Bonus] = field(default_factory=list)

    @property
    def proposal(self) -> OnchainProposal | None:
        """The proposal that fixed it, with its number and title alone."""
        by = getattr(self.fact, "by", None)
        return OnchainProposal(number=by["number"], description=by["description"]) if by else None

    @property
    def total(self) -> int:
        """What all of it comes to."""
        return sum(each.amount for each in self.bonuses)

    @property
    def claimed(self) -> int:
        """What of it is claimed."""
        return sum(each.amount for each in self.bonuses if each.claimed)

    def open_to(self, account: str) -> list[Bonus]:
        """Return what an account can claim; only a document that gives the very root proves anything."""
        if self.tree is None:
            return []
        return [each for each in self.bonuses if each.seller == account and each.claimed is None]


def epochs_of(chain: Chain) -> list[Epoch]:
    """Return the newest epochs, the newest first. At most four queries."""
    made = OnchainProposal.objects.filter(chain=OuterRef("chain"), executed_tx=OuterRef("tx_hash"))
    shown = Subquery(made.values(row=JSONObject(number="number", description="description"))[:1])
    facts = BonusFact.objects.filter(chain=chain)
    fixed: QuerySet[BonusFact] = facts.filter(kind="RootSet").annotate(by=shown)
    roots = list(fixed.order_by("-block_number", "-log_index")[:MOST_EPOCHS])
    paid: dict[int, dict[str, BonusFact]] = defaultdict(dict)
    for each in facts.filter(kind="BonusClaimed", epoch__in=[root.epoch for root in roots]):
        paid[int(each.epoch)][each.model_id] = each
    trees = _trees(roots)
    models = {model for tree in trees.values() for model in tree.amounts} | {m for each in paid.values() for m in each}
    names = {model: listing for (_chain, model), listing in listings_on((chain.pk, each) for each in models).items()}
    return [_epoch(root, trees.get(root.root), paid[int(root.epoch)], names) for root in roots]


def _epoch(
    fact: BonusFact, tree: BonusTree | None, paid: Mapping[str, BonusFact], names: Mapping[str, Listing]
) -> Epoch:
    amounts = tree.amounts if tree else {model: int(each.amount) for model, each in paid.items()}
    found = [Bonus(model, amount, paid.get(model), names.get(model)) for model, amount in amounts.items()]
    return Epoch(fact, tree, sorted(found, key=lambda each: (-each.amount, each.model_id)))


def _trees(roots: list[BonusFact]) -> dict[str, BonusTree]:
    """Return the trees of the documents that we have and that give the root which the DAO fixed."""
    documents = MetadataDocument.objects.filter(cid__in=[root.cid for root in roots if root.cid])
    kept = dict(documents.values_list("cid", "content"))
    found = ((root, tree_in(bytes(kept[root.cid]))) for root in roots if root.cid in kept)
    return {root.root: tree for root, tree in found if tree and tree.root == root.root}


@lru_cache(maxsize=2 * MOST_EPOCHS)
def tree_in(document: bytes) -> BonusTree | None:
    """Return the bonuses that a document names under ``wei``, by model; None for any other document."""
    try:
        said = json.loads(document)["wei"]
        amounts = {str(model): int(amount) for model, amount in said.items()}
        return BonusTree(amounts) if all(_is_bonus(*each) for each in amounts.items()) else None
    except (ArithmeticError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None


def _is_bonus(model: str, amount: int) -> bool:
    return model.startswith("0x") and len(bytes.fromhex(model[2:])) == 32 and 0 < amount < 2**256
