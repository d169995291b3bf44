"""Asking for access to gated models, and deciding about it. What is decided counts at the next call and download.

That a buyer may buy on chain is another thing: the contract goes by the root of a list, which the seller's wallet sets
for all who were let in at once (``chain_lists``).
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Account, User
from accounts.notifications.making import notify
from common.limits import limit
from common.locks import exclusive_until_commit
from common.text import clean_line, clean_text
from marketplace.listings.access_lists import AccessList
from marketplace.listings.errors import NotTheOwnerError
from marketplace.listings.gates import AccessDeniedError, AccessRule, Gate, Standing, standing_of
from marketplace.listings.models import Listing
from marketplace.listings.versions import Adoption
from marketplace.onchain.models.listings import OnchainListing

from .errors import NotGatedError, RequestNotFoundError, RequestRefusedError
from .models import AccessRequest, RequestState
from .notices import ANSWERED, ASKED

ASKS = (20, 86_400)  # requests of one account, in seconds
AGAIN = timedelta(days=7)  # from a refusal until somebody may ask once more
MOST_AT_ONCE = 100


def set_gate(*, user: User, listing: Listing, is_on: bool, wants: str = "", terms: str = "") -> Gate:
    """Open or close the gate of a listing. Whom its list on chain lets buy already is let in.

    Raises NotTheOwnerError.
    """
    _check_owner(user, listing)
    said = {"is_on": is_on, "wants": clean_line(wants), "terms": clean_text(terms), "changed_at": timezone.now()}
    with transaction.atomic():
        exclusive_until_commit(f"gate:{listing.name}")
        gate, is_new = Gate.objects.update_or_create(listing=listing.name, defaults=said)
        if is_new and is_on:
            _let_in_the_listed(listing)
    return gate


def set_rule(*, user: User, listing: Listing, address: str, allows: bool, reason: str = "") -> AccessRule:
    """Let an address in, or keep it out with a reason that it is told. Raises NotTheOwnerError, RequestRefusedError."""
    _check_owner(user, listing)
    if address.lower() == user.address:
        raise RequestRefusedError(_("This is your own address: you always have access to what you sell."))
    with transaction.atomic():
        exclusive_until_commit(f"gate:{listing.name}")
        return _rule(listing, address.lower(), allows=allows, reason=clean_line(reason))


def remove_rule(*, user: User, listing: Listing, address: str) -> None:
    """Forget what was said of an address: it stands like everybody then. Raises NotTheOwnerError."""
    _check_owner(user, listing)
    AccessRule.objects.filter(listing=listing.name, address=address.lower()).delete()


def ask_access(*, user: User, listing: Listing, text: str, agreed: bool) -> AccessRequest:
    """Ask the seller of a gated listing for access. Asking again while one waits changes its text.

    Raises NotGatedError, AccessDeniedError, RequestRefusedError, TooManyError.
    """
    gate, text = Gate.objects.filter(listing=listing.name, is_on=True).first(), clean_text(text)
    if gate is None or listing.owner.user_id == user.pk:
        raise NotGatedError
    if not text:
        raise RequestRefusedError(_("Write what you want to use it for, in a sentence or two."))
    if not agreed:
        raise RequestRefusedError(_("Accept the licence and the seller’s terms first."))
    standing, reason = standing_of(listing.name, user.address)
    if standing == Standing.DENIED:
        raise AccessDeniedError(reason)
    limit(f"access-request:{user.pk}", *ASKS)
    with transaction.atomic():
        exclusive_until_commit(f"gate:{listing.name}")
        return _ask(user, listing, gate, text)


def _ask(user: User, listing: Listing, gate: Gate, text: str) -> AccessRequest:
    now, found = timezone.now(), AccessRequest.objects.filter(listing=listing.name, asker=user.address).first()
    if found and found.state == RequestState.APPROVED:
        raise NotGatedError(_("You have been let in already."))
    if found and found.state == RequestState.DECLINED and now - (found.decided_at or now) < AGAIN:
        raise RequestRefusedError(_("The seller has declined this a short while ago. Ask again after seven days."))
    said: dict[str, Any] = {
        "text": text,
        "terms": gate.terms,
        "license": listing.license,
        "state": RequestState.WAITING,
    }
    said |= {"answer": "", "asked_at": now, "decided_at": None}
    asked, _is_new = AccessRequest.objects.update_or_create(listing=listing.name, asker=user.address, defaults=said)
    # Once a round: who changes the text of one that waits tells nobody anew.
    if found is None or found.state != RequestState.WAITING:
        transaction.on_commit(partial(_tell_seller, listing.owner, asked))
    return asked


def withdraw_request(*, user: User, listing: Listing) -> None:
    """Take one's own waiting request back. Doing it again changes nothing."""
    own = AccessRequest.objects.filter(listing=listing.name, asker=user.address, state=RequestState.WAITING)
    own.update(state=RequestState.WITHDRAWN, decided_at=timezone.now())


