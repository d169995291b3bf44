"""Requests to an address that a person gave us: looked up once, refused unless it is public, and then kept to.

A name can lead anywhere, and elsewhere the next time it is asked. So it is looked up by us, once for each connection;
all that it leads to has to be public; the connection goes to what was looked up, and TLS still checks the name.
"""

from __future__ import annotations

import re
import socket
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from http import HTTPStatus
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

import certifi
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

from .errors import DomainError
from .outbound import Outbound, TooSlowError, UnreachableError, pool_of

MOST_URL = 500  # characters
LOOKUP_SECONDS = 3.0
LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)\Z")
# Names that no public server has: this machine, this network, other ways of looking up.
INSIDE = ("localhost", "local", "internal", "intranet", "lan", "home.arpa", "onion", "invalid")
# Services that speak no HTTP, or are never meant for others: asking them may do harm.
OTHER_PORTS = frozenset(
    {1080, 1433, 1521, 2049, 2375, 2376, 2379, 2380, 3128, 3306, 3389, 4369, 5432, 5672, 5900, 5984, 6000, 6379, 6443}
    | {6667, 7001, 8500, 9000, 9042, 9092, 9200, 9300, 10250, 11211, 25672, 27017, 28015, 50070}
)
# What ``is_global`` lets through, or may in some version of Python: ways into IPv4, documentation, old relays.
NOT_PUBLIC = tuple(
    ip_network(each)
    for each in ("192.88.99.0/24", "192.0.0.0/24", "2002::/16", "2001::/23", "2001:db8::/32", "3fff::/20")
)
UNICAST = ip_network("2000::/3")  # all of IPv6 that is public: so neither mapped nor translated addresses


class AddressRefusedError(DomainError):
    """Nothing is asked there."""

    code = "address-refused"
    status = HTTPStatus.UNPROCESSABLE_ENTITY


@dataclass(frozen=True)
class Place:
    """Where a URL leads, before its host is looked up."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def authority(self) -> str:
        """Host and port as the Host header says them."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == (443 if self.scheme == "https" else 80) else f"{host}:{self.port}"

    @property
    def url(self) -> str:
        """The whole address."""
        return f"{self.scheme}://{self.authority}{self.path}"

    def at(self, address: str) -> str:
        """Return the URL whose host is an address that was looked up."""
        host = f"[{address}]" if ":" in address else address
        return f"{self.scheme}://{host}:{self.port}{self.path}"


