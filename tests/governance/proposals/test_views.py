"""The pages of proposals."""

from __future__ import annotations

from datetime import timedelta

from django.test import Client

from governance.onchain.models.proposals import Support
from tests.factories.governance import WHOLE, address, dao_chain, proposal, vote


def test_the_list_shows_proposals_with_their_state_and_filters_them(db: None, client: Client) -> None:
    chain = dao_chain()
    proposal(chain, 1, description="# Lower the fee\n\nBecause.")
    lost = proposal(chain, 2, description="# Raise the fee", opens=timedelta(days=-10))
    vote(lost, address(5), Support.AGAINST, 50_000_000 * WHOLE)
    page = client.get("/dao").content.decode()
    assert page.index("Raise the fee") < page.index("Lower the fee")
    done = client.get("/dao", {"state": "done"}).content.decode()
    assert "Raise the fee" in done
    assert "defeated" in done
    assert "Lower the fee" not in done


def test_without_a_dao_the_page_says_so(db: None, client: Client) -> None:
    answer = client.get("/dao")
    assert answer.status_code == 503
    assert "The DAO cannot be read yet" in answer.content.decode()
