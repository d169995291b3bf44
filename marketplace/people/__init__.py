"""Profiles of people, and their rights over what is kept of them."""
