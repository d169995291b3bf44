"""What the marketplace makes of chain events. Importing a module registers what it holds."""

from . import escrow, listings, passes, pricing, ratings, resale, returns, sales
