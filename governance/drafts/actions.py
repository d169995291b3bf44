"""What people do with drafts. Signatures are looked at before anything is locked: a contract may be asked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from eth_utils.crypto import keccak

from accounts.models import User
from accounts.restrictions import Scope, refuse_restricted
from common.limits import limit
from common.text import clean_line, clean_text
from contracts.chain import signatures
from contracts.models import Chain
from contracts.names import DAY
from governance.ground.home import now_on
from governance.onchain.models.power import PowerFact
from marketplace.listings.metadata import canonical

from .content import content_hash, support_of
from .errors import (
    AlreadyProposedError,
    ChangedElsewhereError,
    DraftNotFoundError,
    DraftRefusedError,
    NoPowerError,
    NotShareableError,
    SignatureRefusedError,
    TooManyDraftsError,
)
from .kinds import KINDS
from .models import (
    MOST_ACTIONS,
    MOST_DRAFTS,
    MOST_TEXT,
    MOST_TITLE,
    Cosignature,
    Draft,
    Offer,
    Visibility,
)

DRAFTS_A_DAY, SIGNATURES_A_DAY, OFFERS_A_DAY = 100, 200, 100  # of one account
MOST_FIELDS, MOST_FIELD = 40, 4_000  # of an action, and characters of one
MOST_ALL = 100_000  # characters of all actions of a draft
MOST_NAME = 40
Parts = tuple[Sequence[str], Sequence[int], Sequence[str]]  # targets, values in wei, calldatas


def find_draft(key: str, address: str) -> Draft:
    """Return a draft that an account may read, with its chain and proposals. Raises DraftNotFoundError."""
    found = Draft.objects.readable_by(address).filter(key=key).select_related("chain").with_proposals().first()
    if found is None:
        raise DraftNotFoundError
    return found


def begin_draft(*, user: User, chain: Chain, title: str = "", text: str = "", actions: Any = ()) -> Draft:
    """Begin a draft of the user's own. Raises TooManyDraftsError, DraftRefusedError, TooManyError."""
    limit(f"drafts:{user.address}", DRAFTS_A_DAY, DAY)
    said = _cleaned(title, text, actions)
    with transaction.atomic():
        User.objects.select_for_update().get(pk=user.pk)  # the count stays true while two are begun at once
        if Draft.objects.filter(author=user.address).count() >= MOST_DRAFTS:
            raise TooManyDraftsError
        return Draft.objects.create(chain=chain, author=user.address, **said)


@transaction.atomic
def save_draft(*, user: User, key: str, version: int, tab: str, title: str, text: str, actions: Any) -> Draft:
    """Keep what a page says in place of ``version``; saving the same again changes nothing.

    ``tab`` names the page: what itself has saved last, it may overtake without having heard of it. Raises
    ChangedElsewhereError, AlreadyProposedError, DraftRefusedError, DraftNotFoundError, and RestrictedError where others
    can read it.
    """
    said = _cleaned(title, text, actions)
    draft = _own(user, key)
    if all(getattr(draft, name) == value for name, value in said.items()):
        return draft
    if draft.visibility != Visibility.PRIVATE:
        refuse_restricted(user.address, Scope.WRITING)
    if draft.version != version and (not tab or draft.tab != tab):
        raise ChangedElsewhereError(version=draft.version)
    for name, value in said.items():
        setattr(draft, name, value)
    draft.version, draft.tab, draft.changed_at = draft.version + 1, tab[:24], timezone.now()
    draft.save()
    return draft


@transaction.atomic
def share_draft(*, user: User, key: str, visibility: int) -> Draft:
    """Say who may read a draft; said again it changes nothing.

    Raises DraftNotFoundError, DraftRefusedError, and RestrictedError where more would read it.
    """
    draft = _locked(user, key)
    if visibility not in Visibility.values:
        raise DraftRefusedError(_("Choose who may read it."))
    if visibility == Visibility.PUBLIC and not draft.title:
        raise DraftRefusedError(_("Give it a title first: the list shows nothing else."))
    if visibility > draft.visibility:
        refuse_restricted(user.address, Scope.WRITING)
    if draft.visibility != visibility:
        draft.visibility = visibility
        draft.save(update_fields=["visibility"])
    return draft


@transaction.atomic
def delete_draft(*, user: User, key: str) -> None:
    """Delete a draft with its co-signatures and polls. Raises DraftNotFoundError; so the second time."""
    _locked(user, key).delete()