def decide_requests(*, user: User, ids: Collection[int], approve: bool, answer: str = "") -> list[AccessRequest]:
    """Approve or decline requests for one's own listings; return those that this changed, and tell who asked.

    Whoever is approved is let in at once. Raises RequestNotFoundError where one is not the user's to decide.
    """
    state = RequestState.APPROVED if approve else RequestState.DECLINED
    with transaction.atomic():
        changed = [each for each in _own(user, ids) if each.state not in (state, RequestState.WITHDRAWN)]
        for each in changed:
            each.state, each.answer, each.decided_at = state, clean_line(answer), timezone.now()
            each.save(update_fields=["state", "answer", "decided_at"])
            _follow(each)
            transaction.on_commit(partial(_tell_asker, each))
    return changed


def reopen_requests(*, user: User, ids: Collection[int]) -> list[AccessRequest]:
    """Undo decisions: the requests wait again, and nobody is let in by them."""
    with transaction.atomic():
        changed = [each for each in _own(user, ids) if each.state in (RequestState.APPROVED, RequestState.DECLINED)]
        for each in changed:
            each.state, each.answer, each.decided_at = RequestState.WAITING, "", None
            each.save(update_fields=["state", "answer", "decided_at"])
            _follow(each)
    return changed


def own_requests(user: User) -> QuerySet[AccessRequest]:
    """Return the requests for the listings of a user's account."""
    names = Listing.objects.filter(owner__user=user).values("name")
    return AccessRequest.objects.filter(listing__in=names)


def _own(user: User, ids: Collection[int]) -> list[AccessRequest]:
    wanted = set(ids)
    if not 0 < len(wanted) <= MOST_AT_ONCE:
        raise RequestRefusedError(_("Choose between 1 and 100 requests."))
    found = list(own_requests(user).select_for_update().filter(pk__in=wanted).order_by("pk"))
    if len(found) < len(wanted):
        raise RequestNotFoundError
    return found


def _follow(asked: AccessRequest) -> None:
    """Let in whom a request was approved for, or take that back."""
    if asked.state == RequestState.APPROVED:
        AccessRule.objects.update_or_create(
            listing=asked.listing,
            address=asked.asker,
            defaults={"allows": True, "reason": "", "set_at": timezone.now()},
        )
    else:
        # Who is kept out stays so: that is another decision.
        AccessRule.objects.filter(listing=asked.listing, address=asked.asker, allows=True).delete()


def _rule(listing: Listing, address: str, *, allows: bool, reason: str) -> AccessRule:
    said = {"allows": allows, "reason": "" if allows else reason, "set_at": timezone.now()}
    return AccessRule.objects.update_or_create(listing=listing.name, address=address, defaults=said)[0]


def _let_in_the_listed(listing: Listing) -> None:
    """Let in whom the list on chain lets buy: a gate must not shut out those who were there before it."""
    keys = Adoption.objects.filter(listing=listing).values_list("chain_id", "model_id")
    for chain_id, model_id in keys:
        found = OnchainListing.objects.filter(chain=chain_id, model_id=model_id).first()
        kept = AccessList.objects.filter(root=found.access_list).first() if found and found.access_list else None
        for member in kept.members if kept and found else []:
            if found and member != found.seller:
                AccessRule.objects.get_or_create(listing=listing.name, address=member, defaults={"allows": True})


def _check_owner(user: User, listing: Listing) -> None:
    if listing.owner.user_id != user.pk:
        raise NotTheOwnerError


def _tell_seller(owner: Account, asked: AccessRequest) -> None:
    if owner.user:
        data = {"listing": asked.listing, "asker": asked.asker, "text": asked.text[:200]}
        key = f"{asked.pk}:{asked.asked_at.timestamp():.0f}"
        notify(user=owner.user, kind=ASKED.name, key=key, data=data, happened_at=asked.asked_at)


def _tell_asker(asked: AccessRequest) -> None:
    user = User.objects.filter(address=asked.asker).first()
    if user and asked.decided_at:
        data = {"listing": asked.listing, "state": asked.state, "answer": asked.answer}
        key = f"{asked.pk}:{asked.decided_at.timestamp():.6f}"
        notify(user=user, kind=ANSWERED.name, key=key, data=data, happened_at=asked.decided_at)
