"""A draft becomes a proposal: what is checked, what is put before its calls, and the transaction for the wallet."""

from __future__ import annotations

from collections.abc import Sequence

from accounts.models import User
from contracts.chain.preflight import WalletCall, prepare_call
from contracts.names import DAO
from governance.calls.outcomes import simulate_actions
from governance.ground.home import now_on

from .actions import find_draft, note_offer
from .checks import DONE, checks_of, standing_of, trial_sentence
from .content import description_of
from .errors import AlreadyProposedError, DraftNotFoundError, NotProposableError
from .guards import guarded
from .kinds import Step, steps_of
from .models import Draft
from .present import Present


def prepare_proposal(*, user: User, key: str, all_the_same: bool) -> WalletCall:
    """Return the transaction that proposes the draft, and note it, so that the proposal is known as the draft's.

    With ``all_the_same`` also what the trial run says would fail, or what could not be tried. Raises
    NotProposableError, AlreadyProposedError, DraftNotFoundError, TooManyError, ChainError, and what
    ``contracts.chain.preflight.check_call`` raises.
    """
    draft = find_draft(key, user.address)
    if draft.author != user.address:
        raise DraftNotFoundError
    if draft.proposals:
        raise AlreadyProposedError(number=draft.proposals[0])
    steps = steps_of(draft.actions, Present(draft.chain, now_on(draft.chain)))
    _check(user, draft, steps)
    batch = guarded(draft.chain, [step.call for step in steps if step.call])
    parts = (batch.targets, batch.values, batch.calldatas)
    if not all_the_same:
        trial = simulate_actions(draft.chain, *parts)
        if not trial.succeeds:
            raise NotProposableError(trial_sentence(trial, batch.guards))
    text = description_of(draft)
    call = prepare_call(draft.chain, user.address, DAO, "propose", [*parts, text])
    note_offer(user=user, draft=draft, batch=parts, text=text)
    return call


def _check(user: User, draft: Draft, steps: Sequence[Step]) -> None:
    standing = standing_of(draft.chain, user.address, now_on(draft.chain))
    faults = [check for check in checks_of(draft, steps, standing) if check.state != DONE]
    if faults:
        raise NotProposableError(" ".join(check.detail for check in faults))
