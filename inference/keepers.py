"""What the keeper does for receipts of paid calls, for ``keep_payouts`` to find."""

from .ledger import anchoring
