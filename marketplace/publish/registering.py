"""What the package adds to what lower ones keep, and what it has done again and again."""

from django.db.models import QuerySet

from accounts.models import User
from accounts.personal import held
from accounts.personal import register as register_holdings
from common.queue import repeat
from marketplace.files import quotas, uploading
from marketplace.files.blobs import Blob
from marketplace.listings.versions import VersionFile
from marketplace.unclaimed.awaiting import takes_card
from marketplace.unclaimed.claiming import publishes

from .actions import take_kept
from .claimed import publish_claimed, take_card
from .models import Draft, DraftFile, Publication

KEEPS = "marketplace.publish.tasks"


def register() -> None:
    """Have drafts exported and erased with their owner's account, their uploads noticed, and the chains followed."""
    register_holdings(
        held(Publication, "seller", name="models given to a wallet"),
        held(Draft, "user", name="drafts of models", without=("share_key",), order=1),
    )
    uploading.on_kept(take_kept)
    quotas.register(_blobs_of)
    publishes(publish_claimed)
    takes_card(take_card)
    repeat(f"{KEEPS}.follow_chains", minutes=1)
    repeat(f"{KEEPS}.sweep", minutes=60)
    repeat(f"{KEEPS}.look_after_claims", minutes=60)


def _blobs_of(user: User) -> QuerySet[Blob]:
    """Return the contents that count towards a user's quota: of drafts, and of what stands under the user's name."""
    drafts = DraftFile.objects.filter(draft__user=user).values("blob")
    released = VersionFile.objects.filter(version__listing__owner__user=user).values("blob")
    return Blob.objects.filter(pk__in=drafts.union(released))
