"""What the package adds to what lower ones keep, and what it has done again and again."""

from accounts.personal import held
from accounts.personal import register as register_holdings
from common.queue import repeat

from .models import Draft, Publication

KEEPS = "marketplace.publish.tasks"


def register() -> None:
    """Have drafts exported and erased with their owner's account, their uploads noticed, and the chains followed."""
    register_holdings(
        held(Publication, "seller", name="models given to a wallet"),
        held(Draft, "user", name="drafts of models", without=("share_key",), order=1),
    )
    repeat(f"{KEEPS}.follow_chains", minutes=1)
    repeat(f"{KEEPS}.sweep", minutes=60)
