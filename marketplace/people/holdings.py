"""What this app keeps about people (``accounts.personal``)."""

from __future__ import annotations

from django.db.models import Exists, F, Model, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

from accounts.personal import NOBODY, Holding, Rows, held, register
from marketplace.buying.orders import GIVEN_UP_AFTER, Order, paid_by
from marketplace.checks.models import Inspection
from marketplace.community.actions import count, unpin
from marketplace.community.models import Comment, CommentEdition, Discussion, Following
from marketplace.files.blobs import Upload
from marketplace.files.uploading import forget_uploads
from marketplace.ground.cases import Case, CaseStep, PendingDecision
from marketplace.ground.decisions import ModerationDecision
from marketplace.listings.access_lists import AccessList
from marketplace.reports.models import Appeal, ReasonStatement, Report
from marketplace.reputation.models import Reputation
from marketplace.returns.evidence import Evidence
from marketplace.returns.statements import Attachment, Statement
from marketplace.scores.actions import erase_reviews
from marketplace.scores.models import Answer, AnswerEdition, HelpfulVote, Review, ReviewEdition, Use
from marketplace.search.saved import SavedSearch

from .models import DataExport, DomainProof, Erasure, Profile, ProfileEdition

DISPUTES = _(
    "What was said and attached in disputes: it is evidence for the other side, and the chain has its fingerprint."
)
DECISIONS = _(
    "Moderators’ decisions, the reports behind them, and what they have hidden: both can be asked about later."
)
ORDERS = _("Orders that were paid: they prove to the seller and to you what was agreed, the licence too.")
LISTS = _("Lists of who may buy a model, which its seller keeps: their fingerprint is on chain, and buying needs them.")

REPUTATION = _("Reputation: it is reckoned anew from what the chain says of sales and purchases.")


class _Of(Holding):
    """A table that names nobody itself: its rows are those of another one's."""

    def rows(self, address: str) -> Rows:
        """Return the rows that hang on an address's."""
        return self.model._default_manager.filter(**{self.columns[0]: address})


class _Orders(Holding):
    """Orders: whoever is named by one that nobody has paid has nothing to do with it but its buyer."""

    def rows(self, address: str) -> Rows:
        """Return an address's own, and those for it that were paid."""
        paid = Order.objects.filter(Exists(paid_by(OuterRef("ref")))).values("pk")
        return super().rows(address).filter(Q(buyer=address) | Q(pk__in=paid))


def _part(model: type[Model], path: str, name: str, kept: StrOrPromise = "") -> Holding:
    # Erased with what they hang on.
    return _Of(name, model, (path,), None, kept)


def _forget_orders(address: str) -> int:
    """Delete the orders that nobody has paid and nobody can pay any more."""
    over = Order.objects.filter(deadline__lt=timezone.now() - GIVEN_UP_AFTER) | Order.objects.filter(tx_hashes=[])
    unpaid = over.filter(buyer=address).exclude(Exists(paid_by(OuterRef("ref"))))
    return Order.objects.filter(pk__in=list(unpaid.values_list("pk", flat=True))).delete()[0]


def _forget_reviews(address: str) -> int:
    """Withdraw all reviews, so that scores are made without them, and delete those that no moderator has hidden."""
    erase_reviews(address=address)
    return Review.objects.filter(author=address, decision=None).delete()[0]


def _forget_answers(address: str) -> int:
    # What is hidden is kept for those who decided so; shown again it is not, whatever they decide.
    Answer.objects.filter(author=address, withdrawn_at=None).exclude(decision=None).update(withdrawn_at=timezone.now())
    own = Answer.objects.filter(author=address, decision=None)
    AnswerEdition.objects.filter(answer__in=own).delete()
    return own.update(author=NOBODY, text="", withdrawn_at=timezone.now())


def _forget_votes(address: str) -> int:
    for vote in HelpfulVote.objects.select_for_update().filter(voter=address):
        review = Review.objects.filter(pk=vote.review_id)
        review.update(votes=F("votes") - 1, helpful=F("helpful") - vote.weight)
        vote.delete()
    return 0


def _forget_reputation(address: str) -> int:
    return Reputation.objects.filter(address=address).delete()[0]


