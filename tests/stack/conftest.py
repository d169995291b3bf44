"""Fixtures that several tests of the stack share."""

from .local_chain import local

__all__ = ["local"]
