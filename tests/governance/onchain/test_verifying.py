"""Whatever is done with the DAO, the tables say what its contracts say."""

from __future__ import annotations

from random import Random

import pytest

from contracts.chain.client import Client
from contracts.indexer import folding, lead
from contracts.indexer.verify import verify_chain
from contracts.models import Chain, FoldState
from governance.onchain.models.proposals import VoteFact
from governance.onchain.models.staking import RewardFact
from tests.contracts.node import Market
from tests.governance.dao import Dao, live

Alone = tuple[Chain, Client, Market]


@pytest.mark.parametrize("seed", [1])
def test_after_a_random_life_every_figure_is_the_contracts_own(
    alone: Alone, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    chain, rpc, market = alone
    monkeypatch.setattr(folding, "KEPT_FROM", 3)
    chain.reorg_window = chain.confirmations + 1
    chain.save()
    dao, random, allowed = Dao(rpc, market), Random(seed), 0  # noqa: S311  repeatable
    dao.open()
    for _ in range(6):
        allowed += live(dao, random, 40)
        lead.catch_up(chain, rpc)
        found = verify_chain(chain=chain, rpc=rpc, number=chain.head())
        assert found.differences == []
    assert allowed > 60
    assert FoldState.objects.filter(subject="stream:all").exists()
    assert VoteFact.objects.exists()
    assert RewardFact.objects.filter(is_claim=True).exists()
    assert found.compared > 60
