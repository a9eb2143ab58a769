"""Forbids a Python process every network but loopback, when its folder is on PYTHONPATH: what asks for more is told.

Servers of a test run may be elsewhere: the hosts in `RESTFLOW_TEST_HOSTS`, by commas, are let through.
"""

import ipaddress
import os
import sys

CONNECTING = {"socket.connect", "socket.sendto", "socket.sendmsg"}
RESOLVING = {"socket.getaddrinfo", "socket.gethostbyname"}
ALLOWED = {"", "localhost", *os.environ.get("RESTFLOW_TEST_HOSTS", "").split(",")}


def is_outside(host: object) -> bool:
    if isinstance(host, bytes):
        host = host.decode()
    if not isinstance(host, str) or host in ALLOWED:
        return False
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return True  # a name: finding its address would ask another machine
    return not (address.is_loopback or address.is_unspecified)


def refuse(event: str, arguments: tuple[object, ...]) -> None:
    host: object = None
    if event in CONNECTING:
        address = arguments[1]
        host = address[0] if isinstance(address, tuple) else None  # else the path of a socket of this machine
    elif event in RESOLVING and not str(arguments[0])[:1].isdigit():  # a number is no question to anybody
        host = arguments[0]
    if is_outside(host):
        sys.stderr.write(f"{event} to {host}, outside of this machine\n")
        raise PermissionError(f"{event} to {host}, outside of this machine")


sys.addaudithook(refuse)
