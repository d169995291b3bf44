"""Taking what people signed: it is tried on the contract itself, and kept until the relayer carries it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from common.limits import limit
from common.locks import exclusive_until_commit
from common.text import well_formed
from contracts.chain import signatures
from contracts.chain.client import client
from contracts.chain.permissions import Question, ask
from contracts.errors import RevertedError
from contracts.models import Chain, Tally
from contracts.names import TOKEN
from governance.ground.home import now_on
from governance.onchain.models.power import BALANCE, OnchainDelegation, PowerFact
from governance.onchain.models.proposals import OnchainProposal, ProposalState, VoteFact

from .calls import ALONE, single_call
from .errors import (
    AlreadyRelayedError,
    AlreadyVotedError,
    MessageRefusedError,
    NoPowerError,
    NothingToDelegateError,
    NotOpenError,
    TooManyDelegationsError,
    TooManyTriesError,
)
from .messages import ballot_nonce, ballot_typed, delegation_typed, exact, normal_signature
from .models import Kind, SignedMessage, State
from .refusals import refusal_sentence

DELEGATIONS_A_DAY = 3  # of one account: each costs the operator gas
MOST_TRIES = 5  # of one ballot, or of delegations of one number: a contract may accept here, and refuse on chain
SIGNED_AN_HOUR, HOUR = 60, 3_600  # ballots of one account
DELEGATION_GOOD_FOR = timedelta(days=1)


def prepare_ballot(*, chain: Chain, account: str, number: int, support: int, reason: str = "") -> dict[str, Any]:
    """Return the ballot that the account is to sign. Raises as ``take_ballot``, before anything is signed."""
    _check_ballot(chain, account, number)
    _check_reason(reason)
    _replaced(_ballots(chain, account, number))
    return ballot_typed(chain, account, number, support, reason)


def take_ballot(
    *, chain: Chain, account: str, number: int, support: int, reason: str = "", signature: str
) -> SignedMessage:
    """Keep a signed ballot for the relayer, in the place of one that is not on its way yet.

    Raises NotOpenError, NoPowerError, AlreadyVotedError, AlreadyRelayedError, MessageRefusedError where it is not
    signed so, or the contract would refuse it, TooManyTriesError, TooManyError, and RetryableChainError.
    """
    power = _check_ballot(chain, account, number)
    _check_reason(reason)
    given = {"proposal": number, "support": support, "reason": reason, "nonce": ballot_nonce(number)}
    message = SignedMessage(chain=chain, kind=Kind.BALLOT, account=account, power=power, **given)
    message.signature = _normal(signature)
    # All that asks the chain comes before the transaction.
    _check_signed(message, ballot_typed(chain, account, number, support, reason))
    # Only now: what others sign badly in its name is not the account's.
    limit(f"ballots-of:{account}", SIGNED_AN_HOUR, HOUR)
    message.alone = bool(reason) or client(chain).call("eth_getCode", account, "latest") != "0x"
    with transaction.atomic():
        exclusive_until_commit(f"ballot:{chain.pk}:{number}:{account}")
        _keep(message, _ballots(chain, account, number))
    return message


def prepare_delegation(*, chain: Chain, account: str, delegatee: str) -> tuple[dict[str, Any], int, datetime]:
    """Return the delegation that the account is to sign, its nonce and until when it is good.

    Raises NothingToDelegateError, TooManyDelegationsError, RetryableChainError.
    """
    _check_delegation(chain, account, delegatee)
    nonce = int(ask(chain, [Question(TOKEN, "nonces", [account])])[0])
    expiry = (now_on(chain) + DELEGATION_GOOD_FOR).replace(microsecond=0)
    return delegation_typed(chain, delegatee, nonce, expiry), nonce, expiry


def take_delegation(
    *, chain: Chain, account: str, delegatee: str, nonce: int, expiry: datetime, signature: str
) -> SignedMessage:
    """Keep a signed delegation for the relayer, in the place of one of the same nonce that is not on its way yet.

    Only a key can sign one: the token asks no account's code. Raises NothingToDelegateError, TooManyDelegationsError,
    TooManyTriesError, AlreadyRelayedError, MessageRefusedError, RetryableChainError.
    """
    power = _check_delegation(chain, account, delegatee)
    given = {"delegatee": delegatee, "nonce": nonce, "expiry": expiry, "alone": True}
    message = SignedMessage(chain=chain, kind=Kind.DELEGATION, account=account, power=power, **given)
    message.signature = _normal(signature)
    typed = exact(delegation_typed(chain, delegatee, nonce, expiry))
    if signatures.recover(typed, message.signature) != account:
        raise MessageRefusedError
    _try(message)
    with transaction.atomic():
        exclusive_until_commit(f"delegation:{chain.pk}:{account}")
        own = SignedMessage.objects.filter(chain=chain, kind=Kind.DELEGATION, account=account, nonce=nonce)
        _keep(message, own)
    return message


def _check_ballot(chain: Chain, account: str, number: int) -> int:
    """Return the account's votes on a proposal that is voted on now, by what is indexed."""
    now = now_on(chain)
    proposal = OnchainProposal.objects.filter(chain=chain, number=number).first()
    if proposal is None or proposal.state_at(now, has_passed=False) != ProposalState.ACTIVE:
        raise NotOpenError
    if VoteFact.objects.filter(chain=chain, proposal=number, voter=account).exists():
        raise AlreadyVotedError
    power = PowerFact.objects.power_at(chain, account, proposal.snapshot)
    if not power:
        raise NoPowerError
    return power


