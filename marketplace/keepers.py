"""What the keeper does for the log of decisions, for ``keep_payouts`` to find."""

from .reports import anchoring
