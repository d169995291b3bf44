"""Proposals as JSON."""

from __future__ import annotations

from django.test import Client

from tests.factories.governance import dao_chain, proposal


def test_proposals_are_listed_as_json(db: None, client: Client) -> None:
    chain = dao_chain()
    proposal(chain, 1, description="# Lower the fee\n\nBecause.")
    answer = client.get("/api/v1/governance/proposals").json()
    assert answer["items"] == [{"id": 1, "title": "Lower the fee", "state": "active"}]
