"""The handlers that the indexer loads from this app: folds and hints register themselves."""

from . import folds
from .indexer import hints
