"""A model's reviews for programs: reading them, and leaving a signed one."""

from datetime import datetime
from typing import Any, Literal

from django.http import HttpRequest
from ninja import Field, Query, Router, Schema, Status

from accounts.addresses import checksum
from accounts.visitors import user_of
from common.access import member_api, public_api
from marketplace.listings.finding import find_listing
from marketplace.listings.models import Listing
from marketplace.listings.offers import offers_of
from marketplace.scores.actions import prepare_review, write_review
from marketplace.scores.bands import spent_band, used_band
from marketplace.scores.explaining import LEFT_OUT, parts
from marketplace.scores.models import LEAST, MOST, MOST_TEXT, PARTS, Review
from marketplace.scores.said import Said
from marketplace.scores.score_models import ModelScore
from marketplace.scores.showing import STAR
from marketplace.scores.signing import for_wallet

from .asked import USES, Asked
from .contract_score import ContractScore, contract_score_of
from .finding import listed, scores
from .forms import MOST_SIGNATURE

router = Router(tags=["Reviews"])

MOST_ITEMS = 100
NO_SCORE: dict[str, Any] = {
    "value": None,
    "count": 0,
    "shown": 0,
    "distribution": [0] * MOST,
    "parts": {},
    "left_out": {},
    "mean": None,
    "prior": None,
    "weight": 0,
    "prior_weight": 0,
    "formula": None,
}
Sort = Literal["use", "newest", "helpful", "lowest", "highest"]
Rating = Field(ge=LEAST, le=MOST)
PartRating = Field(None, ge=LEAST, le=MOST, description="1 to 5; null where nothing is said of it.")


class ReviewsQuery(Schema):
    """Which reviews."""

    rating: int = Field(0, ge=0, le=MOST, description="1 to 5; 0 for any.")
    version: str = Field("", max_length=32, description="Those of one version.")
    used: Literal["", "some", "often", "much", "most"] = Field("", description="The least use, by its band.")
    counting: Literal["", "no"] = Field("", description="`no`: only those that stand outside the score.")
    sort: Sort = "use"
    limit: int = Field(20, ge=1, le=MOST_ITEMS, description="Items in one answer.")
    cursor: str = Field("", max_length=1000, description="`next` of the answer before.")


class AnswerItem(Schema):
    """What the seller answers."""

    id: str
    author: str
    text: str
    written_at: datetime
    edited_at: datetime | None


class ReviewItem(Schema):
    """A review as it stands."""

    id: str
    author: str = Field(description="Checksummed address.")
    rating: int
    parts: dict[str, int] = Field(description="`delivers`, `speed`, `worth`, `support`: those that were rated.")
    text: str
    version: str
    written_at: datetime
    edited_at: datetime | None
    counted: bool = Field(description="Whether it is part of the score.")
    standing: str = Field(
        description="`counted`, or why it is not: `pending`, `refunded`, `disputed`, `party`, `affiliated`, `burst`."
    )
    used: str = Field(description="Band of what its author has run: `none`, `some`, `often`, `much`, `most`.")
    spent: str = Field(
        description="Band of what its author has paid for good: `none`, `little`, `some`, `much`, `most`."
    )
    helpful: int = Field(description="How many wallets found it helpful.")
    cid: str = Field(description="Address of the signed object.")
    url: str = Field(description="Path of its page.")
    answer: AnswerItem | None = Field(description="The seller’s answer; null without one.")


class ScoreItem(Schema):
    """The site's score, by use."""

    value: float | None = Field(description="1 to 5; null where nothing counts.")
    count: int = Field(description="How many reviews count.")
    shown: int = Field(description="How many can be read.")
    distribution: list[int] = Field(description="How many of those that count gave 1, 2, 3, 4 and 5.")
    parts: dict[str, float] = Field(description="Weighted means of the parts.")
    left_out: dict[str, int] = Field(description="How many do not count, by standing.")
    mean: float | None = Field(description="Weighted mean before it is pulled to `prior`.")
    prior: float | None = Field(description="Mean of all models.")
    weight: int
    prior_weight: int
    formula: int | None = Field(description="Version of the formula.")


class ContractScoreItem(Schema):
    """The contract's score, by fees paid: another number than the site's."""

    value: float | None
    raters: int = Field(description="Wallets whose rating has fees behind it that can no longer be refunded.")
    weight: str = Field(description="Those fees in wei, as a decimal string.")
    chain: int
    model_id: str


class ReviewPage(Schema):
    """Some of a model's reviews, with both scores."""

    items: list[ReviewItem]
    next: str | None = Field(description="Cursor of the next page; null at the end.")
    score: ScoreItem
    contract_score: ContractScoreItem | None = Field(description="Null for what is on no chain.")


