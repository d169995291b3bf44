"""How the chain's identifiers are written."""

ADDRESS = r"^0x[0-9a-fA-F]{40}\Z"
HASH = r"^0x[0-9a-f]{64}\Z"
