"""Who the client is: one address, which no header of the client's own making can change."""

import hashlib
import re
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any

UNKNOWN = "unknown"
_WITH_PORT = re.compile(r"(?:\[(?P<bracketed>[^\]]*)\]|(?P<plain>[0-9.]+))(?::[0-9]*)?")
_SAFE_KEY = re.compile(r"[!-~]{1,200}")

Address = IPv4Address | IPv6Address


def client_address(forwarded: str | None, remote: str | None, num_proxies: int | None, ipv6_prefix: int | None) -> str:
    """The client's address by `X-Forwarded-For`, `REMOTE_ADDR` and the number of trusted proxies.

    Without that number, only a proxy on this host is believed, and of its header only the entry that it added.
    """
    own = _address(remote)
    entries = forwarded.split(",") if forwarded is not None else []
    found = own
    if num_proxies is None:
        if entries and (own is None or own.is_loopback):
            found = _address(entries[-1]) or own
    elif num_proxies > 0 and entries:
        found = _address(entries[-min(num_proxies, len(entries))]) or own
    if found is None:
        return UNKNOWN
    if isinstance(found, IPv6Address) and ipv6_prefix is not None:
        return str(ip_network((int(found), ipv6_prefix), strict=False))
    return str(found)


def _address(text: str | None) -> Address | None:
    """The address that an entry names, without port, brackets and zone; IPv4 where it is mapped into IPv6."""
    text = (text or "").strip()
    if match := _WITH_PORT.fullmatch(text):
        text = match["bracketed"] if match["bracketed"] is not None else match["plain"]
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address


def is_safe(key: str) -> bool:
    """Whether every cache takes the key."""
    return _SAFE_KEY.fullmatch(key) is not None


def digest(text: Any) -> str:
    """A short stand-in for a text that no cache would take as a key."""
    return hashlib.sha256(str(text).encode("utf-8", "surrogatepass")).hexdigest()


class KeyFormat(str):
    """A template of cache keys that is filled by `%` as well as by `.format()`, however it is written."""

    def __mod__(self, values: Any) -> str:
        return str.__mod__(self, values) if "%(" in self else str.format(self, **values)

    def format(self, *args: Any, **values: Any) -> str:
        """The key for the values."""
        return str.__mod__(self, values) if "%(" in self else str.format(self, *args, **values)
