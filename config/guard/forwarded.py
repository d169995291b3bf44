"""Who asks, and over what: believed of a proxy that the settings name, and of nobody else.

Each proxy adds the address that it was called from to the end of ``X-Forwarded-For``. So the list is read from the
right, and the first address that is not one of our proxies is the client: what stands further left, a client may have
written. Behind this step no forwarded header is left that anything could believe.
"""

from __future__ import annotations

from functools import cache
from ipaddress import IPv4Network, IPv6Network, ip_network

from django.conf import settings

from common.networks import parsed

from .protocol import App, Headers, Receive, Scope, Send

FORWARDED = frozenset(
    {
        b"forwarded",
        b"x-forwarded-for",
        b"x-forwarded-host",
        b"x-forwarded-port",
        b"x-forwarded-prefix",
        b"x-forwarded-proto",
        b"x-forwarded-ssl",
        b"x-real-ip",
    }
)
UNIX = "unix"  # the name, in the settings, of whoever comes by a Unix socket
MOST_HOPS = 20
SCHEMES = {"http": "ws", "https": "wss"}


class Forwarded:
    """ASGI middleware for requests and websockets, before everything that looks at client or scheme."""

    def __init__(self, app: App) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers: Headers = scope["headers"]
        if any(name in FORWARDED for name, _ in headers):
            told = _told(scope, headers) if is_proxy(_peer(scope)) else {}
            scope = {**scope, **told, "headers": [pair for pair in headers if pair[0] not in FORWARDED]}
        await self.app(scope, receive, send)


def _peer(scope: Scope) -> str:
    return str(scope["client"][0]) if scope.get("client") else UNIX


def _told(scope: Scope, headers: Headers) -> Scope:
    """Return what our proxies say of a request: its client, and its scheme."""
    told: Scope = {}
    if client := _client(_values(headers, b"x-forwarded-for")):
        told["client"] = (client, 0)
    scheme = next(iter(_values(headers, b"x-forwarded-proto")[-1:]), "").lower()
    if scheme in SCHEMES:
        told["scheme"] = SCHEMES[scheme] if scope["type"] == "websocket" else scheme
    return told


def _client(hops: list[str]) -> str:
    """Return the address nearest to us that is not a proxy of ours; the furthest one where all are."""
    found = ""
    for hop in reversed(hops[-MOST_HOPS:]):
        if not (ip := parsed(_without_port(hop))):
            break  # what is no address was not written by a proxy of ours
        found = str(ip)
        if not is_proxy(found):
            break
    return found


def _without_port(hop: str) -> str:
    """Return the address of ``192.0.2.1:443``, ``[2001:db8::1]:443`` and the like."""
    if hop.startswith("["):
        return hop[1:].partition("]")[0]
    return hop.partition(":")[0] if hop.count(":") == 1 else hop


def _values(headers: Headers, name: bytes) -> list[str]:
    sent = b",".join(value for key, value in headers if key == name).decode("latin1")
    return [part.strip() for part in sent.split(",")] if sent else []


def is_proxy(peer: str) -> bool:
    """Whether an IP address, or UNIX, is one of our own proxies."""
    if peer == UNIX:
        return UNIX in settings.TRUSTED_PROXIES
    ip = parsed(peer)
    return ip is not None and any(ip in network for network in _networks(tuple(settings.TRUSTED_PROXIES)))


@cache
def _networks(proxies: tuple[str, ...]) -> list[IPv4Network | IPv6Network]:
    return [ip_network(proxy) for proxy in proxies if proxy != UNIX]
