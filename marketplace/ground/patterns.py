"""How the chain's hashes are written."""

HASH = r"^0x[0-9a-f]{64}\Z"
