"""Every handler of chain events, for the indexer to find: importing a module registers what it holds."""

from .onchain import handlers
