"""The IPFS node: what it pins, and whether it still does."""
