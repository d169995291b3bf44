"""Reviews follow their chain: refunds, reorganisations, what matures, who is connected; and a thousand histories."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from contracts.models import AcceptedToken, Block, Cursor
from contracts.names import COIN
from governance.onchain.models.power import TransferFact
from marketplace.ground.decisions import Action, Category, Content, ModerationDecision
from marketplace.onchain.models.escrow import ChargeFact, DepositFact
from marketplace.onchain.models.returns import PurchaseReturn, Stage
from marketplace.onchain.models.sales import PurchaseFact, ReferralFact, SplitFact
from marketplace.scores import judging
from marketplace.scores.actions import erase_reviews, restore_review, withdraw_review
from marketplace.scores.contents import mark_review
from marketplace.scores.judging import follow
from marketplace.scores.models import Review, Standing
from marketplace.scores.rechecking import recompute
from marketplace.scores.recording import record_use
from marketplace.scores.score_models import Followed, ModelScore
from marketplace.scores.tasks import follow_chain, follow_chains, judge_all, judge_one, judge_waiting
from tests.factories.reviews import HEAD, NOW, PRICE, SELLER, TODAY, Model, _place, address, models, person, word

from . import brute

BUYER, OTHER, STRANGER = 2, 3, 4


def standing(review: Review) -> Standing:
    review.refresh_from_db()
    return Standing(review.standing)


def counted(made: Model) -> int:
    return ModelScore.objects.get(listing=made.listing).count


def test_a_refund_takes_a_review_out_at_first_sight(made: Model) -> None:
    bought = made.buy(BUYER, old=False)
    review = made.review(BUYER, 1)
    follow(made.chain)
    assert counted(made) == 1
    made.mine()
    made.take_back(bought)
    assert follow(made.chain) == 1
    assert (standing(review), counted(made)) == (Standing.REFUNDED, 0)
    assert ModelScore.objects.get().left_out == {"refunded": 1}
    # The block that had the refund goes away, and with it the refund.
    made.rewind(HEAD, fork=1)
    follow(made.chain)
    assert (standing(review), counted(made)) == (Standing.COUNTED, 1)


def test_a_dispute_leaves_it_open_until_the_ruling(made: Model) -> None:
    bought = made.buy(BUYER)
    review = made.review(BUYER)
    follow(made.chain)
    made.mine()
    back = made.take_back(bought, stage=Stage.DISPUTED)
    follow(made.chain)
    assert standing(review) == Standing.DISPUTED
    made.mine(5)
    back.stage, back.ruled_block, back.ruled_log, back.ruled_at = Stage.FOR_SELLER, made.head, 0, NOW
    back.save()
    follow(made.chain)
    assert standing(review) == Standing.COUNTED


def test_a_review_survives_a_reorganisation_of_its_purchase(made: Model) -> None:
    bought = made.buy(BUYER, block=HEAD - 5)
    review = made.review(BUYER)
    follow(made.chain)
    assert counted(made) == 1
    # Deeper than what is called final: it happens, and is followed.
    made.rewind(HEAD - 6, fork=1)
    follow(made.chain)
    assert (standing(review), counted(made)) == (Standing.PENDING, 0)
    again = made.buy(BUYER, block=made.head)
    assert again.pk != bought.pk
    follow(made.chain)
    assert standing(review) == Standing.PENDING
    made.mine(3)
    follow(made.chain)
    assert (standing(review), counted(made)) == (Standing.COUNTED, 1)


def test_an_index_that_is_built_anew_leaves_everything_as_it_was(made: Model) -> None:
    review = made.buy_and_review(BUYER)
    follow(made.chain)
    bought = PurchaseFact.objects.get()
    head = Cursor.objects.get(chain=made.chain)
    PurchaseFact.objects.all().delete()
    Block.objects.all().delete()
    Cursor.objects.all().delete()
    assert follow(made.chain) == 0
    Cursor.objects.create(chain=made.chain, number=10, hash=word(10))
    follow(made.chain)
    judge_all()
    judge_one(made.listing.pk)
    assert standing(review) == Standing.PENDING
    bought.save(force_insert=True)
    Cursor.objects.filter(chain=made.chain).update(number=head.number, hash=head.hash)
    made._block(0)
    follow(made.chain)
    assert standing(review) == Standing.COUNTED
    assert "31337" in str(Followed.objects.get())


def test_what_matures_weighs_from_that_day_on(made: Model) -> None:
    made.buy(BUYER, maturity_day=TODAY)
    review = made.review(BUYER)
    assert (review.spent, review.due) == (0, TODAY + 1)
    follow(made.chain)
    assert follow(made.chain) == 0
    Block.objects.filter(chain=made.chain, number=made.head).update(time=NOW + timedelta(days=1))
    assert follow(made.chain) == 1
    review.refresh_from_db()
    assert (int(review.spent), review.due) == (PRICE, None)


def test_tokens_count_as_the_chain_says_they_are_worth(made: Model) -> None:
    token, unknown = address(70), address(71)
    AcceptedToken.objects.create(chain=made.chain, address=token, accepted=True, weight=5 * 10**17, block_number=1)
    made.buy(BUYER, token=token, paid=1_000)
    made.buy(BUYER, token=unknown, paid=10**30)
    assert int(made.review(BUYER).spent) == 500


def test_metered_use_that_was_settled_is_enough(made: Model) -> None:
    values = {"payer": address(BUYER), "key_id": word(1), "token": COIN, "amount": 700, "fee": 7, "split_hash": word(7)}
    ChargeFact.objects.create(**_place(made.chain, 900), **values, model_id=made.model_id, day=TODAY)
    review = made.review(BUYER)
    assert (review.standing, int(review.spent)) == (Standing.COUNTED, 700)


def gift(made: Model, giver: int, taker: int) -> None:
    made.buy(giver, block=made.head, recipient=address(taker), model_id=word(99))


def deposit(made: Model, giver: int, taker: int) -> None:
    values = {"payer": address(taker), "token": COIN, "amount": 1, "sender": address(giver)}
    DepositFact.objects.create(**_place(made.chain, made.head), **values)


def lattice(made: Model, giver: int, taker: int) -> None:
    values = {"sender": address(giver), "recipient": address(taker), "amount": 1}
    TransferFact.objects.create(**_place(made.chain, made.head), **values)


@pytest.mark.parametrize("tie", [gift, deposit, lattice])
@pytest.mark.parametrize(
    ("giver", "taker", "praise", "criticism"),
    [
        (BUYER, SELLER, Standing.AFFILIATED, Standing.AFFILIATED),
        # Who sends somebody something does not silence them by it.
        (SELLER, BUYER, Standing.AFFILIATED, Standing.COUNTED),
        (STRANGER, BUYER, Standing.COUNTED, Standing.COUNTED),
    ],
)
def test_who_is_tied_to_the_seller_is_left_out(
    made: Model, tie: Any, giver: int, taker: int, praise: Standing, criticism: Standing
) -> None:
    review = made.buy_and_review(BUYER, 5)
    follow(made.chain)
    made.mine()
    tie(made, giver, taker)
    follow_chains()
    assert standing(review) == praise
    Review.objects.update(rating=1, stale=True)
    follow_chains()
    assert standing(review) == criticism
    # It stays readable, and the score says that it is left out.
    score = ModelScore.objects.get()
    assert score.shown == 1
    assert score.left_out == ({} if criticism == Standing.COUNTED else {"affiliated": 1})


def test_a_tie_to_a_payee_is_one_to_the_seller_and_one_to_a_contract_is_none(made: Model) -> None:
    vault = "0x" + "fe" * 20
    made.chain.deployment = {"FeeVault": vault}
    made.chain.save()
    recipients = [address(SELLER), address(OTHER), vault]
    split = {"model_id": made.model_id, "split_hash": word(7), "recipients": recipients, "bps": [8_000, 1_000, 1_000]}
    SplitFact.objects.create(**_place(made.chain, 800), **split)
    values = {"sender": vault, "recipient": address(BUYER), "amount": 1}
    TransferFact.objects.create(**_place(made.chain, 900), **values)
    assert made.buy_and_review(BUYER).standing == Standing.COUNTED
    lattice(made, STRANGER, OTHER)
    lattice(made, OTHER, STRANGER)
    assert made.buy_and_review(STRANGER).standing == Standing.AFFILIATED


def test_who_was_paid_for_referring_a_sale_does_not_praise_it(made: Model) -> None:
    review = made.buy_and_review(BUYER, 4)
    follow(made.chain)
    made.mine()
    values = {"referrer": address(BUYER), "model_id": made.model_id, "token": COIN, "day": TODAY - 1, "amount": 1}
    ReferralFact.objects.create(**_place(made.chain, made.head), **values)
    follow_chain(made.chain.pk)
    assert standing(review) == Standing.AFFILIATED


def test_nobody_silences_praise_by_naming_its_author_in_a_sale_that_is_taken_back(made: Model) -> None:
    """A competitor buys with the author as the referrer, and has the money back: that would cost gas alone."""
    review = made.buy_and_review(BUYER, 5)
    follow(made.chain)
    made.mine()
    bought = made.buy(STRANGER, block=made.head, old=False, referrer=address(BUYER))
    PurchaseFact.objects.filter(pk=bought.pk).update(index=1)
    bought.refresh_from_db()
    place = {"tx_hash": bought.tx_hash, "log_index": bought.log_index - 1, "day": TODAY + 7}
    values = {"referrer": address(BUYER), "model_id": made.model_id, "token": COIN, "amount": 1}
    ReferralFact.objects.create(**{**_place(made.chain, made.head), **place, **values})
    follow(made.chain)
    assert standing(review) == Standing.COUNTED
    assert review.due == TODAY + 8  # by then the referrer has it for good
    back = made.take_back(bought)
    ReferralFact.objects.update(day=TODAY - 1)
    for stage, expected in (
        (Stage.REFUNDED, Standing.COUNTED),
        (Stage.DISPUTED, Standing.COUNTED),
        (Stage.FOR_SELLER, Standing.AFFILIATED),
    ):
        type(back).objects.update(stage=stage)
        judge_one(made.listing.pk)
        assert standing(review) == expected


def test_who_becomes_a_payee_praises_no_more_and_is_not_silenced(made: Model) -> None:
    praise, criticism = made.buy_and_review(BUYER, 5), made.buy_and_review(OTHER, 1)
    follow(made.chain)
    made.mine()
    recipients = [address(SELLER), address(BUYER), address(OTHER)]
    split = {"model_id": made.model_id, "split_hash": word(7), "recipients": recipients, "bps": [8_000, 1_000, 1_000]}
    SplitFact.objects.create(**_place(made.chain, made.head), **split)
    follow(made.chain)
    assert (standing(praise), standing(criticism)) == (Standing.PARTY, Standing.COUNTED)


def test_use_is_counted_and_weighs(made: Model) -> None:
    review = made.buy_and_review(BUYER)
    for hours in (0, 1, 25):
        record_use(address=address(BUYER), name="Maker/Chat", tokens=400, at=NOW + timedelta(hours=hours))
    record_use(address=address(BUYER), name="maker/none", tokens=400)
    record_use(address=address(BUYER), name="maker/chat", tokens=0)
    use = made.listing.uses_by_address.get()
    assert (use.tokens, use.calls, use.days, use.version) == (1_200, 3, 2, "1.0.0")
    follow(made.chain)
    assert follow(made.chain) == 0
    review.refresh_from_db()
    assert review.used == 1_200


def test_recomputing_finds_nothing_and_tells_what_somebody_changed(made: Model, capsys: Any) -> None:
    review = made.buy_and_review(BUYER)
    call_command("recompute_scores", "--check")
    assert "1 listings with reviews, 0 differences." in capsys.readouterr().out
    Review.objects.filter(pk=review.pk).update(spent=5, judged=Standing.BURST)
    ModelScore.objects.update(score=1)
    with pytest.raises(CommandError):
        call_command("recompute_scores", "--check")
    assert "maker/chat: score was 1 and is 3875." in capsys.readouterr().out
    assert ModelScore.objects.get().score == 1
    call_command("recompute_scores")
    assert ModelScore.objects.get().score == 3_875
    call_command("recompute_scores", "--check")


def test_listings_of_few_reviews_are_judged_together_in_the_order_of_their_ids(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(judging, "BATCH", 3)
    monkeypatch.setattr(judging, "TOGETHER", 2)
    assert list(judging._together({9: 4, 5: 1, 7: 1, 3: 2})) == [[3, 5], [7], [9]]


# Histories.

STAGES = (Stage.REFUNDED, Stage.DISPUTED)
AUTHORS = range(300, 306)


@dataclass
class Purchase:
    fact: PurchaseFact
    block: int
    stage: Stage | None = None
    taken: int = 0
    ruled: Stage | None = None
    ruled_at: int = 0

    def back(self) -> Stage | None:
        return self.ruled or self.stage


@dataclass
class Life:
    """What happened around one model, as plain facts; ``ties`` are (block, who gave)."""

    made: Model
    ties: dict[int, list[tuple[int, str]]]  # of all models, because one seller has them all
    bought: dict[int, list[Purchase]] = field(default_factory=dict)

    def happen(self, random: Random, head: int) -> None:
        author = random.choice(AUTHORS)
        own = self.bought.setdefault(author, [])
        what = random.random()
        if what < 0.45:
            fact = self.made.buy(
                author, block=head, old=random.random() < 0.6, paid=random.choice((0, PRICE, 3 * PRICE))
            )
            own.append(Purchase(fact, head))
        elif what < 0.7:
            self._take_back(random, own, head)
        elif what < 0.85:
            self._rule(random, own, head)
        elif what < 0.87:
            gave = random.random() < 0.5
            giver, taker = (author, SELLER) if gave else (SELLER, author)
            values = {"sender": address(giver), "recipient": address(taker), "amount": 1}
            TransferFact.objects.create(**_place(self.made.chain, head), **values)
            self.ties.setdefault(author, []).append((head, "gave" if gave else "got"))

    def _take_back(self, random: Random, own: list[Purchase], head: int) -> None:
        for each in [each for each in own if each.stage is None and each.fact.paid][-1:]:
            each.stage, each.taken = random.choice(STAGES), head
            self.made.take_back(each.fact, block=head, stage=each.stage)

    def _rule(self, random: Random, own: list[Purchase], head: int) -> None:
        for each in [each for each in own if each.stage == Stage.DISPUTED and each.ruled is None][:1]:
            each.ruled, each.ruled_at = random.choice((Stage.FOR_BUYER, Stage.FOR_SELLER)), head
            self._row(each).update(stage=each.ruled, ruled_block=head)

    def _row(self, each: Purchase) -> Any:
        return PurchaseReturn.objects.filter(purchase_tx=each.fact.tx_hash)

    def rewind(self, to: int) -> None:
        """Take back what happened above a block, as the indexer does."""
        for own in self.bought.values():
            own[:] = [each for each in own if each.block <= to]
            for each in own:
                if each.ruled_at > to:
                    each.ruled, each.ruled_at = None, 0
                    self._row(each).update(stage=Stage.DISPUTED, ruled_block=None)
                if each.taken > to:
                    each.stage, each.taken = None, 0
        for ties in self.ties.values():
            ties[:] = [tie for tie in ties if tie[0] <= to]

    def plain(self, review: Review, final: int) -> brute.Plain:
        """Return the review as it has to stand by all this."""
        author = next(number for number in AUTHORS if address(number) == review.author)
        paid = [each for each in self.bought.get(author, []) if each.fact.paid]
        kept = [each for each in paid if each.back() in (None, Stage.FOR_SELLER)]
        final_ones = [each for each in kept if each.block <= final]
        ties = {who for _block, who in self.ties.get(author, [])}
        if final_ones:
            tied = "gave" in ties or ("got" in ties and review.rating >= 4)
            stands = "affiliated" if tied else "counted"
        elif kept or not paid:
            stands = "pending"
        else:
            stands = "disputed" if any(each.back() == Stage.DISPUTED for each in paid) else "refunded"
        spent = sum(int(each.fact.paid) for each in final_ones if each.fact.maturity_day < TODAY)
        return brute.Plain(review.rating, review.written_at, stands, spent, is_first=review.is_first)


@pytest.mark.long(200)
@pytest.mark.parametrize("seed", range(20))
def test_after_any_history_all_stands_as_a_fresh_look_finds_it(db: None, seed: int) -> None:
    """Twenty times fifty models, so a thousand histories, each with refunds, disputes, ties and reorganisations."""
    random = Random(seed)  # noqa: S311  the same tests each time
    ties: dict[int, list[tuple[int, str]]] = {}
    lives = [Life(made, ties) for made in models(f"maker/m{number}" for number in range(50))]
    clock = lives[0].made
    Review.objects.bulk_create(review for life in lives for review in _reviews(life, random))
    for turn in range(8):
        clock.mine(random.randint(1, 3), fork=turn)
        for life in random.sample(lives, 20):
            life.happen(random, clock.head)
        if random.random() < 0.3:
            follow(clock.chain)
        if random.random() < 0.35:
            to = clock.head - random.randint(1, 6)
            for life in lives:
                life.rewind(to)
            TransferFact.objects.filter(block_number__gt=to).delete()
            clock.rewind(to, fork=100 + turn)
    follow(clock.chain)
    written, scores = defaultdict(list), {each.listing_id: each for each in ModelScore.objects.all()}
    for review in Review.objects.all():
        written[review.listing_id].append(review)
    for life in lives:
        reviews, score = written[life.made.listing.pk], scores[life.made.listing.pk]
        plain = [life.plain(review, clock.final) for review in reviews]
        found = brute.reckon(plain)
        assert [each.judged for each in reviews] == [each.standing for each in plain]
        assert [int(each.spent) for each in reviews] == [each.spent for each in plain]
        assert (score.score, score.mean, score.stars, score.left_out) == (
            found.score, found.mean, found.stars, found.left_out,
        )  # fmt: skip
    if seed == 0:
        assert recompute(keep=False) == ([], 50)


def _reviews(life: Life, random: Random) -> Iterator[Review]:
    made = life.made
    common = {"listing": made.listing, "chain": made.chain, "model_id": made.model_id, "version": "1.0.0", "number": 1}
    for author in random.sample(AUTHORS, 4):
        yield Review(**common, author=address(author), rating=random.randint(1, 5), written_at=NOW, stale=True)


def test_nor_do_moderators_and_those_who_are_erased(made: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in (BUYER, 20, 21):
        made.buy_and_review(number, 3)
    asked: list[tuple[object, ...]] = []
    monkeypatch.setattr(judging, "MANY", 1)
    monkeypatch.setattr(judging, "enqueue", lambda *task: asked.append(task))
    review = Review.objects.get(author=address(20))
    decision = ModerationDecision.objects.create(
        content=Content.REVIEW, key=review.key, action=Action.HIDE, category=Category.SPAM, reason="Spam."
    )
    mark_review(review.key, decision)
    review.refresh_from_db()
    assert (review.standing, counted(made)) == (Standing.HIDDEN, 3)
    judge_waiting(made.listing.pk)
    assert counted(made) == 2
    erase_reviews(address=address(21))
    assert counted(made) == 2
    judge_waiting(made.listing.pk)
    assert counted(made) == 1
    assert asked == [("marketplace.scores.tasks.judge_waiting", made.listing.pk)] * 2


def test_nobody_waits_for_a_score_of_many_reviews(made: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[object, ...]] = []
    monkeypatch.setattr(judging, "MANY", 1)
    monkeypatch.setattr(judging, "MOST_WAITING", 2)
    monkeypatch.setattr(judging, "enqueue", lambda *task: asked.append(task))
    made.buy_and_review(BUYER, 5)
    people = {address(number): person(number) for number in (20, 21, 22)}
    for number in (20, 21, 22):
        made.buy_and_review(number, 1)
    others = Review.objects.exclude(author=address(BUYER))
    # How a review stands by itself is known at once, and its page shows it.
    assert set(others.values_list("standing", flat=True)) == {Standing.COUNTED}
    assert counted(made) == 1
    assert asked == [("marketplace.scores.tasks.judge_waiting", made.listing.pk)] * 3
    judge_waiting(made.listing.pk)
    assert counted(made) == 4
    # What is withdrawn leaves the score so too, and what comes back.
    review = others.order_by("pk")[0]
    follow(made.chain)
    for act, count in ((withdraw_review, 3), (restore_review, 4)):
        act(user=people[review.author], key=review.key)
        assert follow(made.chain) == 1
        assert counted(made) == count
    assert not Review.objects.filter(stale=True).exists()
    assert recompute(keep=False)[0] == []
