"""Ballots for programs: what an account can vote with, and a way to leave a signed ballot for the relayer."""

from __future__ import annotations

from typing import Any, Literal

from django.http import HttpRequest
from ninja import Field, Query, Router, Schema, Status

from accounts.addresses import parse_address
from common.access import public_api
from common.errors import NotFoundError
from common.limits import limit_client
from contracts.models import Chain
from governance.ground.home import home_chain, now_on
from governance.onchain.models.proposals import OnchainProposal, Support
from governance.relay.actions import prepare_ballot, take_ballot
from governance.relay.messages import MOST_REASON

from .ballots import Ballot, ballot_for

router = Router(tags=["Governance"])

HOUR = 3_600
LEFT_BY_A_CLIENT = 60  # ballots an hour: each is tried on the chain before it is kept
Side = Literal["for", "against", "abstain"]
SIDES: dict[str, Support] = {each.name.lower(): each for each in Support}
NAMES = {side: name for name, side in SIDES.items()}
Account = Field(max_length=60, description="An address.")
Reason = Field("", max_length=MOST_REASON, description="It stands on chain beside the vote.")


class BallotQuery(Schema):
    """Whose ballot; with a side also what that account would have to sign."""

    account: str = Account
    side: Side | None = Field(None, description="Asks for the typed data that votes so.")
    reason: str = Reason


class BallotOut(Schema):
    """An account's ballot on a proposal."""

    proposal: int
    account: str
    votes: str = Field(description="What it can vote with, in the smallest unit of LATTICE, as a decimal string.")
    state: str = Field(
        description="`open`, `signed` (the relayer will carry it), `sent`, `counted`, `refused`, `expired`, `pending` "
        "(not open yet), `powerless`, `over`."
    )
    side: str | None = Field(description="How it voted, once that is on chain.")
    transaction: str | None = Field(description="Which carries it.")
    confirmations: int = Field(description="Blocks since; final from `needed` on.")
    needed: int
    lack: str | None = Field(
        description="Why it has no votes: `empty`, `undelegated`, `delegated` to another account, `late`, `unvotable`."
    )
    refusal: str | None = Field(description="Why a signed ballot did not count, in a sentence.")
    typed_data: dict[str, Any] | None = Field(None, description="What to sign (EIP-712), where a side was asked for.")


class BallotIn(Schema):
    """A signed ballot: OpenZeppelin's `Ballot`, or its `ExtendedBallot` where there is a reason."""

    proposal: int = Field(ge=1, lt=2**63)
    account: str = Account
    side: Side
    reason: str = Reason
    signature: str = Field(max_length=20_000, description="0x text, over exactly this.")


@router.get("/proposals/{int:number}/ballot", response=BallotOut, summary="An account's ballot")
@public_api
def get_ballot(request: HttpRequest, number: int, query: Query[BallotQuery]) -> dict[str, Any]:
    """Return what an account can vote with on a proposal, and what became of its vote."""
    chain, account = home_chain(), parse_address(query.account)
    shown = _shown(_ballot(chain, account, number))
    if query.side:
        said: dict[str, Any] = {"number": number, "support": SIDES[query.side], "reason": query.reason}
        shown["typed_data"] = prepare_ballot(chain=chain, account=account, **said)
    return shown


@router.post("/ballots", response={202: BallotOut}, summary="Leave a signed ballot")
@public_api
def post_ballot(request: HttpRequest, body: BallotIn) -> Status[dict[str, Any]]:
    """Leave a ballot that its account has signed; the relayer carries it to the chain. The signature is the right."""
    chain, account = home_chain(), parse_address(body.account)
    limit_client("ballots", str(request.META.get("REMOTE_ADDR", "")), LEFT_BY_A_CLIENT, HOUR)
    said: dict[str, Any] = {"number": body.proposal, "support": SIDES[body.side], "reason": body.reason}
    take_ballot(chain=chain, account=account, **said, signature=body.signature)
    return Status(202, _shown(_ballot(chain, account, body.proposal)))


def _ballot(chain: Chain, account: str, number: int) -> Ballot:
    proposal = OnchainProposal.objects.filter(chain=chain, number=number).first()
    if proposal is None:
        raise NotFoundError
    return ballot_for(account, proposal, chain, now_on(chain))


def _shown(ballot: Ballot) -> dict[str, Any]:
    vote, signed = ballot.vote, ballot.signed
    sent = vote.tx_hash if vote else signed.tx_hash if signed else ""
    return {
        "proposal": ballot.proposal.number,
        "account": ballot.account,
        "votes": str(ballot.power),
        "state": ballot.stage.value,
        # What is only signed is its voter's own until it is on chain.
        "side": NAMES[Support(vote.support)] if vote else None,
        "transaction": sent or None,
        "confirmations": vote.confirmations if vote else 0,
        "needed": ballot.chain.confirmations,
        "lack": ballot.lack.value if ballot.lack else None,
        "refusal": signed.why if signed and signed.refusal else None,
    }
