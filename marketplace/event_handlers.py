"""Every handler of chain events, for the indexer to find: importing a module registers what it holds."""

from .buying import watchers
from .onchain import handlers
from .publish import watchers as publish_watchers
from .scores import watchers as score_watchers
