"""Refunds and disputes: what is said in them, and what moderators decide on chain."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from http import HTTPStatus

from django.core.files.uploadedfile import UploadedFile
from django.db.models import Exists, OuterRef, Subquery
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import User
from accounts.moderators import is_moderator, moderator
from accounts.visitors import user_of, user_or_none
from common.access import member, public
from common.errors import DomainError, NotFoundError, wants_problem
from common.htmx import render_page
from common.templatetags.look import hash_short
from contracts.chain.preflight import WalletCall
from contracts.models import Chain
from contracts.models.protocol import Parameter
from contracts.names import DAY
from marketplace.files.errors import FileMissingError, FileTooLargeError
from marketplace.files.models import MOST_BYTES
from marketplace.files.serving import answer_file
from marketplace.files.uploads import ACCEPT
from marketplace.ground.wallet_pages import answer_call
from marketplace.listings.models import listings_on
from marketplace.onchain.models.listings import OnchainListing
from marketplace.onchain.models.returns import PurchaseReturn

from . import actions as returning
from .dispute_view import DisputeRow, DisputeView
from .errors import EvidenceMissingError, OtherAccountError, RulingReasonError
from .finding import find_attachment, find_dispute, purchase_of
from .forms import DisputeForm, RulingForm
from .saying import attach_file, send_statement, take_off_file
from .statements import Statement

MOST_ROWS = 100  # of open disputes, and of closed ones


@member
@require_POST
def refund(request: HttpRequest, ref: str) -> HttpResponse:
    """Give the wallet the transaction that has an order paid back."""
    call = returning.prepare_refund(user=user_of(request), ref=ref)
    return answer_call(request, call, title=_("Get a refund"), back=reverse("order", args=[ref]))


@member
@require_POST
def open_dispute(request: HttpRequest, ref: str) -> HttpResponse:
    """Keep what is wrong, and give the wallet the transaction that opens the dispute."""
    form = DisputeForm(request.POST)
    if not form.is_valid():
        raise EvidenceMissingError
    call = returning.prepare_dispute(user=user_of(request), ref=ref, text=form.cleaned_data["text"])
    return answer_call(request, call, title=_("Open a dispute"), back=reverse("order", args=[ref]))


@member
def disputes(request: HttpRequest) -> HttpResponse:
    """The disputes that the visitor may see, open ones first: a moderator's are all of them."""
    user = user_of(request)
    # A refund needs nobody's ruling, and has no receipt.
    known = PurchaseReturn.objects.exclude(receipt="").select_related("chain")
    known = known.annotate(is_answered=Exists(Statement.objects.all().by_seller_of_outer()))
    seen = known if is_moderator(user) else known.seen_by(user.address)
    ruled = seen.exclude(ruled_at=None).order_by("-ruled_at")[:MOST_ROWS]
    limit = Parameter.objects.filter(chain=OuterRef("pk"), key="disputeLimit").values("value")[:1]
    chains = list(Chain.objects.exclude(deployment={}).annotate(dispute_limit=Subquery(limit)).order_by("pk"))
    open_rows = _rows(seen.open_disputes()[: MOST_ROWS + 1], user)
    closed = _rows(ruled, user)
    context = {
        "open": open_rows[:MOST_ROWS],
        "has_more": len(open_rows) > MOST_ROWS,
        "ruled": closed,
        "sells": _sells(user, [*open_rows, *closed]),
        "days": _days_to_rule({getattr(chain, "dispute_limit", None) for chain in chains}),
        "chains": chains,
    }
    return render_page(request, "marketplace/returns/disputes.html", context, fragments=("disputes",))


@member
def dispute(request: HttpRequest, receipt: str) -> HttpResponse:
    """One dispute: until when it is ruled upon, what was said, and what the visitor may do about it."""
    return _dispute_page(request, receipt)


@require_http_methods(["GET", "HEAD", "POST"])
@member
def say(request: HttpRequest, receipt: str) -> HttpResponse:
    """Attach a file to what the visitor is writing, take one off, or send it all: by the button that was pressed.

    A refusal comes back with the page and what was written on it, or as a problem to our script.
    """
    if request.method != "POST":  # by a link of a message that says that sending has failed
        return redirect("dispute", receipt)
    try:
        sent, attached = _do(request, user_of(request), receipt)
    except NotFoundError:
        raise
    except DomainError as error:
        if wants_problem(request):
            raise
        return _dispute_page(request, receipt, text=request.POST.get("text", ""), error=error)
    if wants_problem(request):
        return JsonResponse({"files": attached}, status=HTTPStatus.CREATED)
    if sent and not getattr(request, "htmx", None):
        return redirect(f"{reverse('dispute', args=[receipt])}#said-{sent.pk}")
    return _dispute_page(request, receipt, text="" if sent else request.POST.get("text", ""))


