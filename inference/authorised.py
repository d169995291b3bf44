"""What somebody without an account signed to pay one call with (ERC-3009), as it was checked against our terms."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Authorised:
    """``amount`` of a token, from ``payer`` for one call of a listing; addresses and hashes are lower-case 0x text.

    ``nonce`` is what the escrow makes of model and ``salt``; a payer can use it once. ``ends`` is when the signature
    is worth nothing any more, in seconds since 1970. ``is_trial``: whether the call is only tried, before it is paid.
    """

    chain_id: int
    token: str
    payer: str
    listing: str
    model_id: str
    amount: int
    salt: str
    nonce: str
    ends: int
    signature: str
    is_trial: bool = False
