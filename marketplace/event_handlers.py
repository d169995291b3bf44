"""Every handler of chain events, for the indexer to find: importing a module registers what it holds."""

from .buying import ordering  # noqa: F401  watches the transactions of orders
from .onchain import handlers  # noqa: F401
