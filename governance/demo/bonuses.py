"""The demo's bonus epoch: what it gives back to two models, the root that the DAO fixes, and the proof of a claim."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from eth_abi import abi as eth_abi
from eth_utils.crypto import keccak

from contracts.money import BPS
from contracts.names import DAY
from marketplace.demo.history import maturity_day, model_id
from marketplace.demo.listings import LISTINGS
from marketplace.demo.steps import Step
from marketplace.files.cids import cid_of
from marketplace.listings.metadata import canonical
from marketplace.listings.versions import MetadataDocument

EPOCH = 1
BONUSES_MADE = 35 * DAY  # when the epoch is proposed, in seconds since the chain began
LEAST_FEE_BPS = 200  # of every sale in the demo's history, so that no bonus is above what the pool allows
CAP_BPS = 50  # of a model's matured fees, as the contracts are deployed
REWARDED = ("vector-works/minilm-embeddings", "plain-words/short-summary")


@dataclass(frozen=True)
class Bonuses:
    """What an epoch pays, in wei by model id; there are two, so each is the proof of the other."""

    amounts: dict[str, int]

    @property
    def document(self) -> bytes:
        """What the root stands for, as it is kept under its CID."""
        return canonical({"epoch": EPOCH, "wei": {model: str(amount) for model, amount in self.amounts.items()}})

    @property
    def cid(self) -> str:
        """The CID of the document."""
        return cid_of(self.document)

    @property
    def root(self) -> str:
        """The root that the bonus pool is given."""
        return _hex(keccak(b"".join(sorted(_leaf(*each) for each in self.amounts.items()))))

    def proof_for(self, model: str) -> list[str]:
        """Return the hashes that lead from a model's leaf to the root."""
        return [_hex(_leaf(*each)) for each in self.amounts.items() if each[0] != model]


def bonuses_of(accounts: Sequence[str], sales: Sequence[Step], until: int) -> Bonuses:
    """Return the bonuses for what the rewarded models' sales had brought, and was distributed, at a time."""
    ids = {each.name: model_id(accounts[each.seller.index], each.slug) for each in LISTINGS}
    return Bonuses({ids[name]: _bonus(ids[name], sales, until) for name in REWARDED})


def keep_document(bonuses: Bonuses) -> None:
    """Keep the document that the proposal names, so that it can be read by its CID."""
    MetadataDocument.objects.get_or_create(cid=bonuses.cid, defaults={"content": bonuses.document})


def _bonus(model: str, sales: Sequence[Step], until: int) -> int:
    distributed = {
        step.args[2] for step in sales if step.function == "distribute" and step.args[0] == model and step.time < until
    }
    sold = (step for step in sales if step.function == "purchase" and step.args[0]["modelId"] == model)
    paid = sum(step.value for step in sold if maturity_day(step.time) in distributed)
    return paid * LEAST_FEE_BPS // BPS * CAP_BPS // BPS


def _leaf(model: str, amount: int) -> bytes:
    # Twice, as OpenZeppelin does it, so that no inner node can be passed off as a leaf.
    return keccak(keccak(eth_abi.encode(["bytes32", "uint256"], [bytes.fromhex(model[2:]), amount])))


def _hex(digest: bytes) -> str:
    return "0x" + digest.hex()
