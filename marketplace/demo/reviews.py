"""What the demo's buyers say of what they bought, signed with their own keys; a refund; and what a seller answers.

Nobody has run anything when the demo opens, so nobody is said to have used a model: a review rests on its purchase.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone
from eth_account import Account as Keys

from accounts.models import User
from common.published import MNEMONIC
from contracts.chain import codec
from contracts.chain.client import Client
from contracts.models import Chain
from contracts.names import DAY, MARKET
from marketplace.listings.models import Listing
from marketplace.listings.versions import Adoption
from marketplace.onchain.models.ratings import RatingFact
from marketplace.onchain.models.returns import PurchaseReturn
from marketplace.onchain.models.sales import PurchaseFact
from marketplace.scores.actions import prepare_review, write_review
from marketplace.scores.answering import answer_review
from marketplace.scores.judging import follow, judge_listing
from marketplace.scores.models import Answer, AnswerEdition, Review, ReviewEdition
from marketplace.scores.reckoning import reckon_prior
from marketplace.scores.said import Said

from .history import GIFT, GIFTED

GAS = 900_000
BY_CHOICE = 0
LEAST_AGE = timedelta(days=2)  # of a purchase that somebody reviews


@dataclass(frozen=True)
class DemoReview:
    """What the next buyer of a listing says ``days`` after buying, then perhaps otherwise, and what is answered."""

    rating: int
    text: str
    days: int
    parts: dict[str, Any] = field(default_factory=dict)
    later: tuple[int, str] | None = None
    answer: str = ""
    on_chain: bool = False  # whether its author rates on chain as well, with the review's CID


REVIEWS: dict[str, tuple[DemoReview, ...]] = {
    "pocket-lab/smollm2-chat": (
        DemoReview(
            5,
            "Does what the card says and no more. I use it for short replies, and read each before I send it.",
            3,
            {"delivers": 5, "speed": 5, "worth": 4},
            on_chain=True,
        ),
        DemoReview(
            2,
            "It told me that Sydney is the capital of Australia, twice. Fine for tone, not for facts.",
            2,
            {"delivers": 3, "speed": 4, "worth": 2},
            answer="The card says so: good for short replies, not for facts. If that is not what you need, "
            "you can still have your money back within the refund window.",
        ),
        DemoReview(
            3,
            "The first answers were slow.",
            1,
            {"speed": 2},
            later=(4, "The first answers were slow, because the engine was asleep. After that it is quick enough."),
        ),
        DemoReview(
            4, "Small and honest about it. The examples on the page work as shown.", 5, {"delivers": 4}, on_chain=True
        ),
    ),
    "plain-words/short-summary": (
        DemoReview(4, "One sentence, as promised. Long paragraphs lose their middle.", 4, {"delivers": 4, "speed": 4}),
        DemoReview(3, "Good on minutes of meetings, weak on anything with numbers.", 6, {"delivers": 3, "worth": 3}),
    ),
    "shopfront/product-copy": (
        DemoReview(4, "Two friendly sentences each time. I change a word here and there.", 3, {"worth": 4}),
        DemoReview(2, "It invents features that my lamp does not have.", 2, {"delivers": 2}),
    ),
    "vector-works/minilm-embeddings": (
        DemoReview(
            5,
            "The same vectors as the original model, and fast.",
            2,
            {"delivers": 5, "speed": 5, "worth": 5},
            on_chain=True,
        ),
        DemoReview(5, "Built a search over 3,000 notes with it in an evening.", 7, {"delivers": 5, "support": 4}),
    ),
    "vector-works/text-similarity": (DemoReview(4, "A number that means something, once you know your own scale.", 4),),
}
REFUNDED = DemoReview(1, "Not for me: I wanted whole paragraphs. The refund was there at once.", 0, {"delivers": 2})
TIED = DemoReview(5, "The best of its kind! Everybody should buy it.", 1, {"delivers": 5, "speed": 5, "worth": 5})


def seed_reviews(chain: Chain, rpc: Client, accounts: Sequence[str]) -> None:
    """Let buyers review what they bought, and one of them have the money back. What is there already is kept.

    What happened on the chain has to be indexed and final.
    """
    for name, said in REVIEWS.items():
        for review, bought in zip(said, _buyers(chain, name), strict=False):
            _say(chain, accounts, name, review, bought)
            if review.on_chain:
                _rate(chain, rpc, bought)
    if gift := _gift(chain):
        _say(chain, accounts, GIFTED.name, TIED, gift)
    _take_back(chain, rpc, accounts)
    reckon_prior()


def settle_reviews(chain: Chain) -> None:
    """Let the reviews follow what was sent by ``seed_reviews``, once that is indexed."""
    follow(chain)
    reckon_prior()


def _buyers(chain: Chain, name: str) -> Iterator[PurchaseFact]:
    """Yield the first purchase of each buyer of a listing who paid for themselves, and kept it, oldest first."""
    model_id = _model_of(chain, name)
    kept = PurchaseFact.objects.filter(chain=chain, model_id=model_id, paid__gt=0).exclude(ref=GIFT).kept()
    seen = set()
    for fact in kept.filter(time__lt=timezone.now() - LEAST_AGE).order_by("block_number", "log_index"):
        if fact.buyer == fact.recipient and fact.buyer not in seen:
            seen.add(fact.buyer)
            yield fact


def _gift(chain: Chain) -> PurchaseFact | None:
    return PurchaseFact.objects.filter(chain=chain, ref=GIFT).first()


def _model_of(chain: Chain, name: str) -> str:
    return Adoption.objects.get(chain=chain, listing__name=name).model_id


def _say(chain: Chain, accounts: Sequence[str], name: str, said: DemoReview, bought: PurchaseFact) -> None:
    user, _ = User.objects.get_or_create(address=bought.recipient)
    listing = Listing.objects.get(name=name)
    if Review.objects.filter(author=user.address, listing=listing).exists():
        return
    number = accounts.index(user.address)
    now = timezone.now()
    at = min(bought.time + timedelta(days=said.days, minutes=37), now)
    review = _sign(user, number, name, Said(said.rating, said.text, **said.parts))
    _date(review, at)
    if said.later:
        rating, text = said.later
        review = _sign(user, number, name, Said(rating, text, **said.parts))
        _date_edition(review, min(at + timedelta(days=1), now))
    if said.answer:
        _answer(review, said.answer, min(at + timedelta(hours=20), now))


def _rate(chain: Chain, rpc: Client, bought: PurchaseFact) -> None:
    """Have a review's author rate on chain as well, once."""
    rated = RatingFact.objects.filter(chain=chain, model_id=bought.model_id, rater=bought.recipient)
    review = Review.objects.live().filter(model_id=bought.model_id, author=bought.recipient).first()
    if review and not rated.exists():
        _send(chain, rpc, bought.recipient, "rateModel", (bought.model_id, review.rating, review.cid))