def _forget_comments(address: str) -> int:
    """Leave tombstones, so that what others answered keeps its place; what is hidden is never shown again."""
    Comment.objects.filter(author=address, deleted_at=None).exclude(decision=None).update(deleted_at=timezone.now())
    own = Comment.objects.filter(author=address, decision=None)
    # Discussions first, as whoever writes does.
    places = Discussion.objects.select_for_update().filter(pk__in=own.values("discussion")).order_by("pk")
    about = {each.pk: each for each in places}
    for comment in own.select_for_update().filter(deleted_at=None):
        count(about[comment.discussion_id], comment, -1)
        unpin(comment)
    CommentEdition.objects.filter(comment__author=address, comment__decision=None).delete()
    own.filter(deleted_at=None).update(deleted_at=timezone.now())
    return own.update(author=NOBODY, text="", once=F("public_id"))


def _forget_acts(address: str) -> int:
    pinned = Discussion.objects.filter(pinned_by=address).update(pinned_by="")
    return pinned + Discussion.objects.filter(locked_by=address).update(locked_by="")


def _forget_inspections(address: str) -> int:
    """Take the name out: what was found in a file is the buyers' to read."""
    return Inspection.objects.filter(author=address).update(author="")


def _forget_profile(address: str) -> int:
    """Delete the profile; of a hidden one stays that it is hidden."""
    own = Profile.objects.filter(address=address)
    own.exclude(decision=None).update(name="", bio="", links=[])
    return own.filter(decision=None).delete()[0]


def register_all() -> None:
    """Register every table of the app that names people."""
    register(
        _Orders("orders", Order, ("buyer", "recipient", "referrer"), _forget_orders, ORDERS),
        held(SavedSearch, "user", name="saved searches"),
        held(Upload, "user", name="uploads", erase=forget_uploads),
        held(AccessList, "kept_by", name="access lists", kept=LISTS, without=("members",)),
        *_disputes(),
        *_decisions(),
        *_writings(),
        held(Profile, "address", name="profile", erase=_forget_profile, kept=DECISIONS),
        held(ProfileEdition, "address", name="profile editions"),
        held(DomainProof, "address", name="domain"),
        held(Inspection, "author", name="checks of what one publishes", erase=_forget_inspections),
        held(DataExport, "address", name="exports", without=("archive",)),
        held(Erasure, "address", name="erasures"),
    )


def _disputes() -> list[Holding]:
    return [
        held(Evidence, "buyer", name="evidence", kept=DISPUTES),
        held(Statement, "author", name="dispute statements", kept=DISPUTES),
        held(Attachment, "author", name="dispute files", kept=DISPUTES),
    ]


def _decisions() -> list[Holding]:
    return [
        held(Report, "reporter", name="reports", kept=DECISIONS),
        held(ReasonStatement, "recipient", name="statements of reasons", kept=DECISIONS),
        _part(Appeal, "statement__recipient", "appeals", DECISIONS),
        held(ModerationDecision, "moderator", "confirmed_by", name="decisions as a moderator", kept=DECISIONS),
        # What brought it up is the words of who reported it.
        held(Case, "author", "claimed_by", name="cases", kept=DECISIONS, without=("facts", "claimed_by", "summary")),
        held(PendingDecision, "asked_by", "answered_by", name="pending decisions", kept=DECISIONS),
        held(CaseStep, "by", name="steps of cases", kept=DECISIONS),
    ]


def _writings() -> list[Holding]:
    return [
        _part(ReviewEdition, "review__author", "review editions"),
        held(Review, "author", name="reviews", erase=_forget_reviews, kept=DECISIONS, order=1),
        _part(AnswerEdition, "answer__author", "answer editions"),
        held(Answer, "author", name="answers", erase=_forget_answers, kept=DECISIONS),
        held(HelpfulVote, "voter", name="helpful votes", erase=_forget_votes),
        held(Use, "address", name="use of models"),
        held(Reputation, "address", name="reputation", erase=_forget_reputation, kept=REPUTATION),
        _part(CommentEdition, "comment__author", "comment editions"),
        held(Comment, "author", name="comments", erase=_forget_comments, kept=DECISIONS),
        held(Following, "user", name="follows"),
        held(Discussion, "pinned_by", "locked_by", name="acts in discussions", erase=_forget_acts),
    ]
