"""Versions of a listing: what changed, deprecating, yanking."""
