"""A proposal as the contracts name it."""

from __future__ import annotations

from contracts.chain import codec
from contracts.names import DAO
from governance.onchain.batches import batch_of
from tests.factories.governance import address, dao_chain, proposal


def test_a_batch_is_named_by_the_hash_of_its_description(db: None) -> None:
    made = proposal(dao_chain(), targets=[address(7)], values=["12"], calldatas=["0x1234"], description="Pay 𝔘")
    targets, values, calldatas, named = batch_of(made)
    assert (targets, values, calldatas) == ([address(7)], [12], ["0x1234"])
    assert named == "0xd66f61e7d61eb2ba49b4b92586048420eb540cc3ceabd2d323a4f32f5698850f"  # pragma: allowlist secret
    signature, args = codec.decode_call(DAO, codec.call_data(DAO, "execute", batch_of(made)))
    assert signature == "execute(address[],uint256[],bytes[],bytes32)"
    assert args["descriptionHash"] == named
