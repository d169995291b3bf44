"""The handlers that the indexer loads from this app: facts, folds and hints register themselves."""

from . import facts, folds
from .indexer import hints
