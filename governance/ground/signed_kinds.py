"""The kinds of typed data (EIP-712) that OpenZeppelin's contracts take: their fields, in their order."""

BALLOT = {"proposalId": "uint256", "support": "uint8", "voter": "address", "nonce": "uint256"}
EXTENDED_BALLOT = {**BALLOT, "reason": "string", "params": "bytes"}
DELEGATION = {"delegatee": "address", "nonce": "uint256", "expiry": "uint256"}
