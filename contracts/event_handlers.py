"""What the indexer loads of this app: folds and hints register themselves."""

from . import folds
from .indexer import hints
