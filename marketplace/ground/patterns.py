"""The pattern of the chain's hashes."""

# ``\Z`` and not ``$``, which also matches before a line end.
HASH = r"^0x[0-9a-f]{64}\Z"
