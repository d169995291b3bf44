"""What people say of models, signed; what sellers answer; and who used what.

Nothing here has a foreign key to a fact of a chain: a review names the chain and the model's id, and its standing is
derived from the facts again whenever they change (``judging``).
"""

from __future__ import annotations

import uuid
from typing import Any

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from common.fields import WeiField
from contracts.models import Chain, address_field, hash_field
from marketplace.ground.decisions import Action, Category, Content, ModerationDecision
from marketplace.listings.models import Listing

MOST_TEXT = 4_000  # characters, of a review and of an answer
LEAST, MOST = 1, 5  # stars
LIVE = Q(withdrawn_at=None)
PARTS = ("delivers", "speed", "worth", "support")
PART_WORDS = {
    "delivers": _("Does what its card says"),
    "speed": _("Fast enough"),
    "worth": _("Worth its price"),
    "support": _("Its seller answers"),
}


class Standing(models.TextChoices):
    """Whether a review counts in the score, and why not. All but those that are withdrawn or hidden stay readable."""

    COUNTED = "counted", _("Counts")
    PENDING = "pending", _("Its purchase is not final")
    REFUNDED = "refunded", _("Its purchase was refunded")
    DISPUTED = "disputed", _("Its purchase is in dispute")
    PARTY = "party", _("Its author has a part in the sales")
    AFFILIATED = "affiliated", _("Its author is connected with the seller")
    BURST = "burst", _("One of many at once")
    HIDDEN = "hidden", _("Hidden by a moderator")
    WITHDRAWN = "withdrawn", _("Withdrawn by its author")


# Left out of the score by a rule of ours, because of how it was written or who wrote it; not by what became of a
# purchase, which its author knows.
BY_RULE = (Standing.PARTY, Standing.AFFILIATED, Standing.BURST)
UNDER_RULE = Q(standing__in=BY_RULE)


def stars(**options: Any) -> models.PositiveSmallIntegerField[int, int]:
    """Return a column for one to five stars."""
    return models.PositiveSmallIntegerField(**options)


class ReviewQuerySet(models.QuerySet["Review"]):
    """Reads of reviews."""

    def live(self) -> ReviewQuerySet:
        """Keep those that their authors have not withdrawn: one of each author and listing."""
        return self.filter(withdrawn_at=None)

    def shown(self) -> ReviewQuerySet:
        """Keep those that anybody may read, whether they count or not."""
        return self.live().filter(decision=None)

    def unlabelled(self) -> ReviewQuerySet:
        """Keep those whose authors have not been told yet that a rule of ours leaves them out."""
        return self.live().filter(UNDER_RULE, label=None)

    def labelled_still(self) -> ReviewQuerySet:
        """Keep those whose authors were told so though no such rule leaves them out any more."""
        return self.live().exclude(UNDER_RULE).exclude(label=None)

    def counted(self) -> ReviewQuerySet:
        """Keep those that make the score."""
        return self.filter(standing=Standing.COUNTED)


