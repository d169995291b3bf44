"""What is stored is what going through every event by hand gives, whatever happened and was taken back."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from random import Random
from typing import Any

import psycopg
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from marketplace.listings.models import Listing
from marketplace.reputation.models import Reckoning, Reputation, Role
from marketplace.reputation.reckoning import KEPT, reckon
from marketplace.reputation.recompute import Market, differences, recompute
from marketplace.scores.models import Standing

from .histories import DOLLAR, SINGLE, Chronicle, address, answer, hide, live, model_of, votes

pytestmark = pytest.mark.django_db
SELLERS, BUYERS = 50, 12


def exported(made: Reckoning) -> dict[str, Any]:
    pieces = made.pieces.order_by("number").values_list("content", flat=True)
    document: dict[str, Any] = json.loads(b"".join(gzip.decompress(bytes(piece)) for piece in pieces))
    return document


def check(made: Chronicle) -> Reckoning:
    """Reckon, and compare with what the events give one by one."""
    made.write()
    found = reckon(chain=made.chain)
    assert found
    export = exported(found)
    assert export["block"]["number"] == made.chain.final_block()
    again = recompute(Market().tell(made.events(export["block"]["number"])), export)
    assert list(differences(export, again)) == []
    assert len(again) == Reputation.objects.filter(chain=made.chain).count() == sum(found.counts.values())
    return found


@contextmanager
def alone_elsewhere(name: str) -> Iterator[None]:
    """Hold a name's lock on a connection of another process."""
    with psycopg.connect(**connection.get_connection_params() | {"cursor_factory": psycopg.Cursor}) as other:
        other.execute("select pg_advisory_lock(hashtextextended(%s, 0))", [name])
        yield


def people_say(made: Chronicle, random: Random, seller: str, buyers: list[str], listings: list[Listing]) -> None:
    """Have some of the buyers review, vote, and be hidden; and the seller's model be checked."""
    listing = listings.pop()
    model = model_of(seller)
    made.adopt(model, listing, asked := random.randrange(60), random.randrange(asked + 1))
    for author in random.sample(buyers, 4):
        standing = random.choice([Standing.COUNTED] * 4 + [Standing.REFUNDED, Standing.BURST, Standing.WITHDRAWN])
        review = made.review(model, author, listing, random.randrange(1, 6), standing=standing)
        made.add(*votes(review, random.randrange(8), random.choice([10, 10, 3])))
        if random.random() < 0.1:
            hide(review)
        if random.random() < 0.3:
            made.add(answer(review))


