"""Finding a dispute, and which part somebody has in it."""

from __future__ import annotations

from collections.abc import Collection

from django.db.models import Exists
from django.utils import timezone

from accounts.models import User
from accounts.moderators import is_moderator
from marketplace.files.cids import cid_of
from marketplace.files.errors import FileNotFoundHereError
from marketplace.onchain.models.returns import PurchaseReturn
from marketplace.onchain.models.sales import PurchaseFact
from marketplace.onchain.parties import parties_of_sale
from marketplace.selling.next_steps import knows_answers

from .errors import DisputeClosedError, DisputeNotFoundError, DisputeOverdueError
from .evidence import Evidence
from .statements import Attachment, Side, Statement


def find_dispute(user: User, receipt: str) -> PurchaseReturn:
    """Return a dispute that the user may see: as buyer, holder, seller or moderator. Raises DisputeNotFoundError.

    Two equal purchases of one day have one receipt; the later dispute counts.
    """
    found = PurchaseReturn.objects.filter(receipt=receipt).select_related("chain")
    # Who may not see it gets the same answer as for one that does not exist.
    seen = found if is_moderator(user) else found.seen_by(user.address)
    last = seen.order_by("-taken_block", "-taken_log").first()
    if last is None:
        raise DisputeNotFoundError
    return last


def purchase_of(dispute: PurchaseReturn) -> PurchaseFact:
    """Return the purchase that was disputed. Raises DisputeNotFoundError where a reorganisation has just taken it."""
    same = {"chain": dispute.chain, "tx_hash": dispute.purchase_tx, "index": dispute.purchase_index}
    found = PurchaseFact.objects.filter(**same).first()
    if found is None:
        raise DisputeNotFoundError
    return found


def evidence_of(dispute: PurchaseReturn) -> Evidence | None:
    """Return what the buyer wrote; None where it was not left here."""
    same = {"chain": dispute.chain, "model_id": dispute.model_id, "buyer": dispute.buyer}
    found = Evidence.objects.filter(cid=dispute.evidence, **same).first()
    # A row that does not hash to its name is no evidence any more.
    return found if found and cid_of(bytes(found.content)) == found.cid else None


def side_of(dispute: PurchaseReturn, user: User) -> Side | None:
    """Return for whom somebody may speak. A moderator with another part in the sale is none here, and reads nothing."""
    if user.address in (dispute.buyer, dispute.recipient):
        return Side.BUYER
    if user.address == dispute.seller:
        return Side.SELLER
    if is_moderator(user) and user.address not in parties_of_sale(purchase_of(dispute)):
        return Side.MODERATOR
    return None


def may_say(dispute: PurchaseReturn) -> bool:
    """Return whether anything can still be added: until the ruling, or the end of the time for it."""
    return dispute.is_disputed and not dispute.is_late(timezone.now())


@knows_answers
def answered_of(disputes: Collection[PurchaseReturn]) -> Collection[int]:
    """Return the primary keys of those in which the seller has said something. One query."""
    found = PurchaseReturn.objects.filter(pk__in=[each.pk for each in disputes])
    said = Exists(Statement.objects.all().by_seller_of_outer())
    return set(found.filter(said).values_list("pk", flat=True))


def find_open(user: User, receipt: str) -> tuple[PurchaseReturn, Side]:
    """Return a dispute in which the user may still say something, and for whom.

    Raises DisputeNotFoundError, DisputeClosedError, DisputeOverdueError.
    """
    dispute = find_dispute(user, receipt)
    side = side_of(dispute, user)
    if side is None:
        raise DisputeNotFoundError
    if not dispute.is_disputed:
        raise DisputeClosedError
    if dispute.is_late(timezone.now()):
        raise DisputeOverdueError
    return dispute, side


def find_attachment(user: User | None, receipt: str, cid: str) -> Attachment:
    """Return a file of a dispute with its content, for its parties and moderators. Raises FileNotFoundHereError."""
    dispute = _readable(user, receipt)
    found = Attachment.objects.of(dispute).seen_by(user.address).filter(file=cid) if dispute and user else None
    attachment = found.defer(None).first() if found is not None else None
    if attachment is None:
        raise FileNotFoundHereError
    return attachment


def _readable(user: User | None, receipt: str) -> PurchaseReturn | None:
    """Return the dispute whose files the user may read, if it is one."""
    if user is None:
        return None
    try:
        dispute = find_dispute(user, receipt)
    except DisputeNotFoundError:
        return None
    return dispute if side_of(dispute, user) else None