def lookup(host: str, port: int) -> list[str]:
    """Return what a name leads to; tests put a resolver of their own here."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(address[0]) for _family, _type, _protocol, _name, address in found]


def checked_url(url: str, *, loopback: bool = False) -> Place:
    """Return where a URL leads: https, a public name, no secrets in it. Raises AddressRefusedError with a sentence.

    ``loopback`` also allows this machine, and there http: for a demo and for tests.
    """
    if len(url) > MOST_URL or not url.isascii() or re.search(r"[\s\\\x00-\x1f\x7f]", url):
        raise _refused(_("That is no address: it holds a blank, a letter outside ASCII, or more than 500 characters."))
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError:
        raise _refused(_("That is no address such as https://models.example/v1.")) from None
    scheme = parts.scheme.lower()
    if scheme not in ("http", "https") or not host:
        raise _refused(_("That is no address such as https://models.example/v1."))
    if parts.username is not None or parts.password is not None:
        raise _refused(_("The address holds a name or a password. Leave them out; the key has a field of its own."))
    if parts.query or parts.fragment or "?" in url or "#" in url:
        raise _refused(_("Leave out what follows “?” or “#”: the address has to end with its path."))
    place = Place(scheme, host, port if port is not None else 443 if scheme == "https" else 80, parts.path)
    _check_host(place, loopback=loopback)
    return place


def _refused(sentence: StrOrPromise) -> AddressRefusedError:
    return AddressRefusedError(sentence)


def _check_host(place: Place, *, loopback: bool) -> None:
    host = place.host
    here = loopback and (host == "localhost" or _is_loopback(host))
    if place.scheme != "https" and not here:
        raise _refused(_("Only https is asked: by http anybody on the way would read the key and the questions."))
    if not here and (place.port not in (443, 8443) and (place.port < 1024 or place.port in OTHER_PORTS)):
        raise _refused(_("Nothing is asked at that port. Use 443, or one above 1023 that is no other service’s."))
    address = _as_address(host)
    if address is not None:
        _check_public([str(address)], loopback=loopback)
        return
    labels = host.split(".")
    if not here and (len(labels) < 2 or any(host == name or host.endswith(f".{name}") for name in INSIDE)):
        raise _refused(_("That name is not a public one. The server has to be reachable from the internet."))
    # A last label that is a number is an IPv4 address in one of the forms that only resolvers know.
    if len(host) > 253 or not all(map(LABEL.match, labels)) or re.fullmatch(r"\d+|0x[0-9a-f]*", labels[-1]):
        raise _refused(_("That is no host name, nor an address as 203.0.113.7 or [2001:db8::7] is written."))


def _as_address(host: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(host)
    except ValueError:
        return None


def _is_loopback(host: str) -> bool:
    address = _as_address(host)
    return address is not None and address.is_loopback


def is_public(address: str) -> bool:
    """Whether an IP address is one of the internet's: neither private, local, reserved nor a way into IPv4."""
    found = _as_address(address)
    if found is None or "%" in address:
        return False
    if isinstance(found, IPv6Address) and found not in UNICAST:
        return False
    return found.is_global and not found.is_multicast and not any(found in network for network in NOT_PUBLIC)


def _check_public(addresses: list[str], *, loopback: bool) -> None:
    for address in addresses:
        if not is_public(address) and not (loopback and _is_loopback(address)):
            raise _refused(_("That leads into a private network. The server has to be reachable from the internet."))


def resolved(place: Place, *, loopback: bool = False) -> str:
    """Return the one address that a place is asked at, for one connection.

    Raises AddressRefusedError where any that the name leads to is not public, UnreachableError, TooSlowError.
    """
    found = _timed(lambda: lookup(place.host, place.port))
    if not found:
        raise UnreachableError("no address")
    _check_public(found, loopback=loopback)
    # IPv4 where there is one: a machine without a way into IPv6 would reach nobody.
    return next((each for each in found if ":" not in each), found[0])


def _timed(work: Callable[[], list[str]]) -> list[str]:
    """Look up in a thread that may be left behind: a resolver waits as long as it likes."""
    done: Future[list[str]] = Future()

    def run() -> None:
        try:
            done.set_result(work())
        except (OSError, UnicodeError) as error:
            done.set_exception(UnreachableError(type(error).__name__))

    Thread(target=run, daemon=True, name="lookup").start()
    try:
        return done.result(LOOKUP_SECONDS)
    except TimeoutError:
        raise TooSlowError("lookup") from None


class Pinned(Outbound):
    """Asks one place, at the one address that it was looked up to. Close it, or use it as a context."""

    def __init__(self, place: Place, *, loopback: bool = False) -> None:
        """Look the place up. Raises as ``resolved`` does."""
        options: dict[str, Any] = {"maxsize": 1, "block": True, "retries": False}
        if place.scheme == "https":
            options |= {"ca_certs": certifi.where(), "server_hostname": place.host}
        self._place = place
        self._pool = pool_of(place.scheme)(resolved(place, loopback=loopback), place.port, **options)

    def _open(self, method: str, url: str, headers: dict[str, str], **options: Any) -> Any:
        # The path alone: whatever a URL says, the connection goes to what was looked up.
        path = urlsplit(url).path
        told = {**headers, "Host": self._place.authority}
        # No redirects: where an answer points to, nobody has looked up.
        return self._pool.request(method, path or "/", headers=told, redirect=False, **options)

    def close(self) -> None:
        """Close its connection."""
        self._pool.close()

    def __enter__(self) -> Pinned:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()
