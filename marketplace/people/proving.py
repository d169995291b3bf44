"""Proving that a domain is one's own: a file there names the address, and is looked at again each week.

The file is ``https://<domain>/.well-known/citrate.json`` with ``{"addresses": ["0x…"]}``. Whoever can put it there has
the domain; whoever only copies a name has not.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from accounts.addresses import parse_address
from accounts.errors import InvalidAddressError
from accounts.models import User
from accounts.restrictions import Scope, refuse_restricted
from common import strict_json
from common.limits import limit
from common.locks import exclusive_until_commit
from common.outbound import OutboundError
from common.pinned import AddressRefusedError, Pinned, checked_url
from common.queue import enqueue

from .errors import DomainRefusedError
from .models import MOST_DOMAIN, DomainProof, Refusal

WELL_KNOWN = "/.well-known/citrate.json"
PORT, LOOPBACK = 443, False  # tests look elsewhere
SECONDS, MOST_BYTES = 10, 16_384
MOST_NAMED = 200  # addresses that a file may name
AGAIN = timedelta(days=7)
SOON = timedelta(days=1)  # until it is looked at again where nobody answered
PATIENCE = timedelta(days=14)  # for which silence takes nothing from what was proven
ASKED_A_DAY, DAY = 20, 86_400
AT_ONCE = 200  # files that one run looks at
CHECK = "marketplace.people.tasks.check_domain"


def domain_of(text: str) -> str:
    """Return a domain as it is kept: its host in ASCII, without an address around it. Raises DomainRefusedError."""
    host = text.strip().rstrip("/").lower().removeprefix("https://").removesuffix(WELL_KNOWN).rstrip(".")
    try:
        domain = host.encode("idna").decode()
        place = checked_url(f"https://{domain}{WELL_KNOWN}")
    except (UnicodeError, AddressRefusedError) as error:
        raise DomainRefusedError from error
    is_number = place.host.rpartition(".")[2].isdecimal() or ":" in place.host
    if place.host != domain or is_number or len(domain) > MOST_DOMAIN:
        raise DomainRefusedError
    return domain


@transaction.atomic
def prove_domain(*, user: User, domain: str) -> DomainProof:
    """Have a domain looked at that a user says is theirs, in the place of the one they named before.

    Asking again has it looked at again. Raises RestrictedError, DomainRefusedError, TooManyError.
    """
    refuse_restricted(user.address, Scope.WRITING)
    domain = domain_of(domain)
    limit(f"domains:{user.address}", ASKED_A_DAY, DAY)
    exclusive_until_commit(f"domain:{user.address}")
    kept = DomainProof.objects.filter(address=user.address).first()
    asked = {"domain": domain, "asked_at": timezone.now()}
    # What another domain has proven says nothing of this one.
    fresh = {} if kept and kept.domain == domain else {"checked_at": None, "proven_at": None, "refusal": ""}
    proof, _ = DomainProof.objects.update_or_create(address=user.address, defaults=asked | fresh)
    enqueue(CHECK, proof.pk)
    return proof


def forget_domain(*, user: User) -> int:
    """Take one's domain back; return how many there were."""
    return DomainProof.objects.filter(address=user.address).delete()[0]


def check_domain(*, pk: int) -> DomainProof | None:
    """Look at the file of a domain now, and keep what it says; None where nobody asks any more."""
    proof = DomainProof.objects.filter(pk=pk).first()
    if proof is None:
        return None
    refusal, now = look(proof.domain, proof.address), timezone.now()
    with transaction.atomic():
        exclusive_until_commit(f"domain:{proof.address}")
        # Another domain was named while this one was looked at, or none.
        asked = DomainProof.objects.filter(pk=pk, domain=proof.domain).first()
        if asked is None:
            return None
        proven = now if not refusal else asked.proven_at
        # A server that is away is not one that says no.
        if refusal and (refusal != Refusal.SILENT or (proven and proven < now - PATIENCE)):
            proven = None
        asked.checked_at, asked.proven_at, asked.refusal = now, proven, refusal
        asked.save(update_fields=["checked_at", "proven_at", "refusal"])
        return asked


def due() -> Iterator[int]:
    """Yield the ids of what is to be looked at again: each week, and each day where nobody answered."""
    now = timezone.now()
    old = DomainProof.objects.filter(checked_at__lt=now - AGAIN)
    silent = DomainProof.objects.filter(checked_at__lt=now - SOON, refusal=Refusal.SILENT)
    never = DomainProof.objects.filter(checked_at=None, asked_at__lt=now - SOON)
    yield from (old | silent | never).order_by("checked_at").values_list("pk", flat=True)[:AT_ONCE]


def look(domain: str, address: str) -> str:
    """Return why a domain's file does not name an address; "" where it does. Asks the domain, and nobody else."""
    try:
        place = checked_url(f"https://{domain}{WELL_KNOWN}" if PORT == 443 else f"https://{domain}:{PORT}{WELL_KNOWN}")
        with Pinned(place, loopback=LOOPBACK) as out:
            status, body = out.get(place.url, seconds=SECONDS, most_bytes=MOST_BYTES)
    except AddressRefusedError:
        return Refusal.PRIVATE
    except OutboundError:
        return Refusal.SILENT
    if 300 <= status < 400:
        return Refusal.ELSEWHERE
    if status >= 500:
        return Refusal.SILENT
    return _read(body, address) if status == 200 else Refusal.MISSING


def _read(body: bytes, address: str) -> str:
    try:
        said = strict_json.loads(body.decode())
        named = said["addresses"]
        if not isinstance(named, list) or len(named) > MOST_NAMED:
            return Refusal.UNREAD
    except (ValueError, TypeError, LookupError, RecursionError):
        return Refusal.UNREAD
    return "" if any(_same(each, address) for each in named) else Refusal.UNNAMED


def _same(named: object, address: str) -> bool:
    try:
        return isinstance(named, str) and parse_address(named) == address
    except InvalidAddressError:
        return False
