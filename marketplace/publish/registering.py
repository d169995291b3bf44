"""What the package adds to what lower ones keep."""

from accounts.personal import held
from accounts.personal import register as register_holdings

from .models import Draft


def register() -> None:
    """Have drafts exported and erased with their owner's account."""
    register_holdings(held(Draft, "user", name="drafts of models"))
