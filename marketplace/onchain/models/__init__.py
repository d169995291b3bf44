"""What chains say of models: facts, one an event, and folds, the state of one thing."""

from . import base, earned, escrow, pricing, resale, returns  # noqa: F401