def _ballots(chain: Chain, account: str, number: int) -> QuerySet[SignedMessage]:
    return SignedMessage.objects.filter(chain=chain, kind=Kind.BALLOT, account=account, proposal=number)


def _replaced(signed: QuerySet[SignedMessage]) -> SignedMessage | None:
    """Return what was signed before, if another message may take its place; None where nothing was."""
    kept = signed.first()
    if kept and kept.state in (State.SENT, State.COUNTED):
        raise AlreadyRelayedError
    if kept and kept.tries >= MOST_TRIES:
        raise TooManyTriesError
    return kept


def _keep(message: SignedMessage, signed: QuerySet[SignedMessage]) -> None:
    """Keep a message in the place of what was signed before, of which only the tries are not forgotten."""
    # The row is locked: the relayer may be about to take it along.
    if kept := _replaced(signed.select_for_update()):
        message.pk, message.failures = kept.pk, kept.tries
    message.signed_at = timezone.now()
    message.save()


def _check_delegation(chain: Chain, account: str, delegatee: str) -> int:
    """Return how much LATTICE the account holds."""
    held = Tally.objects.filter(chain=chain, kind=BALANCE, key=account).values_list("amount", flat=True).first()
    if not held:
        raise NothingToDelegateError
    if OnchainDelegation.objects.filter(chain=chain, delegator=account, delegate=delegatee).exists():
        raise NothingToDelegateError(_("This account delegates to that one already."))
    since = timezone.now() - timedelta(days=1)
    carried = SignedMessage.objects.filter(chain=chain, kind=Kind.DELEGATION, account=account, signed_at__gt=since)
    if carried.exclude(carriage=None).count() >= DELEGATIONS_A_DAY:
        raise TooManyDelegationsError
    return int(held)


def _normal(signature: str) -> str:
    try:
        return normal_signature(signature)
    except ValueError:
        raise MessageRefusedError from None


def _check_reason(reason: str) -> None:
    """Raise MessageRefusedError for what no text of the database can hold."""
    if reason != well_formed(reason):
        raise MessageRefusedError(_("The reason holds what is no text."))


def _check_signed(message: SignedMessage, typed: dict[str, Any]) -> None:
    if not signatures.verify(message.account, exact(typed), message.signature, message.chain):
        raise MessageRefusedError
    _try(message)


def _try(message: SignedMessage) -> None:
    """Ask the contract itself: it knows what a signature alone does not tell, such as an account's own code."""
    contract, data = single_call(message)
    try:
        client(message.chain).eth_call(message.chain.deployment[contract], data, gas=ALONE)
    except RevertedError as error:
        raise MessageRefusedError(refusal_sentence(str(error.data.get("name", "")))) from error
