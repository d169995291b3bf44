"""What the package adds to what lower ones keep."""

from django.utils.translation import gettext_lazy as _

from accounts.notifications import kinds
from accounts.personal import held
from accounts.personal import register as register_holdings
from marketplace.listings.gates import AccessRule

from .models import AccessRequest
from .notices import ANSWERED, ASKED

RULES = _("Whom sellers let in to their models or keep out: it is the seller’s list, and it is asked at every call.")


def register() -> None:
    """Have requests exported and erased with who asked, and the sellers’ lists exported."""
    kinds.register(ASKED, ANSWERED)
    register_holdings(
        held(AccessRequest, "asker", name="requests for access"),
        held(AccessRule, "address", name="access rules", kept=RULES),
    )
