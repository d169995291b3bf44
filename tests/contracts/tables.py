"""What the indexer has made of a chain, as it stands in a database that is not the tests' own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db.models import Model

from contracts.models import Block, Event, Fact, FunctionRole, Parameter, RoleMember
from governance.onchain.models.power import OnchainDelegation
from governance.onchain.models.proposals import OnchainProposal
from governance.onchain.models.staking import StreamPoint
from marketplace.onchain.models.listings import OnchainListing

FOLDS = (OnchainListing, RoleMember, FunctionRole, OnchainProposal, OnchainDelegation, StreamPoint)
PLANS = """select l.model_id, to_jsonb(p) - 'id' - 'listing_id' from marketplace_onchainplan p
  join marketplace_onchainlisting l on l.id = p.listing_id"""


def contents(ask: Callable[[Any], list[Any]]) -> dict[str, list[Any]]:
    """Return every row, without surrogate keys and times of ingestion, in a fixed order; ``ask`` runs a query."""
    tables: list[type[Model]] = [Block, Event, Parameter, *Fact.__subclasses__(), *FOLDS]
    names = [table._meta.db_table for table in tables]
    rows = {name: ask(f"select to_jsonb(t) - 'id' from {name} t") for name in names}  # noqa: S608  names of our tables
    rows["plans"] = ask(PLANS)
    rows["contracts_cursor"] = ask("select number, hash from contracts_cursor")
    return {name: sorted(found, key=repr) for name, found in rows.items()}
