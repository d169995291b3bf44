"""The rows of the demo's sellers and their listings; what happens on its chain stands in ``history``."""

from __future__ import annotations

from django.conf import settings

from accounts.actions import set_staff
from accounts.models import Account, User
from contracts.models import Chain
from marketplace.catalogue.importing import import_catalogue
from marketplace.listings.metadata import document_of
from marketplace.listings.models import Listing
from marketplace.listings.publishing import Release, adopt_listing, columns_of, publish_release, publish_version
from marketplace.listings.versions import Version

from . import senses
from .files import FILES, FIRST
from .history import History
from .interfaces import INTERFACES
from .licences import licence_card
from .listings import SELLERS, TERMS, DemoListing

MODERATORS = (4, 30, 38)  # of anvil's accounts, as the demo wallet has them
CATALOGUE = settings.BASE_DIR / "marketplace" / "data" / "runnable-models.jsonl"


def prepare_market(accounts: list[str]) -> dict[str, str]:
    """Make the rows that the market begins with; return the CIDs of the listings' metadata by name."""
    with CATALOGUE.open("rb") as file:
        import_catalogue(lines=file)
    for number in MODERATORS:
        set_staff(address=accounts[number], is_staff=True)
    return publish_listings(accounts)


def publish_listings(accounts: list[str]) -> dict[str, str]:
    """Publish the demo's listings under their sellers' names; return the CIDs of their metadata by name."""
    owners = {seller.name: _owner(seller.name, accounts[seller.index]) for seller in (*SELLERS, *senses.SELLERS)}
    return {each.name: _published(owners[each.seller.name], each).metadata_id for each in senses.ALL}


def _published(owner: Account, each: DemoListing) -> Version:
    there = Version.objects.filter(listing__name=each.name, number=FIRST).first()
    if there:
        return there
    if each.runs.engine in INTERFACES:
        return publish_release(owner=owner, release=_by_schema(each))
    stated = [file.stated() for file in FILES.get(each.name, ())]
    return publish_version(
        owner=owner, record=each.record(), number=FIRST, summary=each.summary, terms=TERMS, stated=stated
    )


def _by_schema(each: DemoListing) -> Release:
    """Return the release of a model that says what it takes and gives, with its licences in full."""
    record = each.record().model_copy(update={"summary": each.summary})
    document = document_of(Listing(**columns_of(record)), FIRST, each.summary, TERMS)
    engine = each.runs.engine
    return Release(record, FIRST, document | {"interface": INTERFACES[engine]}, card=licence_card(engine))


def _owner(name: str, address: str) -> Account:
    user, _ = User.objects.get_or_create(address=address)
    return Account.objects.get_or_create(name=name, defaults={"user": user})[0]


def adopt_listings(chain: Chain, history: History) -> None:
    """Join the listings with their models; the index has to know those by now."""
    for each in senses.ALL:
        user = User.objects.get(address=history.accounts[each.seller.index])
        listing = Listing.objects.named(each.name).get()
        adopt_listing(user=user, listing=listing, chain=chain, model_id=history.id_of(each.name))
