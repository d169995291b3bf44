"""Keeps reviews' standings and scores in step with the chains, whatever comes, goes, or becomes final.

A review is judged anew, from all there is, whenever something about it may have changed; nothing is added up. So what
stands is what a fresh look would find, after any reorganisation and any crash (decision 0215).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Count, F, Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from common.queue import alone, enqueue
from contracts.models import Block, Chain, Cursor
from marketplace.ground.cases import Priority, Source, open_case
from marketplace.ground.decisions import Content
from marketplace.listings.models import Listing

from .evidence import Asked, evidence_of, today_on, touched_since
from .models import Review, Standing, Use
from .reckoning import Before, Reckoned, before, lock_score, reckon_locked
from .score_models import Followed
from .standing import judge

BATCH = 500  # reviews that are judged at once
TOGETHER = 50  # listings that are judged in one transaction, which keeps their scores locked
MOST_WAITING = 2_000  # in one transaction: reckoning stands in the way of whoever writes
MANY = 5_000  # reviews from which on reckoning takes too long for somebody to wait for it
JUDGE_WAITING = "marketplace.scores.tasks.judge_waiting"
WRITTEN = ("judged", "spent", "used", "due", "leans_on", "stale")
WRITE = f"""
update {Review._meta.db_table} review set {", ".join(f"{name} = found.{name}" for name in WRITTEN)}
from unnest(%s::uuid[], %s::text[], %s::numeric[], %s::bigint[], %s::integer[], %s::bigint[], %s::boolean[])
    found (id, {", ".join(WRITTEN)})
where review.id = found.id
"""  # noqa: S608  of names alone


def asked_of(review: Review) -> Asked:
    """Return what the chain is asked about a review that was read with its listing's owner."""
    owner = review.listing.owner.user
    return Asked(review.chain_id, review.model_id, review.author, owner.address if owner else "")


@transaction.atomic(savepoint=False)
def judge_listing(listing_id: int, only: Iterable[UUID] | None = None) -> Reckoned:
    """Judge a listing's reviews, or those of them with these ids, and reckon its score."""
    lock_score(listing_id)
    _judge(_locked([listing_id], only))
    return _reckoned(listing_id, before(listing_id))


@transaction.atomic(savepoint=False)
def judge_soon(listing_id: int, review_id: UUID | None = None) -> None:
    """Judge a review that somebody waits for. A score of many reviews is reckoned soon after, others at once.

    Without one it is reckoned alone: what there is of them has changed. Whoever calls it holds the listing's lock.
    """
    only, by = [review_id] if review_id else [], before(listing_id)
    if only:
        _judge(_locked([listing_id], only))
    if by.shown < MANY:
        _reckoned(listing_id, by)
        return
    # Whether it is one of a burst says ``reckon``. What is withdrawn waits too: the score has to be made without it.
    Review.objects.filter(pk__in=only).update(standing=F("judged"), stale=True)
    enqueue(JUDGE_WAITING, listing_id)


def judge_waiting(listing_id: int) -> int:
    """Judge a listing's reviews that are stale, so many at a time, and reckon its score; return how many."""
    waiting = Review.objects.filter(listing=listing_id, stale=True).order_by("pk").values_list("pk", flat=True)
    done = 0
    if not waiting.exists():  # what moderators or an erased author took out is not there to be judged
        judge_listing(listing_id, [])
    while some := list(waiting[:MOST_WAITING]):
        with transaction.atomic():
            judge_listing(listing_id, some)
            _rest(some)
        done += len(some)
    return done


@transaction.atomic(savepoint=False)
def _judge_together(listings: list[int]) -> int:
    """Judge what waits of some listings, little in all, and reckon their scores; return how many reviews.

    What a listing costs by itself is mostly the questions of the chain, which are the same number for many.
    """
    lock_score(*listings)
    waiting = list(Review.objects.filter(listing__in=listings, stale=True).values_list("pk", flat=True))
    _judge(_locked(listings, waiting))
    _rest(waiting)
    by = before(listings[0])  # the formula and the prior are those of all; how many were shown is not asked here
    for listing_id in listings:
        _reckoned(listing_id, by)
    return len(waiting)


def _rest(judged: list[UUID]) -> None:
    """Let what is withdrawn wait no more: the score has been made without it."""
    Review.objects.filter(pk__in=judged).exclude(withdrawn_at=None).update(stale=False)


def _reckoned(listing_id: int, by: Before) -> Reckoned:
    reckoned = reckon_locked(listing_id, by)
    if reckoned.newly_burst:
        _tell_moderators(listing_id, reckoned)
    return reckoned


def _locked(listings: Collection[int], only: Iterable[UUID] | None) -> list[Review]:
    reviews = (
        Review.objects.live()
        .filter(listing__in=listings)
        .select_related("listing__owner__user", "crowd__undoes")
        .order_by("pk")
    )
    if only is not None:
        reviews = reviews.filter(pk__in=list(only))
    return list(reviews.select_for_update(of=("self",)))


def _judge(reviews: list[Review]) -> None:
    for start in range(0, len(reviews), BATCH):
        _judge_some(reviews[start : start + BATCH])


