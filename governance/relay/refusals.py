"""Why a signed message did not count, as a sentence that says what to do now."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

from contracts.chain import reverts

VOTED = "voted"  # by a transaction of the account's own, before the relayer came
FAILED = "failed"  # its transactions failed in their blocks, too often

SENTENCES: dict[str, StrOrPromise] = {
    VOTED: _("Your own transaction came first, and it counts. The signed ballot was not needed."),
    FAILED: _("The relayer tried three times, and each transaction failed. Send your own transaction."),
    "GovernorAlreadyCastVote": _("Your own transaction came first, and it counts. The signed ballot was not needed."),
    "GovernorInvalidSignature": _(
        "The DAO does not take this signature: an account with code of its own has to accept it, and this one does "
        "not. Send your own transaction."
    ),
    "GovernorUnexpectedProposalState": _("The vote was closed before the ballot reached it, so it did not count."),
    "ComesAlone": _("The account has got code of its own meanwhile. Sign again, or send your own transaction."),
    "VotesExpiredSignature": _("The signature was good for a day, and that is over. Sign again."),
    "InvalidAccountNonce": _("Another signature of this account was used first. Sign again."),
    "Unvotable": _("The LATTICE of the protocol’s own accounts never votes."),
}


def refusal_sentence(name: str) -> StrOrPromise:
    """Return the sentence for the name of a refusal: the contract's error, or one of ours."""
    said = SENTENCES.get(name)
    if said is None and name and "%(" not in str(found := reverts.SENTENCES.get(name, "%(")):
        said = found
    return said or _("The contract refused it. Send your own transaction.")


def refusal_in(data: str) -> str:
    """Return the name of the error in what a contract returned (0x…); "" where it gave none that is known."""
    return reverts.explain(data).name