def _send(chain: Chain, rpc: Client, sender: str, function: str, args: tuple[Any, ...]) -> None:
    data = codec.call_data(MARKET, function, args)
    sent = {"from": sender, "to": chain.deployment[MARKET], "data": data, "gas": hex(GAS)}
    rpc.call("eth_sendTransaction", sent)


def _sign(user: User, number: int, name: str, said: Said) -> Review:
    prepared = prepare_review(user=user, name=name, said=said)
    Keys.enable_unaudited_hdwallet_features()
    key = Keys.from_mnemonic(MNEMONIC, account_path=f"m/44'/60'/0'/0/{number}")
    signature = str(key.sign_typed_data(full_message=prepared.typed).signature.to_0x_hex())
    return write_review(user=user, name=name, said=said, number=prepared.number, signature=signature)


def _date(review: Review, at: datetime) -> None:
    """Let a review have been written in the sixty days that the demo's chain has behind it."""
    Review.objects.filter(pk=review.pk).update(written_at=at)
    ReviewEdition.objects.filter(review=review).update(signed_at=at)
    judge_listing(review.listing_id, [])


def _date_edition(review: Review, at: datetime) -> None:
    Review.objects.filter(pk=review.pk).update(edited_at=at)
    ReviewEdition.objects.filter(review=review, number=review.number).update(signed_at=at)


def _answer(review: Review, text: str, at: datetime) -> None:
    seller = User.objects.get(address=review.model_id[:42])
    answer = answer_review(user=seller, key=review.key, text=text)
    Answer.objects.filter(pk=answer.pk).update(written_at=at)
    AnswerEdition.objects.filter(answer=answer).update(at=at)


def _take_back(chain: Chain, rpc: Client, accounts: Sequence[str]) -> None:
    """Have a buyer review a model, and then have the money back, while that is still possible."""
    if PurchaseReturn.objects.filter(chain=chain).exists():
        return
    bought = _returnable(chain)
    if bought is None:
        return
    name = Adoption.objects.get(chain=chain, model_id=bought.model_id).listing.name
    _say(chain, accounts, name, REFUNDED, bought)
    _send(chain, rpc, bought.buyer, "refund", (bought.model_id, bought.buyer, _terms(bought), 0, BY_CHOICE))
    rpc.call("anvil_mine", hex(chain.confirmations + 1), "0x1")


def _returnable(chain: Chain) -> PurchaseFact | None:
    """Return the newest purchase that can be refunded and is its buyer's only one of the model, without a review."""
    today = int(chain.head_time().timestamp()) // DAY
    models = [_model_of(chain, name) for name in REVIEWS]
    reviewed = Review.objects.values_list("author", flat=True)
    sold = PurchaseFact.objects.filter(chain=chain, model_id__in=models, maturity_day__gt=today, paid__gt=0)
    for fact in sold.exclude(ref=GIFT).exclude(buyer__in=reviewed).order_by("-block_number"):
        same = PurchaseFact.objects.filter(chain=chain, model_id=fact.model_id, recipient=fact.recipient)
        if fact.buyer == fact.recipient and same.count() == 1:
            return fact
    return None


def _terms(bought: PurchaseFact) -> dict[str, Any]:
    return {
        "recipient": bought.recipient,
        "token": bought.token,
        "referrer": bought.referrer,
        "plan": bought.plan,
        "quantity": bought.quantity,
        "maturityDay": bought.maturity_day,
        "paid": int(bought.paid),
        "fee": int(bought.fee),
        "splitHash": bought.split_hash,
    }
