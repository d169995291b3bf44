"""The network behind an IP address, which is what limits count.

Whoever has one IPv6 address has 2^64 of them, and often 2^80. So IPv6 is counted by its /64, and by the /48 above it.
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network
from typing import NamedTuple

NAT64 = IPv6Network("64:ff9b::/96")  # IPv4 addresses as a translator writes them: one for each (RFC 6052)
UNKNOWN = "unknown"


class Networks(NamedTuple):
    """The network that one household or machine has, and the wider one around it."""

    narrow: str
    wide: str


def parsed(address: str) -> IPv4Address | IPv6Address | None:
    """Return an IP address without its zone; IPv4 inside IPv6 as IPv4. None for what is no address."""
    try:
        ip = ip_address(address.partition("%")[0])
    except ValueError:
        return None
    if isinstance(ip, IPv6Address):
        # Else one machine would have an allowance for each way of writing its address.
        return ip.ipv4_mapped or (IPv4Address(int(ip) & 0xFFFFFFFF) if ip in NAT64 else ip)
    return ip


def network_of(address: str, *, v4: int, v6: int) -> str:
    """Return the network around an address with prefixes of so many bits; what is no address is one network."""
    ip = parsed(address)
    return str(ip_network((ip, v4 if ip.version == 4 else v6), strict=False)) if ip else UNKNOWN


def networks_of(address: str) -> Networks:
    """Return what limits count: an IPv4 address and its /24, or the /64 of an IPv6 address and its /48."""
    return Networks(network_of(address, v4=32, v6=64), network_of(address, v4=24, v6=48))