class Review(models.Model):
    """What a buyer says of a model: its newest edition, and how it stands. ``author`` is an address.

    ``version`` is the release that it speaks of. ``number`` counts the editions that its author has signed about this
    listing, and ``cid`` is the address of the signed object. ``judged`` is what the chain and the people's acts make of
    it by themselves, ``standing`` the same unless it is one of a burst. ``spent`` is what was paid for its author and
    can no longer be refunded, in wei of the chain's coin; ``used`` counts tokens; pages show bands, never these.
    ``is_first`` tells that its author had no other model's review that counted. ``helpful`` sums the weights of
    ``votes`` votes. ``stale`` has it judged again, and so does ``due``, in days since 1970, when more of what was paid
    has matured.
    ``leans_on`` is the last block that it was judged by: one that goes away has it judged again too. ``crowd`` is what
    moderators have decided about the burst that it is one of, or about it alone after an appeal: that it counts after
    all, or is left out for good. ``label`` is the decision, made by a program, by which its author was told why a rule
    of ours leaves it out (``labels``).
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    listing = models.ForeignKey(Listing, on_delete=models.PROTECT, related_name="reviews")
    chain = models.ForeignKey(Chain, on_delete=models.PROTECT, related_name="+")
    model_id = hash_field()
    author = address_field()

    rating = stars()
    delivers = stars(null=True)
    speed = stars(null=True)
    worth = stars(null=True)
    support = stars(null=True)
    text = models.TextField(max_length=MOST_TEXT, blank=True)
    version = models.CharField(max_length=32)
    number = models.PositiveIntegerField()
    cid = models.CharField(max_length=64)

    written_at = models.DateTimeField(default=timezone.now)
    edited_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)
    decision = models.ForeignKey(ModerationDecision, on_delete=models.PROTECT, null=True, related_name="+")
    crowd = models.ForeignKey(ModerationDecision, on_delete=models.PROTECT, null=True, related_name="+")
    label = models.ForeignKey(ModerationDecision, on_delete=models.PROTECT, null=True, related_name="+")

    judged = models.CharField(max_length=16, choices=Standing, default=Standing.PENDING)
    standing = models.CharField(max_length=16, choices=Standing, default=Standing.PENDING)
    spent = WeiField(default=0)
    used = models.PositiveBigIntegerField(default=0)
    is_first = models.BooleanField(default=False)
    stale = models.BooleanField(default=False)
    due = models.PositiveIntegerField(null=True)
    leans_on = models.PositiveBigIntegerField(default=0)
    votes = models.PositiveIntegerField(default=0)
    helpful = models.PositiveIntegerField(default=0)

    objects = ReviewQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["author", "listing"], condition=LIVE, name="review_one_live"),
            models.CheckConstraint(condition=Q(rating__range=(LEAST, MOST)), name="review_rating_stars"),
            *(
                models.CheckConstraint(
                    condition=Q(**{part: None}) | Q(**{f"{part}__range": (LEAST, MOST)}), name=f"review_{part}_stars"
                )
                for part in PARTS
            ),
            models.CheckConstraint(condition=LIVE | Q(standing=Standing.WITHDRAWN), name="review_withdrawn_stands_so"),
        ]
        indexes = [
            models.Index(fields=["listing", "-written_at", "id"], name="review_newest", condition=LIVE),
            models.Index(
                fields=["listing", "-helpful", "-written_at", "id"],
                name="review_helpful",
                condition=LIVE,
            ),
            models.Index(fields=["listing", "-used", "id"], name="review_used", condition=LIVE),
            # The orders of the list: each is walked from page to page.
            models.Index(fields=["listing", "-helpful", "id"], name="review_most_helpful", condition=LIVE),
            models.Index(fields=["listing", "rating", "id"], name="review_lowest", condition=LIVE),
            models.Index(fields=["listing", "-rating", "id"], name="review_highest", condition=LIVE),
            models.Index(fields=["crowd"], name="review_crowd", condition=Q(crowd__isnull=False)),
            models.Index(fields=["id"], name="review_unlabelled", condition=LIVE & UNDER_RULE & Q(label=None)),
            models.Index(fields=["id"], name="review_labelled", condition=LIVE & ~UNDER_RULE & ~Q(label=None)),
            models.Index(fields=["author", "-written_at", "id"], name="review_author"),
            models.Index(fields=["chain", "model_id", "author"], name="review_model"),
            models.Index(fields=["id"], name="review_stale", condition=Q(stale=True)),
            models.Index(fields=["due"], name="review_due", condition=Q(due__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.author} of {self.listing_id}"

    @property
    def key(self) -> str:
        """Its name for links, reports and moderators."""
        return str(self.pk)

    @property
    def is_counted(self) -> bool:
        """Whether it is part of the score."""
        return self.standing == Standing.COUNTED

    @property
    def is_shown(self) -> bool:
        """Whether anybody may read it."""
        return self.withdrawn_at is None and self.decision_id is None

    @property
    def is_tie_cleared(self) -> bool:
        """Whether a moderator has found that what ties its author to the seller does not matter.

        Only where the author appealed against just that: who was cleared of a raid may still be paid by the seller.
        """
        decided = self.crowd
        if decided is None or decided.action != Action.SHOW or decided.content != Content.REVIEW:
            return False
        return decided.undoes is not None and decided.undoes.category == Category.DECEPTIVE


class ReviewEdition(models.Model):
    """A review as it was signed at a time: the newest one too. ``number`` is part of what was signed."""

    review = models.ForeignKey(Review, on_delete=models.CASCADE, related_name="editions")
    number = models.PositiveIntegerField()
    rating = stars()
    delivers = stars(null=True)
    speed = stars(null=True)
    worth = stars(null=True)
    support = stars(null=True)
    text = models.TextField(max_length=MOST_TEXT, blank=True)
    version = models.CharField(max_length=32)
    signature = models.TextField()
    cid = models.CharField(max_length=64, db_index=True)
    signed_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["review", "number"], name="review_edition_unique")]
        ordering = ["-number"]

    def __str__(self) -> str:
        return f"{self.review_id} {self.number}"


class Answer(models.Model):
    """What the seller answers to a review: once, and edited since. ``author`` is the seller's address."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    review = models.OneToOneField(Review, on_delete=models.CASCADE, related_name="answer")
    author = address_field()
    text = models.TextField(max_length=MOST_TEXT)
    number = models.PositiveIntegerField(default=1)
    written_at = models.DateTimeField(default=timezone.now)
    edited_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)
    decision = models.ForeignKey(ModerationDecision, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        indexes = [models.Index(fields=["author", "-written_at"], name="answer_author")]

    def __str__(self) -> str:
        return f"{self.author} to {self.review_id}"

    @property
    def key(self) -> str:
        """Its name for links, reports and moderators."""
        return str(self.pk)

    @property
    def is_shown(self) -> bool:
        """Whether anybody may read it."""
        return self.withdrawn_at is None and self.decision_id is None


class AnswerEdition(models.Model):
    """An answer as it was at a time: the newest one too."""

    answer = models.ForeignKey(Answer, on_delete=models.CASCADE, related_name="editions")
    number = models.PositiveIntegerField()
    text = models.TextField(max_length=MOST_TEXT)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["answer", "number"], name="answer_edition_unique")]
        ordering = ["-number"]

    def __str__(self) -> str:
        return f"{self.answer_id} {self.number}"


class HelpfulVote(models.Model):
    """Somebody found a review helpful. ``weight`` is by what they had bought by then; it never moves a score."""

    review = models.ForeignKey(Review, on_delete=models.CASCADE, related_name="helpful_votes")
    voter = address_field()
    weight = models.PositiveSmallIntegerField()
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["review", "voter"], name="helpful_vote_unique")]
        indexes = [models.Index(fields=["voter"], name="helpful_voter")]

    def __str__(self) -> str:
        return f"{self.voter}: {self.review_id}"


class Use(models.Model):
    """How much an address has run a version of a listing that it had paid for; written when a call ends.

    ``tokens`` are those read and written, ``days`` on how many days.
    """

    address = address_field()
    listing = models.ForeignKey(Listing, on_delete=models.CASCADE, related_name="uses_by_address")
    version = models.CharField(max_length=32, blank=True)
    tokens = models.PositiveBigIntegerField(default=0)
    calls = models.PositiveBigIntegerField(default=0)
    days = models.PositiveIntegerField(default=0)
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["listing", "address", "version"], name="use_unique"),
            models.CheckConstraint(condition=Q(last_at__gte=F("first_at")), name="use_in_order"),
        ]

    def __str__(self) -> str:
        return f"{self.address}: {self.tokens}"
