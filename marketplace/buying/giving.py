"""Buying for somebody else: whom access can be given to."""

from __future__ import annotations

from django.utils.translation import gettext as _

from contracts.chain.client import client
from contracts.names import COIN
from marketplace.listings.offers import Offer

from .errors import RecipientRefusedError

DELEGATED, DELEGATED_LENGTH = "0xef0100", 48  # the code of a person's account that runs a contract's (EIP-7702)


def check_recipient(offer: Offer, buyer: str, recipient: str) -> None:
    """Make sure that the access would be somebody's who can use it. Raises RecipientRefusedError, RetryableChainError.

    Nobody can take back what was given to a wrong address but the buyer, and only while it can be refunded.
    """
    if recipient == COIN:
        raise RecipientRefusedError(_("This is the zero address, which belongs to nobody."))
    if recipient == buyer:
        raise RecipientRefusedError(_("This is your own address. Access for yourself is bought on the model’s page."))
    if recipient == offer.onchain.seller:
        raise RecipientRefusedError(_("This is the seller’s address, and sellers may run their own models anyway."))
    if buyer == offer.onchain.seller:
        raise RecipientRefusedError(_("You sell this model yourself: you would pay yourself, and lose the fee."))
    code = str(client(offer.chain).call("eth_getCode", recipient, "latest"))
    if code != "0x" and not (code.startswith(DELEGATED) and len(code) == DELEGATED_LENGTH):
        raise RecipientRefusedError(
            _("There is a contract at this address. Only a person’s wallet can sign in here and run the model.")
        )