def cosign_draft(*, user: User, key: str, signature: str) -> Cosignature:
    """Keep the user's signed support of the draft as it is now, in place of an earlier one.

    Raises SignatureRefusedError, NoPowerError, NotShareableError, DraftNotFoundError, TooManyError, and
    RetryableChainError where an account's contract has to be asked and the chain does not answer.
    """
    draft = find_draft(key, user.address)
    check_cosigning(user, draft)
    limit(f"drafts-signed:{user.address}", SIGNATURES_A_DAY, DAY)
    content = content_hash(draft)
    if not signatures.verify(user.address, support_of(draft, user.address), signature, draft.chain):
        raise SignatureRefusedError
    return _keep_support(user, draft, content, signature)


@transaction.atomic
def _keep_support(user: User, draft: Draft, content: str, signature: str) -> Cosignature:
    now = Draft.objects.select_for_update().filter(pk=draft.pk).exclude(visibility=Visibility.PRIVATE).first()
    if now is None:
        raise DraftNotFoundError
    # Its author may have saved meanwhile: nobody has signed that.
    if content_hash(now) != content:
        raise SignatureRefusedError
    values = {"content": content, "title": now.title, "signature": signature, "signed_at": timezone.now()}
    kept, _made = Cosignature.objects.update_or_create(draft=now, supporter=user.address, defaults=values)
    return kept


def check_cosigning(user: User, draft: Draft) -> None:
    """Raise NotShareableError, AlreadyProposedError or NoPowerError where the user cannot co-sign."""
    if not draft.is_shared:
        raise NotShareableError
    if draft.proposals:
        raise AlreadyProposedError(number=draft.proposals[0])
    if not PowerFact.objects.power_at(draft.chain, user.address, now_on(draft.chain)):
        raise NoPowerError


def withdraw_support(*, user: User, key: str) -> None:
    """Take the user's co-signature back; where there is none, nothing happens. Raises DraftNotFoundError."""
    draft = find_draft(key, user.address)
    Cosignature.objects.filter(draft=draft, supporter=user.address).delete()


def note_offer(*, user: User, draft: Draft, batch: Parts, text: str) -> Offer:
    """Note what is handed to the author's wallet, so that the proposal is known as the draft's. Twice is once.

    Raises TooManyError and DraftNotFoundError.
    """
    limit(f"drafts-offered:{user.address}", OFFERS_A_DAY, DAY)
    targets, values, calldatas = batch
    parts = {"targets": list(targets), "values": list(values), "calldatas": list(calldatas), "description": text}
    exact = {**parts, "values": [str(value) for value in values]}
    digest = "0x" + keccak(canonical(exact)).hex()
    with transaction.atomic():
        kept = _locked(user, draft.key)
        # The first stays: by its block the proposal is known not to be older.
        head = {"head": draft.chain.head()}
        offer, _made = Offer.objects.get_or_create(draft=kept, digest=digest, defaults={**parts, **head})
    return offer


def _own(user: User, key: str) -> Draft:
    """Return the user's draft, locked, that is no proposal yet."""
    draft = _locked(user, key)
    found = Draft.objects.filter(pk=draft.pk).with_proposals().get()
    if found.proposals:
        raise AlreadyProposedError(number=found.proposals[0])
    return draft


def _locked(user: User, key: str) -> Draft:
    draft = Draft.objects.select_for_update().filter(key=key, author=user.address).first()
    if draft is None:
        raise DraftNotFoundError
    return draft


def _cleaned(title: str, text: str, actions: Any) -> dict[str, Any]:
    """Return what is kept of what was said. Raises DraftRefusedError."""
    said = {"title": clean_line(title), "text": clean_text(text), "actions": _actions(actions)}
    if len(said["title"]) > MOST_TITLE:
        raise DraftRefusedError(_("A title has at most %(most)s characters.") % {"most": MOST_TITLE})
    if len(said["text"]) > MOST_TEXT:
        raise DraftRefusedError(_("The text has at most %(most)s characters.") % {"most": f"{MOST_TEXT:,}"})
    return said


def _actions(actions: Any) -> list[dict[str, Any]]:
    if len(actions) > MOST_ACTIONS:
        raise DraftRefusedError(_("A proposal has at most %(most)s actions here.") % {"most": MOST_ACTIONS})
    kept = [{"kind": each["kind"], "fields": _fields(each["fields"])} for each in actions if each["kind"] in KINDS]
    if sum(len(name) + len(value) for each in kept for name, value in each["fields"].items()) > MOST_ALL:
        raise DraftRefusedError(_("The actions together are longer than can be kept."))
    return kept


def _fields(fields: Any) -> dict[str, str]:
    kept = {str(name)[:MOST_NAME]: clean_text(str(value)) for name, value in fields.items()}
    if len(kept) > MOST_FIELDS or any(len(value) > MOST_FIELD for value in kept.values()):
        raise DraftRefusedError(_("One of the actions is longer than can be kept."))
    return dict(sorted(kept.items()))
