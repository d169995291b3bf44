"""Listings that were made on chain by any tool: found by their CID, checked, shown, adopted."""
