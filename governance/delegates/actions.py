"""What visitors do on delegates' pages: delegate, by a transaction of their own wallet, and say who they are."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.restrictions import Scope, refuse_restricted
from common.locks import exclusive_until_commit
from contracts.chain.preflight import WalletCall, prepare_call
from contracts.models import Chain
from contracts.names import COIN, TOKEN
from governance.onchain.holdings import holdings_of
from governance.onchain.models.proposals import SENTINEL

from .errors import CannotDelegateError, NotYourStatementError, TooManyVersionsError
from .models import DelegateStatement

MOST_A_DAY = 20  # versions of a statement


def check_delegate(chain: Chain, delegate: str) -> None:
    """Raise CannotDelegateError where votes would be lost: nobody's address, or one of the protocol's own contracts."""
    if delegate == COIN:
        raise CannotDelegateError(_("The zero address is nobody’s: nobody would vote with your LATTICE."))
    if delegate == SENTINEL or delegate in chain.deployment.values():
        raise CannotDelegateError(_("This is one of the protocol’s own addresses, and none of them ever votes."))


def prepare_delegation(*, user: User, chain: Chain, delegate: str) -> WalletCall:
    """Return the transaction that delegates all of the user's LATTICE, tried already.

    Raises CannotDelegateError, also where it would change nothing, and what ``prepare_call`` raises.
    """
    check_delegate(chain, delegate)
    if holdings_of(chain, [user.address])[user.address].delegate == delegate:
        raise CannotDelegateError(_("Your LATTICE is delegated there already; nothing would change."))
    return prepare_call(chain, user.address, TOKEN, "delegate", [delegate])


@transaction.atomic
def write_statement(*, user: User, author: str, text: str) -> DelegateStatement | None:
    """Keep a new version of one's own statement; None where it says what it said before.

    Who is paused can still empty it. Raises NotYourStatementError, RestrictedError and TooManyVersionsError.
    """
    if user.address != author:
        raise NotYourStatementError
    if text:
        refuse_restricted(user.address, Scope.WRITING)
    exclusive_until_commit(f"statement:{author}")
    versions = DelegateStatement.objects.filter(author=author)
    last = versions.order_by("-id").first()
    if text == (last.text if last else ""):
        return None
    if versions.filter(written_at__gt=timezone.now() - timedelta(days=1)).count() >= MOST_A_DAY:
        raise TooManyVersionsError
    return DelegateStatement.objects.create(author=author, text=text)
