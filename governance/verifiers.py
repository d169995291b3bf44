"""Every claim that ``verify_chain`` compares with the contracts, for it to find."""

from .onchain import verifying
from .treasury import verifying as treasury_verifying
