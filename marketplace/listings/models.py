"""What the catalogue holds. On-chain state and what people buy live in tables of their own."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVector, SearchVectorField
from django.db import models
from django.db.models import F, Func, Value
from django.db.models.functions import Cast, Coalesce, Extract, Lower
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext

from accounts.models import Account
from common.links import web_address
from marketplace.ground.decisions import Category, ModerationDecision

from .offers import Offer, offers_of
from .runtime import ListingRuntime
from .taxonomy import licence_of
from .versions import Adoption

LISTING_NAME = r"^[A-Za-z0-9_][A-Za-z0-9_.-]*/[A-Za-z0-9_][A-Za-z0-9_.-]*$"
NO_DATE = date.min
NO_SIZE = 2**62


SQUASHED = Func(  # the name's second part without anything but letters and digits: "bgem3" for BAAI/bge-m3
    Lower(Func("name", Value("/"), Value(2), function="split_part", output_field=models.TextField())),
    Value(r"[\W_]+"),
    Value(""),
    Value("g"),
    function="regexp_replace",
    output_field=models.TextField(),
)


# Days since 1970 on which it was released, -719,162 where nobody knows: a number that an index can be walked by.
RELEASED_DAY = Cast(Extract(Coalesce("released", Value(NO_DATE)), "epoch") / 86_400, models.IntegerField())


def words() -> ArrayField[list[str], list[str]]:
    """Return a column that holds a short list of words, none by default."""
    return ArrayField(models.CharField(max_length=120), default=list, blank=True)


class ListingQuerySet(models.QuerySet["Listing"]):
    """Reads of the catalogue."""

    def visible(self) -> ListingQuerySet:
        """Return the listings that no moderator has hidden: what every list, count and link is made of."""
        return self.filter(suspension=None)

    def without_index(self) -> ListingQuerySet:
        """Leave out what only the search reads, and no page shows: it is as long as all the rest."""
        return self.defer("name_words", "keywords", "summary_words", "card_words", "search_vector")

    def named(self, *names: str) -> ListingQuerySet:
        """Return the listings with these names (``owner/model``), whatever their case."""
        return self.alias(lower_name=Lower("name")).filter(lower_name__in=[name.lower() for name in names])

    def adapted_from(self, name: Value) -> ListingQuerySet:
        """Return the listings that were made from the model of that name, which is in lower case."""
        return self.alias(parent=Lower("adapted_from")).filter(parent=name)

    def superseded_by(self, name: Value) -> ListingQuerySet:
        """Return the listings that the model of that name, in lower case, replaces."""
        return self.alias(successor=Lower("superseded_by")).filter(successor=name)


class Listing(models.Model):
    """A model in the catalogue: facts about it, by the name ``owner/model``.

    Sizes: ``parameters`` counts weights, ``memory_mb`` is MiB of them as their source counts (Card.precision).
    Languages are ISO 639-3. ``adapted_from`` and ``superseded_by`` are names, not keys: what they name
    need not be in the catalogue. ``suspension`` is the moderators' decision that hides it, if one does, and ``label``
    the one that its page says without hiding anything.
    """

    owner = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="listings")
    name = models.CharField(max_length=193)
    task = models.SlugField(max_length=64, db_index=False)  # indexed below, once
    license = models.CharField(max_length=64, blank=True)
    license_url = models.URLField(max_length=500, blank=True)
    parameters = models.BigIntegerField(null=True, blank=True)
    memory_mb = models.BigIntegerField(null=True, blank=True)
    released = models.DateField(null=True, blank=True)
    embedding_dim = models.PositiveIntegerField(null=True, blank=True)
    max_tokens = models.BigIntegerField(null=True, blank=True)
    modalities = words()
    libraries = words()
    languages = words()
    adapted_from = models.CharField(max_length=193, blank=True)
    superseded_by = models.CharField(max_length=193, blank=True)
    reference_prices = models.JSONField(default=list, blank=True)
    facts = models.JSONField(default=dict, blank=True)
    source = models.CharField(max_length=64, blank=True)
    # A column, not a look at the log, because every list and count asks for it (decision 0080).
    suspension = models.ForeignKey(
        ModerationDecision, on_delete=models.PROTECT, null=True, blank=True, editable=False, related_name="+"
    )
    label = models.ForeignKey(
        ModerationDecision, on_delete=models.PROTECT, null=True, blank=True, editable=False, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    # What places it among equals; written by search/rank_prior.py. Each is a number without a unit, more is better.
    quality = models.FloatField(db_default=0.0, editable=False)
    uses = models.BigIntegerField(db_default=0, editable=False)
    trend = models.FloatField(db_default=0.0, editable=False)

    # Whether its newest release has files to download: every list asks for it. Written by listings/publishing.py.
    has_files = models.BooleanField(default=False, db_default=False, editable=False)
    comments = models.PositiveIntegerField(default=0, db_default=0, editable=False)  # written by the app's community

    name_words = models.TextField(editable=False)
    keywords = models.TextField(editable=False)
    summary_words = models.TextField(editable=False, db_default="")
    card_words = models.TextField(editable=False, db_default="")
    # By the database, so that what plain SQL writes (the import) can be found as well.
    search_vector = models.GeneratedField(
        expression=SearchVector("name_words", config="simple", weight="A")
        + SearchVector("keywords", config="english", weight="B")
        + SearchVector("summary_words", config="english", weight="C")
        + SearchVector("card_words", config="english", weight="D"),
        output_field=SearchVectorField(),
        db_persist=True,
    )

    objects = ListingQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(Lower("name"), name="listing_name_unique"),
            models.CheckConstraint(condition=models.Q(name__regex=LISTING_NAME), name="listing_name_form"),
            models.CheckConstraint(
                condition=models.Q(parameters=None) | models.Q(parameters__gte=0), name="listing_parameters_count"
            ),
        ]
        indexes = [
            GinIndex(fields=["search_vector"], name="listing_search"),
            GinIndex(fields=["name"], opclasses=["gin_trgm_ops"], name="listing_name_trigrams"),
            GinIndex(fields=["languages", "libraries", "modalities"], name="listing_lists"),
            models.Index(fields=["task"], name="listing_task"),
            models.Index(fields=["license"], name="listing_license"),
            models.Index(F("quality").desc(), "id", name="listing_quality"),
            models.Index(F("uses").desc(), "id", name="listing_uses"),
            models.Index(F("trend").desc(), "id", name="listing_trend"),
            models.Index(Coalesce("released", Value(NO_DATE)).desc(), "id", name="listing_newest"),
            models.Index(RELEASED_DAY.desc(), "id", name="listing_released_day"),
            # Two keys of one column: where the size is unknown, a listing comes last in both directions.
            models.Index(Coalesce("parameters", Value(NO_SIZE)), "id", name="listing_smallest"),
            models.Index(Coalesce("parameters", Value(-1)).desc(), "id", name="listing_largest"),
            models.Index(fields=["max_tokens"], name="listing_context"),
            models.Index(fields=["embedding_dim"], name="listing_dimensions"),
            models.Index(SQUASHED, name="listing_squashed"),
            models.Index(Lower("adapted_from"), name="listing_adapted_from"),
            models.Index(Lower("superseded_by"), name="listing_superseded_by"),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("model", args=[self.owner_name, self.model_name])

    @property
    def owner_name(self) -> str:
        """The part of the name before the slash, as its source writes it."""
        return self.name.partition("/")[0]

    @property
    def model_name(self) -> str:
        """The part of the name after the slash."""
        return self.name.partition("/")[2]

    @property
    def terms_url(self) -> str:
        """Where its licence can be read: the owner's own terms, else the licence's text; empty where nobody knows."""
        return web_address(self.license_url) or licence_of(self.license).url

    @cached_property
    def offer(self) -> Offer | None:
        """What it sells and where; None for what has no place on a chain. Lists fill it in at once (with_offers)."""
        return offers_of([self.pk]).get(self.pk)

    @property
    def runs_now(self) -> bool:
        """Whether something here answers for it."""
        # A reverse one-to-one without a row raises a kind of AttributeError.
        measured: ListingRuntime | None = getattr(self, "runtime", None)
        return measured is not None and measured.runnable

    @property
    def delivers(self) -> bool:
        """Whether a purchase would get something now: an answer, or files (``delivery.delivering`` in SQL)."""
        return self.runs_now or self.has_files

    @property
    def is_free_to_try(self) -> bool:
        """Whether it runs here though nobody sells it."""
        return self.runs_now and self.offer is None and not self.suspension

    @property
    def is_open(self) -> bool:
        """Whether it can be used here: once it is bought, or to try."""
        return self.purchasable or self.is_free_to_try

    @property
    def purchase_refusal(self) -> str:
        """Why this cannot be bought, in a sentence; empty for what is for sale (docs/decisions/0004)."""
        if self.suspension:
            words = {"category": self.suspension.get_category_display(), "reason": self.suspension.reason}
            return gettext("A moderator has hidden this model, so it is not for sale. %(category)s: %(reason)s") % words
        if self.offer is None:
            return gettext("This is a reference entry: its owner does not sell it here.")
        if hidden := self.offer.hidden_release:
            words = {**hidden, "category": str(Category(hidden["category"]).label)}
            said = gettext("A moderator has hidden version %(number)s, which is on sale. %(category)s: %(reason)s")
            return said % words
        if not self.offer.is_listed:
            return gettext("Its seller does not sell it now: on chain it is “%(state)s”.") % {
                "state": self.offer.onchain.state_now.label
            }
        if not self.offer.plans:
            return gettext("Its seller offers no plan that can be bought.")
        if not self.delivers:
            return gettext("It does not answer just now. What does not run cannot be bought.")
        return ""

    @property
    def state(self) -> str:
        """One of the states of a listing: reference, listed, paused, suspended or retired."""
        if self.suspension:
            return "suspended"
        return self.offer.onchain.state_now.name.lower() if self.offer else "reference"

    @property
    def purchasable(self) -> bool:
        """Whether a purchase would deliver: a healthy endpoint, or files that can be verified."""
        return not self.purchase_refusal


def with_offers(listings: list[Listing]) -> list[Listing]:
    """Fill in the offers of listings that were read already, and return them."""
    offers = offers_of([listing.pk for listing in listings])
    for listing in listings:
        listing.offer = offers.get(listing.pk)
    return listings


def listings_on(keys: Iterable[tuple[int, str]]) -> dict[tuple[int, str], Listing]:
    """Return the listings of models on chain, by (chain id, model id). One query."""
    wanted = set(keys)
    adoptions = Adoption.objects.filter(model_id__in=[model for _, model in wanted]).select_related("listing")
    return {(each.chain_id, each.model_id): each.listing for each in adoptions}