def _judge_some(reviews: list[Review]) -> None:
    stored, used = {each.pk: _values(each) for each in reviews}, used_by(reviews)
    found = evidence_of([asked_of(review) for review in reviews])
    for review in reviews:
        evidence = found[asked_of(review)]
        hidden, cleared = review.decision_id is not None, review.is_tie_cleared
        verdict = judge(evidence, rating=review.rating, is_hidden=hidden, is_cleared=cleared)
        # How it stands beside the others is said by ``reckon``.
        review.judged, review.spent, review.due = verdict.standing, verdict.spent, verdict.due
        review.leans_on, review.stale = evidence.last, False
        review.used = used.get((review.listing_id, review.author), 0)
    _write([each for each in reviews if _values(each) != stored[each.pk]])


def _write(judged: list[Review]) -> None:
    """Keep what was found: one list of each column, since Django would make an expression of each value."""
    rows = [(each.pk, *_values(each)) for each in judged]
    if rows:
        with connection.cursor() as cursor:
            cursor.execute(WRITE, [list(column) for column in zip(*rows, strict=True)])


def _values(review: Review) -> list[UUID]:
    return [getattr(review, name) for name in WRITTEN]


def used_by(reviews: Iterable[Review]) -> dict[tuple[int, str], int]:
    """Return how many tokens authors have run of the listings that they review, by listing and author."""
    listings, authors = {each.listing_id for each in reviews}, {each.author for each in reviews}
    of = Use.objects.filter(listing__in=listings, address__in=authors).values_list("listing", "address").order_by()
    return {(listing, address): tokens for listing, address, tokens in of.annotate(tokens=Coalesce(Sum("tokens"), 0))}


def _tell_moderators(listing_id: int, reckoned: Reckoned) -> None:
    facts = {"reviews": reckoned.burst, "new": reckoned.newly_burst}
    open_case(
        content=Content.BURST,
        key=Listing.objects.values_list("name", flat=True).get(pk=listing_id),
        source=Source.ANOMALY,
        priority=Priority.MEDIUM,
        summary="Many first reviews at once by people who have hardly used the model; they are left out of its score.",
        facts=facts,
    )


def follow(chain: Chain) -> int:
    """Judge the reviews that what happened on a chain since the last time may be about; return how many.

    Only one process does it at a time; what it would miss while it looks is looked at the next time.
    """
    with alone(f"follow reviews on {chain.pk}") as is_first:
        return _follow(chain) if is_first else 0


def _follow(chain: Chain) -> int:
    # Before the facts: what is indexed meanwhile is above this block, and is read again.
    head = Cursor.objects.filter(chain=chain).first()
    if head is None:
        return 0
    touched = _by_listing(_touched(chain))
    for some in _together({listing_id: len(ids) for listing_id, ids in touched.items()}):
        _mark(some, [pk for listing_id in some for pk in touched[listing_id]])
    seen = {"number": head.number, "hash": head.hash, "final": head.number - chain.confirmations}
    Followed.objects.update_or_create(chain=chain, defaults=seen)
    # Marked first, because judging many may take longer than a task may: the next one goes on with the rest.
    waiting = dict(Review.objects.filter(stale=True).order_by().values_list("listing").annotate(n=Count("pk")))
    groups = _together(waiting)
    return sum(judge_waiting(*some) if len(some) == 1 else _judge_together(some) for some in groups)


def _together(numbers: dict[int, int]) -> Iterator[list[int]]:
    """Yield groups of listings that have few reviews together, by their numbers of reviews.

    In the order of their ids, in which their scores are locked: two who lock several never wait for each other.
    """
    group: list[int] = []
    size = 0
    for listing_id in sorted(numbers):
        if group and (size + numbers[listing_id] > BATCH or len(group) == TOGETHER):
            yield group
            group, size = [], 0
        group.append(listing_id)
        size += numbers[listing_id]
    if group:
        yield group


@transaction.atomic
def _mark(listings: list[int], ids: list[UUID]) -> None:
    lock_score(*listings)
    Review.objects.filter(pk__in=ids).update(stale=True)


def mark_all(listing_id: int) -> None:
    """Have all reviews of a listing judged anew."""
    Review.objects.live().filter(listing=listing_id, stale=False).update(stale=True)


def _by_listing(reviews: QuerySet[Review]) -> dict[int, list[UUID]]:
    found: defaultdict[int, list[UUID]] = defaultdict(list)
    for listing_id, pk in reviews.values_list("listing", "pk"):
        found[listing_id].append(pk)
    return found


def _touched(chain: Chain) -> QuerySet[Review]:
    """Return the reviews that may stand otherwise than they did when the chain was followed the last time."""
    live = Review.objects.live()
    last = Followed.objects.filter(chain=chain).first()
    if last is None:
        return live.filter(chain=chain)
    # From the last final block of then: what is above it has come, gone, or become final since.
    above, moved = last.final, Q()
    if not Block.objects.filter(chain=chain, number=last.number, hash=last.hash).exists():
        above = min(above, last.number - chain.reorg_window)
        moved = Q(chain=chain, leans_on__gt=above) | Q(judged__in=(Standing.AFFILIATED, Standing.PARTY))
    pairs, people = touched_since(chain.pk, above)
    models, authors = {model for model, _author in pairs}, {author for _model, author in pairs}
    # A few more than those pairs; judging one for nothing changes nothing.
    met = Q(chain=chain, model_id__in=models, author__in=authors) | Q(author__in=people)
    return live.filter(met | moved | Q(chain=chain, due__lte=today_on(chain)))
