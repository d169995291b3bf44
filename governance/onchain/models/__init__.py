"""Facts and folds of what the DAO's contracts emit. Only the indexer writes them."""

from . import grants, power, proposals, settings, staking, treasury
