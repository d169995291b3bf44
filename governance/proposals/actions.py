"""The steps of a proposal that a wallet can take: the server prepares and tries the transaction, the wallet signs it.

Every function raises StepRefusedError where the proposal's state does not allow the step,
what ``contracts.chain.preflight.check_call`` raises where the chain would refuse it, and ChainError where the chain
does not answer.
"""

from __future__ import annotations

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.models import User
from contracts.chain.preflight import WalletCall, prepare_call
from contracts.names import DAO
from governance.onchain import batches
from governance.onchain.models.proposals import ProposalState

from .errors import StepRefusedError
from .standing import Standing


def prepare_queue(*, user: User, standing: Standing) -> WalletCall:
    """Return the transaction that queues a proposal that has passed."""
    if standing.state != ProposalState.SUCCEEDED:
        raise _refused(standing, _("Only a proposal that has passed, and is not queued yet, can be queued."))
    return batches.prepare_queueing(user=user, proposal=standing.proposal)


def prepare_execution(*, user: User, standing: Standing) -> WalletCall:
    """Return the transaction that executes a queued proposal."""
    proposal = standing.proposal
    if standing.state != ProposalState.QUEUED:
        raise _refused(standing, _("Only a proposal in the timelock can be executed."))
    if proposal.eta and standing.now < proposal.eta:
        when = date_format(proposal.eta, "j M, H:i")
        raise StepRefusedError(_("The timelock holds it until %s UTC. Come back then.") % when, eta=when)
    return batches.prepare_execution(user=user, proposal=proposal)


def prepare_cancellation(*, user: User, standing: Standing) -> WalletCall:
    """Return the transaction by which a proposer takes a proposal back."""
    if user.address != standing.proposal.proposer:
        raise StepRefusedError(_("Only the wallet that made a proposal can take it back."))
    if standing.state != ProposalState.PENDING:
        raise _refused(standing, _("A proposal can be taken back only before voting opens."))
    proposal = standing.proposal
    return prepare_call(proposal.chain, user.address, DAO, "cancel", batches.batch_of(proposal))


def _refused(standing: Standing, rule: str) -> StepRefusedError:
    words = {"rule": rule, "state": standing.word}
    return StepRefusedError(_("%(rule)s This one is %(state)s.") % words, state=standing.name)
