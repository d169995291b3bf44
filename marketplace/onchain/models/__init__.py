"""What chains say of models: facts, one an event, and folds, the state of one thing."""

from . import escrow, listings, passes, pricing, ratings, resale, returns, sales
