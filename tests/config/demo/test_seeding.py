"""The demo's sixty days on a real chain: its market's money adds up, and its proposals stand where they are to."""

from __future__ import annotations

import json
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db.models import Sum
from django.utils import timezone

from accounts.demo import PERSONAS
from contracts.chain import signatures
from contracts.chain.client import Client
from contracts.models import Chain
from contracts.names import BONUS_POOL, COIN, DAO, DAY
from contracts.naming import Named
from governance.demo.proposals import PROPOSALS
from governance.onchain.counting import state_of
from governance.onchain.models.proposals import OnchainProposal, ProposalState
from governance.onchain.models.staking import RewardFact
from governance.onchain.models.treasury import BonusFact, FeeReleaseFact, SpendingFact
from inference.ledger.prices import prices_of
from marketplace.community.models import Discussion
from marketplace.demo.history import model_id
from marketplace.demo.listings import LISTINGS, MILLI
from marketplace.demo.metered import CALL_PRICES, DOLLAR_PRICES, RATES
from marketplace.demo.senses import ALL
from marketplace.demo.steps import DAYS
from marketplace.ground.log import LogEntry
from marketplace.listings.models import Listing
from marketplace.listings.versions import Adoption, MetadataDocument
from marketplace.onchain.models.listings import OnchainListing, OnchainPlan
from marketplace.onchain.models.ratings import RatingFact
from marketplace.onchain.models.returns import PurchaseReturn
from marketplace.onchain.models.sales import CreditFact, DistributionFact, PurchaseFact, WithdrawalFact
from marketplace.reports.models import Appeal, Report
from marketplace.reports.verification import verify_log
from marketplace.scores.documents import document_of
from marketplace.scores.models import Answer, Review, ReviewEdition, Standing
from marketplace.scores.score_models import ModelScore
from tests.contracts.node import Market, running
from tests.deploying import deploy

S = ProposalState
STATES = [S.EXECUTED, S.DEFEATED, S.EXECUTED, S.CANCELED, S.EXECUTED, S.EXPIRED, S.EXECUTED, S.QUEUED, S.SUCCEEDED]
STATES += [S.ACTIVE, S.ACTIVE, S.PENDING]
GUARDIAN = next(each.address.lower() for each in PERSONAS if each.name == "guardian")
MODERATORS = [each.address.lower() for each in PERSONAS if each.name.startswith("moderator")]


@pytest.mark.long(12)
def test_the_demo_is_seeded_once_and_its_money_adds_up(db: None, settings: Any, capsys: Any) -> None:
    with pytest.raises(CommandError, match="deploy_contracts first"):
        call_command("seed_demo")
    began = int(time.time()) - DAYS * DAY
    with running("--timestamp", str(began)) as address, Client([address]) as rpc:
        settings.RPC_URLS = {"anvil": [address]}
        chain, _ = deploy(address, people=Named({"GUARDIAN": [GUARDIAN], "MODERATOR": MODERATORS}))
        begun = time.time()
        call_command("seed_demo")
        head = rpc.block_number()
        call_command("seed_demo")
        assert rpc.block_number() == head
        assert "The demo was seeded already." in capsys.readouterr().out
        assert begun - 60 < int(rpc.call("eth_getBlockByNumber", "latest", False)["timestamp"], 16) < time.time() + 60

        assert sorted(Report.objects.values_list("outcome", flat=True)) == ["", "", "rejected", "upheld", "upheld"]
        assert Discussion.objects.get(subject="proposal", key="anvil:10").comments == 4
        chat = Discussion.objects.get(subject="listing", key="pocket-lab/smollm2-chat")
        assert (chat.comments, chat.all_comments.count(), bool(chat.pinned)) == (5, 6, True)
        assert Listing.objects.get(name=chat.key).comments == 5
        assert Appeal.objects.get().case.closed_at is None
        assert verify_log().faults == []
        assert LogEntry.objects.count() == 2
        assert {each.per_call or each.out_per_m for name in RATES for each in prices_of(name)} == {50 * MILLI}
        assert [each.per_call for name in CALL_PRICES for each in prices_of(name)] == [*CALL_PRICES.values()]
        by_signature = {name: [(each.token, each.per_call) for each in prices_of(name)] for name in DOLLAR_PRICES}
        assert by_signature == {name: [(chain.deployment["DemoDollar"], DOLLAR_PRICES[name])] for name in DOLLAR_PRICES}
        market, splitter = Market(rpc, chain.deployment), chain.deployment["RevenueSplitter"]
        assert Adoption.objects.count() == OnchainListing.objects.count() == len(ALL)
        assert Listing.objects.named("HuggingFaceTB/SmolLM2-135M-Instruct").exists()  # pragma: allowlist secret
        for onchain in OnchainListing.objects.all():
            adopted = Adoption.objects.get(model_id=onchain.model_id).listing
            assert adopted.owner.user is not None
            assert adopted.owner.user.address == onchain.seller
            sold = market.view("ModelMarketplace", "getListing", [onchain.model_id])["totalSales"]
            assert PurchaseFact.objects.filter(model_id=onchain.model_id).kept().count() == sold
            assert onchain.model_id in market.view("ModelMarketplace", "searchModels", [adopted.name])
        dollar = chain.deployment["DemoDollar"]
        kept = {
            COIN: int(rpc.call("eth_getBalance", splitter, "latest"), 16),
            dollar: market.view("DemoDollar", "balanceOf", [splitter]),
        }
        for token, balance in kept.items():
            paid = PurchaseFact.objects.filter(token=token).aggregate(sum=Sum("paid"))["sum"]
            drawn = WithdrawalFact.objects.filter(token=token).aggregate(sum=Sum("amount"))["sum"]
            assert balance == paid - drawn
            assert drawn > 0
        credited = CreditFact.objects.aggregate(sum=Sum("amount"))["sum"]
        refunded = PurchaseReturn.objects.get()
        assert credited == DistributionFact.objects.aggregate(sum=Sum("amount"))["sum"] + refunded.paid
        plans = OnchainPlan.objects.filter(token=dollar)
        assert set(plans.values_list("listing__model_id", flat=True)) == {
            model_id(market.accounts[each.seller.index], each.slug) for each in LISTINGS if each.in_dollars
        }
        for account in market.accounts:
            owed = [
                model.objects.filter(account=account, token=COIN).aggregate(sum=Sum("amount", default=0))["sum"]
                for model in (CreditFact, WithdrawalFact)
            ]
            assert market.view("RevenueSplitter", "credits", [account, COIN]) == owed[0] - owed[1]
        _check_decisions(market, began)
        _check_rewards(market, chain)
        _check_reviews(refunded)
        call_command("verify_chain")