@pytest.mark.long(60)
@pytest.mark.parametrize("seed", range(20))
def test_a_thousand_histories_with_returns_and_reorganisations(seed: int) -> None:
    random, made = Random(seed), Chronicle.begin()  # noqa: S311  the same histories each time
    made.gathers = True
    sellers = [address(1_000 + number) for number in range(SELLERS)]
    circles = {seller: [address(5_000 + number) for number in random.sample(range(60), BUYERS)] for seller in sellers}
    listings = list(Listing.objects.order_by("pk")[:SELLERS])
    made.say("TokenSet", token=DOLLAR, weight=10**17)
    for seller in sellers:
        live(made, random, seller, circles[seller])
    made.mine(5)
    for seller in sellers:
        people_say(made, random, seller, circles[seller], listings)
    for _round in range(3):
        for _deed in range(5):
            for seller in random.sample(sellers, SELLERS // 2):
                live(made, random, seller, circles[seller])
            made.mine(random.randrange(1, 40))
        check(made)
        if random.random() < 0.5:
            made.say("TokenSet", token=DOLLAR, weight=random.randrange(10**18))
        final = list(Reputation.objects.order_by("pk").values_list("address", "role", "score"))
        made.reorganise(random.randrange(1, 4))
        check(made)
        assert list(Reputation.objects.order_by("pk").values_list("address", "role", "score")) == final
    said = list(Reputation.objects.filter(chain=made.chain))
    assert len(said) > SELLERS
    assert {each.score is None for each in said} == {True, False}
    assert any(each.facts.get("sales") for each in said)


@pytest.fixture
def made() -> Chronicle:
    return Chronicle.begin()


def seller_of(made: Chronicle) -> Reputation:
    check(made)
    return Reputation.objects.get(chain=made.chain, role=Role.SELLER)


def honest_shop(made: Chronicle) -> tuple[str, Listing]:
    """Sell to twenty buyers of median spend, who all review, from a model that answers."""
    model, listing = made.open_shop(SELLER), Listing.objects.order_by("pk")[0]
    made.adopt(model, listing, 1_000, 995)
    for number in range(20):
        buyer = address(100 + number)
        made.sell(model, buyer, (3 + number % 5) * SINGLE)
        made.review(model, buyer, listing, 4 + number % 2)
    made.sell(model, address(119), SINGLE)
    made.take_back(model, address(119))
    made.mine(200)
    return model, listing


SELLER = address(77)
KINDNESS, SPITE = "kindness", "spite"


@pytest.mark.parametrize("aim", [KINDNESS, SPITE])
@pytest.mark.parametrize("returns", [True, False])
def test_fifty_wallets_of_one_person_move_a_seller_by_two_per_cent_at_most(
    made: Chronicle, aim: str, returns: bool
) -> None:
    model, listing = honest_shop(made)
    before = seller_of(made).score
    for number in range(50):
        wallet = address(900 + number)
        made.sell(model, wallet, SINGLE)
        made.review(model, wallet, listing, 5 if aim == KINDNESS else 1)
        if returns:
            made.take_back(model, wallet)
    made.mine(200)
    after = seller_of(made)
    assert before
    assert after.score
    # Beside what the seller would be worth by then: its days count as well.
    without = score_without_them(made)
    assert abs(after.score - without) * 100 <= 2 * without, (after.score, without)


def score_without_them(made: Chronicle) -> int:
    """Return what the seller would be worth now without the fifty."""
    export = exported(Reckoning.objects.filter(chain=made.chain).latest("pk"))
    wallets = {address(900 + number) for number in range(50)}
    export["reviews"] = [each for each in export["reviews"] if each["author"] not in wallets]
    events = [each for each in made.events(export["block"]["number"]) if each.args.get("buyer") not in wallets]
    score: int = recompute(Market().tell(events), export)["seller", SELLER]["score"]
    return score


def test_trading_with_oneself_gives_nothing(made: Chronicle) -> None:
    model, _listing = honest_shop(made)
    before = seller_of(made)
    friend = address(55)
    made.say("SplitSet", model=model, recipients=[SELLER, friend])
    for buyer, to in ((SELLER, ""), (friend, ""), (address(56), friend), (address(57), SELLER)):
        made.sell(model, buyer, 100 * SINGLE, to=to)
    made.mine(200)
    after = seller_of(made)
    assert {name: after.facts[name] for name in after.facts if name != "age_days"} == {
        name: before.facts[name] for name in before.facts if name != "age_days"
    }


def test_returning_weighs_by_what_was_kept_elsewhere(made: Chronicle) -> None:
    model, other = made.open_shop(SELLER), made.open_shop(address(78))
    for number in range(2):
        made.sell(model, address(100 + number), 10 * SINGLE)
        made.take_back(model, address(100 + number))
    made.sell(other, address(101), 5 * SINGLE)
    made.mine(200)
    check(made)
    facts = Reputation.objects.get(address=SELLER).facts
    assert (facts["returned"], facts["returned_weight"]) == (2, 250_000)


def test_what_is_not_final_counts_nothing_yet_and_a_return_of_it_neither(made: Chronicle) -> None:
    model, _listing = honest_shop(made)
    before = seller_of(made).facts
    made.take_back(model, address(100))
    assert seller_of(made).facts == before
    made.mine(made.chain.confirmations)
    after = seller_of(made).facts
    assert (after["sales"], after["returned"]) == (before["sales"] - 1, before["returned"] + 1)


def test_a_fee_in_a_token_counts_by_the_weight_that_the_dao_gave_it(made: Chronicle) -> None:
    model = made.open_shop(SELLER)
    made.sell(model, address(100), 10**16, token=DOLLAR)
    made.mine(200)
    assert seller_of(made).facts["weight"] == 0
    made.say("TokenSet", token=DOLLAR, weight=10**17)
    made.mine(3)
    assert seller_of(made).facts["weight"] == 1_000_000


def test_only_the_last_reckonings_are_kept_and_nobody_is_left_from_one_before(made: Chronicle) -> None:
    model, listing = honest_shop(made)
    gone = made.review(model, address(800), listing)
    for _ in range(KEPT + 1):
        check(made)
    assert Reckoning.objects.filter(chain=made.chain).count() == KEPT
    assert Reputation.objects.filter(address=address(800)).exists()
    gone.delete()
    check(made)
    assert not Reputation.objects.filter(address=address(800)).exists()


def test_a_chain_without_a_final_block_is_not_reckoned(made: Chronicle) -> None:
    assert reckon(chain=made.chain) is None


def test_two_at_once_are_one(made: Chronicle) -> None:
    honest_shop(made)
    with alone_elsewhere(f"reputation:{made.chain.pk}"):
        assert reckon(chain=made.chain) is None
    assert reckon(chain=made.chain)


def test_the_number_of_statements_does_not_grow_with_the_rows(
    made: Chronicle, django_assert_num_queries: Callable[[int], AbstractContextManager[Any]]
) -> None:
    honest_shop(made)
    for _ in range(KEPT + 1):
        check(made)
    with CaptureQueriesContext(connection) as few:
        reckon(chain=made.chain)
    for number in range(2, 60):
        made.sell(made.open_shop(address(2_000 + number)), address(100 + number), SINGLE)
    made.mine(200)
    with django_assert_num_queries(len(few)):
        reckon(chain=made.chain)
