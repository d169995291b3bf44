"""What the guardian's member does in an emergency: the server prepares and tries the transaction, its wallet signs it.

Every function raises NotTheGuardianError, and as ``contracts.chain.preflight.prepare_call``.
"""

from __future__ import annotations

from datetime import timedelta

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.models import User
from contracts.chain.preflight import WalletCall, prepare_call
from contracts.names import GUARD
from governance.onchain import batches
from governance.onchain.models.proposals import OnchainProposal

from .emergencies import Emergencies
from .errors import GuardianRestsError, NotTheGuardianError


def prepare_pause(*, user: User, known: Emergencies, days: int) -> WalletCall:
    """Return the transaction that pauses sales for so many days from now. Raises GuardianRestsError."""
    if not known.is_guardian(user.address):
        raise NotTheGuardianError
    if known.rests_until:
        when = date_format(known.rests_until, "j M Y, H:i")
        raise GuardianRestsError(_("The guardian has to rest until %(when)s UTC.") % {"when": when}, until=when)
    # By the chain's clock: the contract counts from its own, and refuses what is beyond the longest pause.
    until = int((known.now + timedelta(days=days)).timestamp())
    return prepare_call(known.chain, user.address, GUARD, "pause", [until])


def prepare_stop(*, user: User, known: Emergencies, proposal: OnchainProposal) -> WalletCall:
    """Return the transaction that cancels a proposal which is not executed. The contract refuses some of them."""
    if not known.is_guardian(user.address):
        raise NotTheGuardianError
    return batches.prepare_stop(user=user, proposal=proposal)
