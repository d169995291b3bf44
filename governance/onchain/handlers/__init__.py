"""What governance makes of chain events. Importing a module registers what it holds."""

from . import grants, power, proposals, staking, treasury
