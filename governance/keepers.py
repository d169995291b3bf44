"""What the keeper does for the DAO, for ``keep_payouts`` to find."""

from .treasury import keeper
