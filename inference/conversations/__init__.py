"""Conversations of the playground that somebody shares by a link."""
