"""The catalogue for programs: the same search as the page, as JSON."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any

from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Field, Query, Router, Schema
from pydantic import BeforeValidator

from common.access import public_api
from common.links import web_address
from marketplace.listings.cards import Card
from marketplace.listings.errors import ListingNotFoundError
from marketplace.listings.models import Listing
from marketplace.listings.performance import Performance
from marketplace.listings.runtime import ENOUGH
from marketplace.onchain.models.listings import Plan
from marketplace.scores.showing import STAR, score_of
from marketplace.search.asked import said_twice
from marketplace.search.errors import SearchNotUnderstoodError
from marketplace.search.search import Search
from marketplace.search.understood_chips import understood_chips

router = Router(tags=["Listings"])

MOST_ITEMS = 100
TextOrNull = Annotated[str | None, BeforeValidator(lambda value: value or None)]
Range = Annotated[str, Field(max_length=64)]
Choices = Annotated[list[str], Field(max_length=20)]


class ListingQuery(Schema):
    """What to look for. A repeated filter means any of its values; ``unknown`` means that nothing is stated."""

    q: str = Field(
        "",
        max_length=200,
        description="Words to find in names, facts and meaning; slips are forgiven. "
        "It may hold filters: `license:mit params:<1b`.",
    )
    task: Choices = Field(
        [],
        description="Hugging Face pipeline tag, such as `text-generation`; or a use, which stands for several: "
        "`writing`, `vectors`, `sorting`, `images`, `sound`, `mixed`.",
    )
    license: Choices = Field(
        [],
        description="SPDX-like id in lower case; `custom` for terms of the owner's own; or what licences let one do: "
        "`sell`, `conditions`, `non-commercial`.",
    )
    size: Choices = Field([], description="Parameters: `under-100m`, `100m-1b`, `1b-10b`, `over-10b`.")
    modality: Choices = Field([], description="Kind of data: `text`, `image`, `audio`, `video`.")
    language: Choices = Field([], description="ISO 639-3 code, such as `deu`.")
    availability: Choices = Field(
        [],
        description="`for-sale`: it runs here now and can be bought; `free-to-try`: it runs here and is not sold; "
        "`reference`: facts alone.",
    )
    library: Choices = Field([], description="A library that loads the weights, such as `Transformers`.")
    runnable: Choices = Field([], description="`yes`: it answers here now; `no`.")
    price: Choices = Field([], description="`free`: for nothing, or free to try; `paid`; `unknown`: neither.")
    chain: Choices = Field([], description="Short name of the chain that it is listed on, such as `anvil`.")
    params: Range = Field("", description="Number of weights: `100m..1b`, `<1b`, `>=7b`.")
    context: Range = Field("", description="Longest input in tokens: `>=8k`.")
    dims: Range = Field("", description="Numbers in a vector: `384`.")
    released: Range = Field("", description="Day of release: `2024`, `2024-05-01..2025-01-31`, `>2023`.")
    sort: str = Field(
        "",
        description="`relevance` (with `q`; at most 1,000), `running`, `newest`, `name`, `smallest`, `largest`, "
        "`cheapest` (by the price of a year), `trending` (use that fades by half in a week), `most-used`, `rating`, "
        "`fastest` (to the first token).",
    )
    limit: int = Field(30, ge=1, le=MOST_ITEMS, description="Items in one answer.")
    cursor: str = Field("", max_length=1000, description="`next` of the answer before.")

    def search(self, request: HttpRequest) -> Search:
        """Return the search that the page would make of the same parameters; raises SearchNotUnderstoodError."""

        def values(name: str) -> list[str]:
            value = getattr(self, name, [])
            return [value] if isinstance(value, str) else value

        search = Search.asked(self.q, self.sort, values)
        faults = {name: fault for name, fault in search.faults.items() if name != "q"}  # the answer says it of `q`
        for name, values_given in request.GET.lists():
            # A misspelt parameter would widen the search without a word.
            if name not in type(self).model_fields:
                faults[name] = _("There is no parameter of this name.")
            elif isinstance(getattr(self, name), (str, int)) and len(set(values_given)) > 1:
                faults[name] = said_twice(name)
        if faults:
            raise SearchNotUnderstoodError.of(faults)
        return search


class PriceItem(Schema):
    """The plan that stands first: a lasting pass where there is one, else a subscription by periods."""

    plan: str = Field(description="`lasting` or `subscription`.")
    amount: str = Field(description="Smallest units of the token, as a decimal string.")
    token: str = Field(description="Address of the token; the zero address is the chain's coin.")
    period: int = Field(description="Seconds that a unit lasts; 0 for a lasting pass.")
    chain: int = Field(description="EIP-155 id of the chain that it is paid on.")
    model_id: str = Field(description="The model's id on that chain.")


class ListingItem(Schema):
    """A model in a list."""

    name: str = Field(description="`owner/model`, unique without case.")
    slug: str = Field(description="The last part of its address under `/models/`.")
    owner: str
    url: str = Field(description="Path of its page.")
    task: str
    license: TextOrNull = Field(description="SPDX-like id; `custom` for terms of its own; null where unknown.")
    parameters: int | None = Field(description="Number of weights.")
    memory_mb: int | None = Field(description="Memory of the weights in MiB, at fp32 unless the source says otherwise.")
    released: date | None
    modalities: list[str]
    languages: list[str] = Field(description="ISO 639-3 codes.")
    libraries: list[str]
    price: PriceItem | None = Field(description="What access costs; null for what is not for sale.")
    purchasable: bool = Field(description="Whether a purchase would deliver something that runs or can be verified.")
    purchase_refusal: TextOrNull = Field(description="Why it cannot be bought; null where it can.")
    score: float | None = Field(description="The site’s score from 1 to 5, by use; null where no review counts.")
    reviews: int = Field(description="How many reviews make the score.")
    first_token_ms: int | None = Field(
        description="Median time to the first token, of a day; null where it does not run."
    )
    tokens_per_second: float | None = Field(description="Of what it wrote in the last day, where it runs here.")

    @staticmethod
    def resolve_first_token_ms(listing: Listing) -> int | None:
        return listing.runtime.first_token_p50_ms if listing.runs_now else None

    @staticmethod
    def resolve_tokens_per_second(listing: Listing) -> float | None:
        return listing.runtime.tokens_per_second if listing.runs_now else None

    @staticmethod
    def resolve_score(listing: Listing) -> float | None:
        found = score_of(listing)
        return found.score / STAR if found and found.score is not None else None

    @staticmethod
    def resolve_reviews(listing: Listing) -> int:
        found = score_of(listing)
        return found.count if found else 0

    @staticmethod
    def resolve_price(listing: Listing) -> dict[str, Any] | None:
        offer = listing.offer
        # What cannot be bought has no price: programs would compare it with real offers.
        if offer is None or offer.first is None or not listing.purchasable:
            return None
        first = offer.first
        return {
            "plan": Plan(first.plan).name.lower(),
            # As text: many JSON readers lose digits beyond 2**53.
            "amount": str(first.price),
            "token": first.token,
            "period": first.period,
            "chain": offer.chain.pk,
            "model_id": offer.onchain.model_id,
        }

    @staticmethod
    def resolve_slug(listing: Listing) -> str:
        return listing.name

    @staticmethod
    def resolve_owner(listing: Listing) -> str:
        return listing.owner_name

    @staticmethod
    def resolve_url(listing: Listing) -> str:
        return listing.get_absolute_url()


class UnderstoodItem(Schema):
    """What a phrase of `q` was understood as. In quotation marks it would have been taken literally."""

    phrase: str = Field(description="As it was typed.")
    kind: str = Field(description="What kind of thing it names, such as “Language”.")
    meaning: str = Field(description="What it was understood as, in words.")


class ListingPage(Schema):
    """Some of what matches."""

    items: list[ListingItem]
    next: str | None = Field(description="Cursor of the next page; null at the end.")
    count: int = Field(description="How many match in all: exact to 10,000; 10,001 means more.")
    close: int = Field(
        description="How many more there are by relevance: they have some of the words, come close in meaning, or only "
        "mention what was understood."
    )
    understood: list[UnderstoodItem] = Field(description="What narrows, orders or widens the search besides filters.")
    problems: list[str] = Field(description="What of `q` could not be understood and was left out, a sentence each.")


class ReferencePriceItem(Schema):
    """What a host elsewhere charges; a fact for comparison, not an offer."""

    provider: str
    input_usd_per_mtok: float | None = Field(None, description="US dollars a million input tokens.")
    output_usd_per_mtok: float | None = Field(None, description="US dollars a million output tokens.")


class SuspensionItem(Schema):
    """Why a moderator has hidden a model. It is in no list, and not for sale."""

    since: datetime = Field(description="When it was hidden.", alias="made_at")
    category: str = Field(
        description="`malware`, `unlawful`, `licence`, `deceptive`, `broken`, `spam` or `other`. "
        "With the first two nobody may run it; with the others whoever bought access before still may."
    )
    reason: str = Field(description="What the moderator wrote.")


class PerformanceItem(Schema):
    """What thirty days have measured of one version, of our checks and of real calls; null below 20 measurements."""

    version: str = Field(description="Empty for what ran before the first release, or without one.")
    engine: str = Field(description="What answers.")
    rating: float | None = Field(description="0 to 100; null below 20 measured answers and 20 checks.")
    formula: int = Field(description="Version of the formula; `/reputation` explains it.")
    parts: list[dict[str, str | int]] = Field(description="Each `name`, `points` in millionths, and `weight`.")
    since: datetime
    until: datetime
    measured: int = Field(description="Answers that were measured.")
    first_token_p50_ms: int | None
    first_token_p95_ms: int | None
    tokens_per_second_p50: float | None
    tokens_per_second_p95: float | None = Field(description="What 95 of 100 answers reach.")
    checks: int
    checks_answered: int
    uptime: float | None = Field(description="0 to 1.")
    calls: int
    calls_succeeded: int
    success: float | None = Field(description="0 to 1.")


def _performance_item(row: Performance) -> dict[str, Any]:
    same = ("version", "engine", "formula", "parts", "since", "until", "measured", "calls", "uptime", "success")
    speeds = {"tokens_per_second_p50": row.speed_p50, "tokens_per_second_p95": row.speed_p95}
    return {
        **{name: getattr(row, name) for name in same},
        "rating": row.points,
        "first_token_p50_ms": row.first_p50_ms if row.is_enough else None,
        "first_token_p95_ms": row.first_p95_ms if row.is_enough else None,
        **{name: value / 1_000 if value and row.written >= ENOUGH else None for name, value in speeds.items()},
        "checks": row.asked,
        "checks_answered": row.answered,
        "calls_succeeded": row.succeeded,
    }


class ListingDetail(ListingItem):
    """Everything that is recorded of a model."""

    state: str = Field(
        description="`reference`: nobody sells it here; `listed`; `paused` or `retired` by its seller; "
        "`suspended`: a moderator has hidden it."
    )
    suspension: SuspensionItem | None = Field(description="The moderators' decision that hides it; else null.")

    license_url: TextOrNull = Field(description="Where terms of its own can be read.")
    embedding_dim: int | None = Field(description="Numbers in a vector.")
    max_tokens: int | None = Field(description="Longest input, in tokens.")
    adapted_from: TextOrNull = Field(description="`owner/model` that it was made from; need not be in the catalogue.")
    superseded_by: TextOrNull = Field(description="`owner/model` that replaces it.")
    reference_prices: list[ReferencePriceItem]
    facts: dict[str, Any] = Field(description="Further facts as recorded: architecture, training data, revision.")
    source: TextOrNull = Field(description="Package that the facts were read from.")
    summary: str = Field(description="The model in a sentence or two, made from these facts.")
    performance: list[PerformanceItem] = Field(description="By version and engine, what answered last first.")

    @staticmethod
    def resolve_performance(listing: Listing) -> list[dict[str, Any]]:
        return [_performance_item(row) for row in Performance.objects.of(listing.pk)]

    @staticmethod
    def resolve_license_url(listing: Listing) -> str:
        return web_address(listing.license_url)

    @staticmethod
    def resolve_summary(listing: Listing) -> str:
        return Card(listing).summary


@router.get("/listings", response=ListingPage, summary="Search the catalogue")
@public_api
def list_listings(request: HttpRequest, query: Query[ListingQuery]) -> dict[str, Any]:
    """Return models that match, a page at a time, in a total order: walking ``next`` meets each exactly once.

    By relevance the order is made once and kept ten minutes; after that its cursors answer 410. It also holds what only
    comes close or only mentions what was understood, which ``close`` counts and ``count`` leaves out.
    """
    search = query.search(request)
    page = search.page(limit=query.limit, cursor=query.cursor)
    counts = {"count": search.count(), "close": search.close + search.mentioned}
    understood = [
        {"phrase": chip.phrase, "kind": chip.title, "meaning": chip.label} for chip in understood_chips(search)
    ]
    rest = {"understood": understood, "problems": search.problems}
    return {"items": page.items, "next": page.next or None, **counts, **rest}


@router.get("/listings/{owner}/{name}", response=ListingDetail, summary="One model")
@public_api
def get_listing(request: HttpRequest, owner: str, name: str) -> Listing:
    """Return one model by name, whatever its case."""
    return found_listing(owner, name)


def found_listing(owner: str, name: str) -> Listing:
    """Return a listing by name, whatever its case; raises ListingNotFoundError."""
    listing = Listing.objects.named(f"{owner}/{name}").select_related("suspension", "review_score").first()
    if listing is None:
        raise ListingNotFoundError
    return listing
