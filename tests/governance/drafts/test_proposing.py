"""A draft is proposed on a real chain: its guards, its last line, what is checked before the wallet opens."""

from __future__ import annotations

from typing import Any

import pytest
from eth_utils.crypto import keccak

from accounts.models import User
from contracts.chain import codec
from contracts.chain.client import Client
from contracts.indexer import lead
from contracts.models import Chain
from contracts.names import COIN, TREASURY
from governance.drafts import actions as acting
from governance.drafts.action_forms import Built
from governance.drafts.errors import AlreadyProposedError, NotProposableError
from governance.drafts.guards import guarded
from governance.drafts.models import Draft
from governance.drafts.present import Present
from governance.drafts.proposing import prepare_proposal
from governance.drafts.specs import SPECS
from governance.ground.home import now_on
from governance.onchain.models.proposals import OnchainProposal
from tests.contracts.node import Market
from tests.governance.dao import VOTERS, WHOLE, Dao

FEE = {"kind": "set-feeBps", "fields": {"value": "2"}}
Alone = tuple[Chain, Client, Market]


def pay(recipient: str, amount: str) -> dict[str, Any]:
    return {"kind": "payment", "fields": {"asset": COIN, "amount": amount, "recipient": recipient}}


def begun(chain: Chain, user: User, *actions: dict[str, Any]) -> Draft:
    said: dict[str, Any] = {"title": "Lower the fee", "text": "Because.", "actions": actions}
    return acting.begin_draft(user=user, chain=chain, **said)


def propose(user: User, draft: Draft, *, all_the_same: bool = False) -> Any:
    return prepare_proposal(user=user, key=draft.key, all_the_same=all_the_same)


@pytest.mark.long(20)
def test_a_draft_becomes_a_proposal_behind_its_guards(alone: Alone) -> None:
    chain, rpc, market = alone
    dao = Dao(rpc, market)
    dao.open()
    proposer, payee = dao.account(VOTERS[0]), dao.account(7)
    user = User.objects.create(address=proposer)
    lead.catch_up(chain, rpc)

    # The bounds that the sliders have are those of the contract.
    for spec in SPECS:
        if spec.is_parameter:
            assert market.view("ProtocolParameters", "bounds", [codec.word(spec.key)]) == [spec.least, spec.most]
    present = Present(chain, now_on(chain))
    assert all(present.value(spec) is not None for spec in SPECS)

    draft = begun(chain, user, FEE)
    call = propose(user, draft)
    targets, values, calldatas, text = codec.decode_call("LatticeDAO", call.data)[1].values()
    parameters = chain.deployment["ProtocolParameters"]
    assert targets == [chain.deployment["CodeGuard"], parameters]
    code = codec.to_bytes(rpc.call("eth_getCode", parameters, "latest"))
    named = codec.decode_call("CodeGuard", calldatas[0])[1]
    assert named == {"target": parameters, "hash": "0x" + keccak(code).hex()}
    assert text.startswith("# Lower the fee\n\nBecause.\n\n#proposer=0x")
    assert text.lower().endswith(proposer)
    assert values == [0, 0]

    # A payment that the treasury cannot make is proposed only by who insists.
    poor = begun(chain, user, pay(payee, "1"))
    with pytest.raises(NotProposableError, match="not complete"):
        propose(user, poor)
    rpc.call("anvil_setBalance", chain.deployment[TREASURY], hex(100 * WHOLE))
    market.mine()
    lead.catch_up(chain, rpc)
    rich = begun(chain, user, pay(payee, "3"), pay(payee, "3"))
    with pytest.raises(NotProposableError, match="refused"):
        propose(user, rich)
    assert propose(user, rich, all_the_same=True).to == chain.deployment["LatticeDAO"]

    # What a key's account gets is not behind a guard: it has no code, or changes it at will.
    assert guarded(chain, [Built(payee, 1, "0x")]).guards == 0
    assert guarded(chain, [Built(parameters, 0, "0x"), Built(parameters, 0, "0x12")]).guards == 1

    rpc.call("eth_sendTransaction", {**call.request(), "gas": hex(2_000_000)})
    market.mine()
    lead.catch_up(chain, rpc)
    assert acting.find_draft(draft.key, proposer).proposals == [1]
    assert OnchainProposal.objects.get().proposer == proposer
    with pytest.raises(AlreadyProposedError):
        propose(user, draft)
    other = begun(chain, user, FEE)
    with pytest.raises(NotProposableError, match=r"No\. 1 is not decided"):
        propose(user, other)
    stranger = User.objects.create(address=dao.account(8))
    with pytest.raises(NotProposableError, match="Have others delegate"):
        propose(stranger, begun(chain, stranger, FEE))
