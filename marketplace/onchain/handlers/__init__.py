"""What the marketplace makes of chain events. Importing a module registers what it holds."""

from . import base, escrow, pricing, resale  # noqa: F401