def _check_decisions(market: Market, began: int) -> None:
    """Every state is there, by the contract and by our tables; those that end soon do; what was decided was done."""
    now = datetime.fromtimestamp(int(market.rpc.call("eth_getBlockByNumber", "latest", False)["timestamp"], 16), UTC)
    proposals = list(OnchainProposal.objects.order_by("number"))
    assert [state_of(each, now) for each in proposals] == STATES
    assert [market.view(DAO, "state", [each.number]) for each in proposals] == STATES
    assert set(STATES) == set(ProposalState)
    assert [each.description for each in proposals] == [each.text for each in PROPOSALS]

    opening = datetime.fromtimestamp(began + DAYS * DAY, UTC)
    queued, soon, long = (proposals[number - 1] for number in (8, 10, 11))
    assert queued.eta is not None
    assert timedelta(minutes=4) < queued.eta - opening < timedelta(minutes=10)
    assert timedelta(minutes=20) < soon.deadline - opening < timedelta(minutes=30)
    assert timedelta(days=2) < long.deadline - opening
    extended = [each.number for each in proposals if each.deadline != each.first_deadline]
    assert extended == [5]
    assert [each.stopped_by for each in proposals if each.stopped_by] == [GUARDIAN]
    spent = SpendingFact.objects.get()
    assert (spent.tx_hash, int(spent.amount)) == (proposals[2].executed_tx, 1_500_000 * 10**18)

    lowered = proposals[0].executed_at
    assert lowered is not None
    for sale in PurchaseFact.objects.all():
        assert int(sale.fee) == int(sale.paid) * (200 if sale.time > lowered else 250) // 10_000
    assert 0 < PurchaseFact.objects.filter(time__lt=lowered).count() < PurchaseFact.objects.count()


def _check_rewards(market: Market, chain: Chain) -> None:
    """Fees were divided week after week, and stakers and a seller drew their parts."""
    releases = FeeReleaseFact.objects.all()
    assert releases.filter(token=COIN).count() == 6
    assert releases.exclude(token=COIN).count() == 1
    assert RewardFact.objects.filter(is_claim=True).count() == 4
    root = BonusFact.objects.get(kind="RootSet")
    assert MetadataDocument.objects.filter(cid=root.cid).exists()
    claimed = BonusFact.objects.get(kind="BonusClaimed")
    assert 0 < int(claimed.amount) <= market.view(BONUS_POOL, "capOf", [claimed.model_id])


def _check_reviews(refunded: PurchaseReturn) -> None:
    """Buyers say something of several models, signed; one is answered, one edited, one refunded, one was given it."""
    reviews = Review.objects.select_related("listing")
    named = Counter(each.listing.name for each in reviews)
    assert named["pocket-lab/smollm2-chat"] >= 3
    assert len(named) >= 5
    left_out = {each.author: each.standing for each in reviews if each.standing != Standing.COUNTED}
    assert sorted(left_out.values()) == [Standing.AFFILIATED, Standing.REFUNDED]
    assert left_out[refunded.recipient] == Standing.REFUNDED
    for edition in ReviewEdition.objects.select_related("review__listing"):
        document = json.loads(document_of(edition))
        assert signatures.recover(document["signed"], document["signature"]) == edition.review.author
    assert ReviewEdition.objects.filter(number=2).count() == 1
    assert Answer.objects.get().author == Answer.objects.get().review.model_id[:42]
    assert all(each.mean and each.score for each in ModelScore.objects.filter(count__gt=0))
    rated = RatingFact.objects.values_list("review", flat=True)
    assert len(rated) == 3
    assert set(rated) <= {each.cid for each in reviews}
    assert all(each.written_at < timezone.now() for each in reviews)


def test_a_chain_that_began_today_is_not_seeded(db: None, settings: Any) -> None:
    with running() as address:
        settings.RPC_URLS = {"anvil": [address]}
        deploy(address)
        with pytest.raises(CommandError, match=r"has to begin 60 days ago: anvil --timestamp \d+"):
            call_command("seed_demo")
