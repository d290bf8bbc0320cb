"""Which network address a request comes from, as limits count it."""

from __future__ import annotations

from ipaddress import IPv6Address, ip_address


def network(host: str | None) -> str:
    """The address that is counted: of IPv6 the /64, since a single line has all of it.

    `host` is the caller's, or what a proxy on this very machine says of it (uvicorn takes
    `X-Forwarded-For` from nobody else).
    """
    try:
        address = ip_address(host or "")
    except ValueError:
        return "unknown"
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped:
            return str(address.ipv4_mapped)
        return f"{IPv6Address(int(address) >> 64 << 64)}/64"
    return str(address)