class ReviewSaid(Schema):
    """What a review says. Without a signature it is answered with the typed data to sign."""

    rating: int = Rating
    text: str = Field("", max_length=MOST_TEXT)
    version: str = Field("", max_length=32, description="Of which version; empty for the newest.")
    delivers: int | None = PartRating
    speed: int | None = PartRating
    worth: int | None = PartRating
    support: int | None = PartRating

    @property
    def said(self) -> Said:
        """The same for the action."""
        given: dict[str, Any] = {name: getattr(self, name) for name in ("rating", "text", "version", *PARTS)}
        return Said(**given)


class SignedReview(ReviewSaid):
    """The same with what was signed."""

    number: int = Field(ge=1, lt=2**31, description="The edition, as it was signed.")
    signature: str = Field(max_length=MOST_SIGNATURE, description="0x text, over exactly this (EIP-712).")


class ToSign(Schema):
    """What the author signs."""

    number: int
    chain_id: int
    typed_data: dict[str, Any] = Field(description="EIP-712; numbers as text.")


@router.get("/listings/{owner}/{name}/reviews", response=ReviewPage, summary="A model’s reviews and scores")
@public_api
def list_reviews(request: HttpRequest, owner: str, name: str, query: Query[ReviewsQuery]) -> dict[str, Any]:
    """Return the reviews of a model that anybody may read, a page at a time, with what stands outside the score."""
    listing = find_listing(owner, name)
    used = query.used if query.used in USES else ""
    asked = Asked(query.rating, query.version.replace("\x00", ""), used, query.counting == "no", query.sort)
    chain = listed(listing.pk, asked, query.cursor, limit=query.limit)
    page, kept = chain.page(chain.read()), scores().find(pk=listing.pk)
    return {
        "items": [_item(each) for each in page.items],
        "next": page.next or None,
        "score": _score(kept[0] if kept else None),
        "contract_score": _contract(listing),
    }


@router.post("/listings/{owner}/{name}/reviews/to-sign", response=ToSign, summary="What a review would sign")
@member_api
def post_review_to_sign(request: HttpRequest, owner: str, name: str, body: ReviewSaid) -> dict[str, Any]:
    """Return the typed data that the author’s wallet signs. Nothing is kept."""
    prepared = prepare_review(user=user_of(request), name=find_listing(owner, name).name, said=body.said)
    return {"number": prepared.number, "chain_id": prepared.chain.pk, "typed_data": for_wallet(prepared.typed)}


@router.post("/listings/{owner}/{name}/reviews", response={201: ReviewItem}, summary="Leave a signed review")
@member_api
def post_review(request: HttpRequest, owner: str, name: str, body: SignedReview) -> Status[dict[str, Any]]:
    """Publish a signed review of a model that one has paid for, or the next edition of it."""
    given = {"said": body.said, "number": body.number, "signature": body.signature}
    made = write_review(user=user_of(request), name=find_listing(owner, name).name, **given)  # type: ignore[arg-type]
    return Status(201, _item(made))


def _item(review: Review) -> dict[str, Any]:
    answer = getattr(review, "answer", None)
    return {
        **{name: getattr(review, name) for name in ("rating", "text", "version", "written_at", "edited_at", "cid")},
        "id": review.key,
        "author": checksum(review.author),
        "parts": {name: value for name in PARTS if (value := getattr(review, name)) is not None},
        "counted": review.is_counted,
        "standing": review.standing,
        "used": used_band(review).name,
        "spent": spent_band(review).name,
        "helpful": review.votes,
        "url": f"/reviews/{review.key}",
        "answer": {
            **{name: getattr(answer, name) for name in ("text", "written_at", "edited_at")},
            "id": answer.key,
            "author": checksum(answer.author),
        }
        if answer and answer.is_shown
        else None,
    }


def _score(score: ModelScore | None) -> dict[str, Any]:
    if score is None:
        return {**NO_SCORE}
    return {
        "value": _stars(score.score),
        "count": score.count,
        "shown": score.shown,
        "distribution": score.stars or NO_SCORE["distribution"],
        "parts": {part.name: part.mean / STAR for part in parts(score)},
        "left_out": {each.value: score.left_out[each] for each in LEFT_OUT if score.left_out.get(each)},
        "mean": _stars(score.mean),
        "prior": _stars(score.prior),
        "weight": score.weight,
        "prior_weight": score.prior_weight,
        "formula": score.version,
    }


def _stars(value: int | None) -> float | None:
    return None if value is None else value / STAR


def _contract(listing: Listing) -> dict[str, Any] | None:
    offer = offers_of([listing.pk]).get(listing.pk)
    found: ContractScore | None = contract_score_of(offer.chain, offer.onchain.model_id) if offer else None
    if found is None:
        return None
    value = found.mean / 10_000 if found.raters else None
    kept = {"raters": found.raters, "weight": str(found.weight), "model_id": found.model_id}
    return {"value": value, "chain": found.chain.pk, **kept}
