"""Indexers as processes of their own, on a database of their own: killed in the middle, started twice, stopped."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest

from contracts.chain.client import Client
from marketplace.onchain.models.listings import Plan
from tests import databases
from tests.deploying import KEY
from tests.services import WORKER
from tests.waiting import until

from .chaos import Nursery, code_of, end, is_alive, wait_for_end
from .node import Market, running

KILLS = 4


@dataclass
class Site:
    """A database, a chain, and the commands that run on them, each in a process forked from one that is warm."""

    database: str
    address: str
    nursery: Nursery

    def start(self, *arguments: str) -> int:
        return self.nursery.start(*arguments)

    def run(self, *arguments: str) -> None:
        child = self.start(*arguments)
        wait_for_end(child)
        assert code_of(child) == 0, self.nursery.said()

    def ask(self, query: str) -> list[Any]:
        with psycopg.connect(self.database) as connection:
            return connection.execute(query).fetchall()

    def wait_until(self, query: str, value: Any, seconds: float = 60, every: float = 0.02) -> None:
        with psycopg.connect(self.database, autocommit=True) as asked:
            until(lambda: asked.execute(query).fetchall() == [(value,)], f"{query} gives {value}", seconds, every)

    def contents(self) -> dict[str, list[Any]]:
        names = ("contracts_block", "contracts_event", "marketplace_purchasefact", "marketplace_passtransferfact")
        left_out = dict.fromkeys((*names, "marketplace_onchainlisting", "contracts_parameter"), "to_jsonb(t) - 'id'")
        rows = {name: self.ask(f"select {row} from {name} t") for name, row in left_out.items()}  # noqa: S608
        rows["contracts_cursor"] = self.ask("select number, hash from contracts_cursor")
        return {name: sorted(found, key=repr) for name, found in rows.items()}


@pytest.fixture
def site(migrated_database: str, tmp_path: Path) -> Iterator[Site]:
    with running() as address, databases.copied(migrated_database, f"indexed_apart_{WORKER}") as name:
        variables = {**os.environ, "DATABASE_URL": databases.url(name), "RPC_URLS_ANVIL": address}
        variables |= {"DJANGO_SETTINGS_MODULE": "tests.contracts.apart", "DEPLOYER_KEY": KEY}
        made = Site(databases.url(name), address, Nursery(variables, tmp_path / "nursery.log"))
        try:
            made.run("deploy_contracts", "--chain", "anvil")
            yield made
        finally:
            made.nursery.stop()


LEADING = """select count(*) from pg_locks join pg_database on pg_database.oid = database
  where locktype = 'advisory' and granted and datname = current_database()"""


def _sell(site: Site, sales: int) -> None:
    with Client([site.address]) as rpc:
        addresses = site.ask("select deployment from contracts_chain")[0][0]
        market = Market(rpc, addresses)
        model = market.list_model(1, "sold")
        for sale in range(sales):
            market.buy(3 + sale % 5, model, (Plan.LASTING, Plan.SUBSCRIPTION)[sale % 2], ref=f"0x{sale:064x}")
        market.mine(600)


@pytest.mark.long(30)
def test_an_indexer_that_is_killed_again_and_again_ends_where_a_fresh_one_does(site: Site) -> None:
    _sell(site, 40)
    writing = "select count(*) from pg_stat_activity where datname = current_database() and backend_xid is not null"
    for _ in range(KILLS):
        child = site.start("index_chain")
        site.wait_until(writing, 1, every=0.002)
        end(child)
        site.wait_until(writing, 0)
    site.run("index_chain")
    killed = site.contents()
    assert len(killed["marketplace_purchasefact"]) == 40
    site.run("forget_chain", "--chain", "anvil")
    site.run("index_chain")
    assert site.contents() == killed


@pytest.mark.long(30)
def test_of_two_that_follow_one_leads_and_the_other_takes_over(site: Site) -> None:
    first = site.start("index_chain", "--follow")
    site.wait_until(LEADING, 1)
    second = site.start("index_chain", "--follow")
    with pytest.raises(AssertionError, match="Another process is indexing Anvil"):
        site.run("index_chain")
    _sell(site, 2)
    site.wait_until("select count(*) from marketplace_purchasefact", 2)
    end(first)
    with Client([site.address]) as rpc:
        rpc.call("anvil_mine", "0x5")
        head = rpc.block_number()
    site.wait_until("select number from contracts_cursor", head)
    assert is_alive(second)
    os.kill(second, signal.SIGTERM)
    wait_for_end(second)
    assert code_of(second) == 0
