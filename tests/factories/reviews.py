"""A model for sale, what is paid for it and taken back, and signed reviews: facts as the indexer would write them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import count
from typing import Any

from eth_account import Account as Keys
from eth_account.signers.local import LocalAccount

from accounts.models import Account, User
from contracts.models import Block, Chain, Cursor
from contracts.models.chains import LOCAL_CHAIN
from contracts.names import COIN, DAY
from marketplace.listings.models import Listing
from marketplace.listings.versions import Adoption, MetadataDocument, Version
from marketplace.onchain.models.listings import Plan
from marketplace.onchain.models.returns import PurchaseReturn, Stage
from marketplace.onchain.models.sales import PurchaseFact
from marketplace.scores.actions import prepare_review, write_review
from marketplace.scores.models import Review
from marketplace.scores.said import Said

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
TODAY = int(NOW.timestamp()) // DAY
PRICE = 10**16
HEAD, CONFIRMATIONS = 1_000, 3
_places = count(1)


@cache
def key(number: int) -> LocalAccount:
    """Return somebody's key, the same each time."""
    made: LocalAccount = Keys.from_key(f"0x{number + 1:064x}")
    return made


def person(number: int) -> User:
    """Return somebody who has signed in here."""
    return User.objects.get_or_create(address=address(number))[0]


def address(number: int) -> str:
    return key(number).address.lower()


def word(number: int) -> str:
    return f"0x{number:064x}"


def sign(number: int, typed: dict[str, Any]) -> str:
    return str(key(number).sign_typed_data(full_message=typed).signature.to_0x_hex())


SELLER = 1


@dataclass
class Model:
    """A model that SELLER sells on a chain whose last block is ``head``, of ``NOW``."""

    chain: Chain
    listing: Listing
    model_id: str
    head: int = HEAD
    bought: list[PurchaseFact] = field(default_factory=list)

    @property
    def final(self) -> int:
        return self.head - CONFIRMATIONS

    def mine(self, blocks: int = 1, fork: int = 0) -> None:
        """Let the head move on, on the branch that ``fork`` names."""
        for _ in range(blocks):
            self.head += 1
            self._block(fork)

    def rewind(self, to: int, fork: int) -> None:
        """Take the blocks above ``to`` back, with what is in them, and put as many of another branch in their place."""
        head, self.head = self.head, to
        Block.objects.filter(chain=self.chain, number__gt=to).delete()
        PurchaseFact.objects.filter(chain=self.chain, block_number__gt=to).delete()
        PurchaseReturn.objects.filter(chain=self.chain, taken_block__gt=to).delete()
        self.mine(head - to, fork)

    def buy(self, who: int, *, block: int = 900, paid: int = PRICE, old: bool = True, **given: Any) -> PurchaseFact:
        """Let somebody have bought a pass, by default long ago: nobody can have the money back."""
        values: dict[str, Any] = {
            "buyer": address(who), "recipient": address(who), "referrer": COIN, "ref": word(0), "plan": Plan.LASTING,
            "quantity": 1, "token": COIN, "paid": paid, "fee": paid // 40, "split_hash": word(7),
            "maturity_day": TODAY - 10 if old else TODAY + 7, "model_id": self.model_id, **given,
        }  # fmt: skip
        return PurchaseFact.objects.create(**_place(self.chain, block), **values)

    def take_back(self, bought: PurchaseFact, *, block: int = 0, stage: Stage = Stage.REFUNDED) -> PurchaseReturn:
        """Let a purchase have been refunded, or disputed."""
        same = ("ref", "model_id", "buyer", "recipient", "plan", "quantity", "token", "paid", "split_hash")
        block = block or self.head
        return PurchaseReturn.objects.create(
            chain=self.chain, purchase_tx=bought.tx_hash, purchase_index=bought.index, stage=stage,
            maturity_day=bought.maturity_day, taken_tx=word(next(_places)), taken_block=block, taken_log=0,
            taken_at=NOW, **{name: getattr(bought, name) for name in same},
        )  # fmt: skip

    def review(self, who: int, rating: int = 5, text: str = "", **parts: Any) -> Review:
        """Have somebody sign and send a review, as the page does."""
        user, said = person(who), Said(rating, text, **parts)
        prepared = prepare_review(user=user, name=self.listing.name, said=said)
        signature = sign(who, prepared.typed)
        return write_review(user=user, name=self.listing.name, said=said, number=prepared.number, signature=signature)

    def buy_and_review(self, who: int, rating: int = 5, text: str = "", **parts: Any) -> Review:
        self.buy(who)
        return self.review(who, rating, text, **parts)

    def _block(self, fork: int) -> None:
        made = {"hash": word(self.head * 100 + fork), "parent_hash": word((self.head - 1) * 100 + fork)}
        time = NOW + timedelta(seconds=self.head - HEAD)
        Block.objects.update_or_create(chain=self.chain, number=self.head, defaults={**made, "time": time})
        Cursor.objects.update_or_create(chain=self.chain, defaults={"number": self.head, "hash": made["hash"]})


def local_chain() -> Chain:
    """Return a chain whose last block is HEAD."""
    made, _ = Chain.objects.get_or_create(
        pk=LOCAL_CHAIN,
        defaults={
            "short_name": "anvil", "name": "Anvil", "coin": "ETH", "confirmations": CONFIRMATIONS, "reorg_window": 64,
        },
    )  # fmt: skip
    return made


def model(name: str = "maker/chat", seller: int = SELLER, salt: int = 1) -> Model:
    """Return a new model with a version 1.0.0, without the search's words."""
    return models([name], seller, salt)[0]


def models(names: Iterable[str], seller: int = SELLER, salt: int = 1) -> list[Model]:
    """Return new models of one owner, each with a version 1.0.0, without the search's words."""
    called, user = list(names), person(seller)
    owner, _ = Account.objects.get_or_create(name=called[0].split("/")[0], defaults={"user": user})
    listings = Listing.objects.bulk_create(Listing(owner=owner, name=name, task="text-generation") for name in called)
    document, _ = MetadataDocument.objects.get_or_create(cid="bafkrei" + "a" * 52, defaults={"content": b"{}"})
    Version.objects.bulk_create(Version(listing=each, number="1.0.0", metadata=document) for each in listings)
    chain = local_chain()
    made = [Model(chain, each, f"{address(seller)}{salt + turn:024x}") for turn, each in enumerate(listings)]
    Adoption.objects.bulk_create(Adoption(listing=each.listing, chain=chain, model_id=each.model_id) for each in made)
    for number in (made[0].final, HEAD):
        made[0].head = number
        made[0]._block(0)
    return made


def _place(chain: Chain, block: int) -> dict[str, Any]:
    place = next(_places)
    return {"chain": chain, "block_number": block, "time": NOW, "tx_hash": word(place), "index": 0, "log_index": place}