@require_safe
@public()
def dispute_file(request: HttpRequest, receipt: str, cid: str) -> HttpResponse:
    """A file of a dispute, for its parties and moderators; for everybody else there is none."""
    attachment = find_attachment(user_or_none(request), receipt, cid)
    return answer_file(attachment.file, attachment.name)


@moderator
@require_POST
def rule_dispute(request: HttpRequest, receipt: str) -> HttpResponse:
    """Give the moderator's wallet the ruling."""
    form = RulingForm(request.POST)
    if not form.is_valid():
        raise RulingReasonError(limit=returning.MOST_TEXT)
    for_buyer = form.cleaned_data["ruling"] == RulingForm.BUYER
    call = returning.prepare_ruling(
        user=user_of(request), receipt=receipt, for_buyer=for_buyer, reason=form.cleaned_data["reason"]
    )
    title = _("Rule for the buyer") if for_buyer else _("Rule for the seller")
    return _answer(request, call, title, receipt)


@member
@require_POST
def answer_dispute(request: HttpRequest, receipt: str) -> HttpResponse:
    """Give the seller's wallet the transaction that puts its answer on chain."""
    call = returning.prepare_answer(user=user_of(request), receipt=receipt)
    return _answer(request, call, _("Put your answer on chain"), receipt)


@member
@require_POST
def close_dispute(request: HttpRequest, receipt: str) -> HttpResponse:
    """Give the wallet the transaction that ends a dispute without a ruling."""
    call = returning.prepare_closing(user=user_of(request), receipt=receipt)
    return _answer(request, call, _("Close the dispute"), receipt)


def _answer(request: HttpRequest, call: WalletCall, title: str, receipt: str) -> HttpResponse:
    return answer_call(request, call, title=title, back=reverse("dispute", args=[receipt]))


def _do(request: HttpRequest, user: User, receipt: str) -> tuple[Statement | None, list[str]]:
    """Do what the pressed button says; return what was sent, if it was, and the CIDs of what was attached.

    Raises what the actions raise.
    """
    # The page may be one of before the wallet's account was changed in another tab.
    if request.POST.get("as", user.address) != user.address:
        raise OtherAccountError
    if cid := request.POST.get("off"):
        take_off_file(user=user, receipt=receipt, cid=cid)
        return None, []
    attached = [
        attach_file(user=user, receipt=receipt, name=file.name or "", content=_content(file)).file_id
        for file in request.FILES.getlist("file")
    ]
    if request.POST.get("do") != "attach":
        text, once = request.POST.get("text", ""), request.POST.get("once", "")
        return send_statement(user=user, receipt=receipt, text=text, once=once), attached
    if not attached:
        raise FileMissingError
    return None, attached


def _content(file: UploadedFile[bytes]) -> bytes:
    """Return what is in a file. Raises FileTooLargeError, before it is read."""
    if file.size is None or file.size > MOST_BYTES:
        raise FileTooLargeError
    return bytes(file.read())


def _dispute_page(
    request: HttpRequest, receipt: str, *, text: str = "", error: DomainError | None = None
) -> HttpResponse:
    """Render a dispute, with what the visitor has written and why it could not be sent."""
    user = user_of(request)
    found = find_dispute(user, receipt)
    context = {
        "dispute": found,
        "view": DisputeView(found, user, timezone.now()),
        "fact": purchase_of(found),
        "listing": listings_on([(found.chain_id, found.model_id)]).get((found.chain_id, found.model_id)),
        "text": text,
        "error": error,
        # Of this form: pressing twice sends once.
        "once": request.POST.get("once", "") if error else secrets.token_hex(16),
        "accept": ACCEPT,
        "most_bytes": MOST_BYTES,
    }
    response = render_page(request, "marketplace/returns/dispute.html", context, fragments=("dispute",))
    if error:
        # Of htmx's answers only this one is swapped, and what was written stands in it.
        is_fragment = bool(getattr(request, "htmx", None))
        response.status_code = HTTPStatus.UNPROCESSABLE_ENTITY if is_fragment else error.status
    return response


def _sells(user: User, rows: list[DisputeRow]) -> bool:
    """Say whether the visitor comes as a seller: by what is listed, or else by what is theirs."""
    if rows:
        return any(each.dispute.seller == user.address for each in rows)
    return OnchainListing.objects.filter(seller=user.address).exists()


def _days_to_rule(limits: set[int | None]) -> int | None:
    """Return the days in which a new dispute can be ruled upon, from the chains' limits in seconds; None where they
    differ, are not known, or are no whole days.
    """
    [limit] = limits if len(limits) == 1 else [None]
    return int(limit // DAY) if limit and not limit % DAY else None


def _rows(disputes: Iterable[PurchaseReturn], user: User) -> list[DisputeRow]:
    found, now = list(disputes), timezone.now()
    names = listings_on((each.chain_id, each.model_id) for each in found)
    listings = [names.get((each.chain_id, each.model_id)) for each in found]
    return [
        DisputeRow(each, listing.name if listing else hash_short(each.model_id), user.address, now)
        for each, listing in zip(found, listings, strict=True)
    ]
