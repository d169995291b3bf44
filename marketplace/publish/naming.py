"""The names under which people publish: an owner's, chosen once, and those of models that are about to be listed."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import F, Func, TextField, Value
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.addresses import checksum, is_address
from accounts.models import ACCOUNT_NAME, Account, User
from accounts.restrictions import Scope, refuse_restricted
from common.limits import limit
from contracts.names import DAY
from marketplace.listings.models import Listing

from .errors import NameTakenError, OwnerRefusedError
from .models import Draft, NameReservation

LEAST, MOST = 2, 39  # letters of an owner's name; an address has 42
CHOICES_A_DAY = 20
WAITS = timedelta(hours=2)  # for the wallet to send what it was given
SENT_WAITS = timedelta(days=2)  # for what it has sent to be confirmed
# Words that pages use in an owner's place, or that pretend to be the site itself.
KEPT_WORDS = frozenset(
    [
        "admin",
        "administrator",
        "api",
        "citrate",
        "dao",
        "draft",
        "drafts",
        "help",
        "home",
        "login",
        "marketplace",
        "me",
        "moderation",
        "moderator",
        "new",
        "null",
        "official",
        "operator",
        "root",
        "security",
        "sell",
        "settings",
        "shared",
        "staff",
        "status",
        "support",
        "system",
        "unclaimed",
        "undefined",
        "wallet",
        "www",
    ]
)
_ALIKE = "015-_."  # as what follows reads them; those without a letter are left out
_LETTERS = "ols"


def owner_of(user: User) -> Account | None:
    """Return the account under which the user publishes, if one was chosen."""
    return Account.objects.filter(user=user).first()


def check_owner(name: str, user: User) -> None:
    """Raise OwnerRefusedError, with a sentence, unless the user may publish under this name."""
    if is_address(name):
        if name.lower() != user.address:
            raise OwnerRefusedError(_("This is the address of another wallet."))
        return
    if not re.fullmatch(ACCOUNT_NAME.rstrip("$"), name) or not LEAST <= len(name) <= MOST:
        raise OwnerRefusedError(
            _("A name has 2 to 39 letters, digits, “_”, “.” or “-”, and begins with a letter, a digit or “_”.")
        )
    if name.lower() in KEPT_WORDS or name.lower().startswith("0x"):
        raise OwnerRefusedError(_("This name is kept for the marketplace itself. Choose another one."))
    _refuse_alike(name, user)


def _refuse_alike(name: str, user: User) -> None:
    others = Account.objects.exclude(user=user)
    if known := others.named(name).first():
        if known.is_reserved:
            raise OwnerRefusedError(
                _("“%(name)s” stands for the organisation of that name in the catalogue, and is kept for it.")
                % {"name": known.name}
            )
        raise OwnerRefusedError(_("“%(name)s” publishes here already. Choose another name.") % {"name": known.name})
    if known := others.annotate(look=_look(F("name"))).filter(look=_look(Value(name))).first():
        raise OwnerRefusedError(
            _("This looks like “%(name)s”, and buyers could take one for the other. Choose another name.")
            % {"name": known.name}
        )


def _look(name: F | Value) -> Func:
    """Return what a name looks like at a glance: without case and signs, with what reads alike made one."""
    text = TextField()
    plain = Func(Lower(name), Value(_ALIKE), Value(_LETTERS), function="translate", output_field=text)
    joined = Func(plain, Value("rn"), Value("m"), function="replace", output_field=text)
    halved = Func(joined, Value("vv"), Value("w"), function="replace", output_field=text)
    # i, l and j differ by a dot, which a glance does not see.
    return Func(halved, Value("i"), Value("l"), function="replace", output_field=text)


@transaction.atomic
def choose_owner(*, user: User, name: str) -> Account:
    """Give the user the name under which it publishes; empty: its address. The same again changes nothing.

    Until something stands under it, another one can be chosen. Raises OwnerRefusedError, RestrictedError, TooManyError.
    """
    refuse_restricted(user.address, Scope.PUBLISHING)
    limit(f"owner-chosen:{user.address}", CHOICES_A_DAY, DAY)
    name = name.strip() or checksum(user.address)
    User.objects.select_for_update().get(pk=user.pk)
    known = owner_of(user)
    if known and known.name == name:
        return known
    check_owner(name, user)
    if known and _is_used(known):
        raise OwnerRefusedError(_("You publish as “%(name)s”, which is for ever.") % {"name": known.name})
    try:
        # A block of its own, so that the refusal leaves the transaction usable.
        with transaction.atomic():
            return Account.objects.update_or_create(user=user, defaults={"name": name})[0]
    except IntegrityError as error:
        raise OwnerRefusedError(
            _("“%(name)s” publishes here already. Choose another name.") % {"name": name}
        ) from error


def _is_used(account: Account) -> bool:
    under = {"name__istartswith": f"{account.name}/"}
    return account.listings.exists() or NameReservation.objects.filter(**under, until__gt=timezone.now()).exists()


def reserve_name(*, draft: Draft, name: str, sent: bool = False) -> None:
    """Keep a model's name for a draft while its transaction is out. Raises NameTakenError.

    Called inside the transaction that hands the draft to the wallet. What nobody confirmed in time is free again.
    """
    now = timezone.now()
    NameReservation.objects.named(name).exclude(draft=draft).filter(until__lte=now).delete()
    if Listing.objects.named(name).exists():
        raise NameTakenError
    until = now + (SENT_WAITS if sent else WAITS)
    try:
        with transaction.atomic():
            _kept(draft, name, until)
    except IntegrityError as error:
        raise NameTakenError from error


def _kept(draft: Draft, name: str, until: datetime) -> None:
    kept, made = NameReservation.objects.get_or_create(draft=draft, defaults={"name": name, "until": until})
    if not made and (kept.name != name or kept.until < until):
        kept.name, kept.until = name, max(kept.until, until)
        kept.save(update_fields=["name", "until"])


def refuse_taken(name: str, draft: Draft) -> None:
    """Raise NameTakenError where a model of that name is listed, or another draft is about to be listed under it."""
    waiting = NameReservation.objects.named(name).exclude(draft=draft).filter(until__gt=timezone.now())
    listed = Listing.objects.named(name)
    if listed.order_by().values("pk").union(waiting.order_by().values("pk")).exists():
        raise NameTakenError


def free_names(*, before: datetime) -> None:
    """Delete the reservations that ended before a moment: nobody came back for them."""
    NameReservation.objects.filter(until__lt=before).delete()
