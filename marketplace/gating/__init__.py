"""Listings that their seller opens to each buyer who asks."""
