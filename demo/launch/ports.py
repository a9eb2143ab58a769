"""The listening socket: opened before anything is loaded, so that a busy port shows at once."""

import errno
import os
import socket

from demo.launch.failures import StartError

DEFAULT = 8000
LAST = 8020


def listen(host: str, port: int | None) -> socket.socket:
    """A socket that listens on `port`; `None` is 8000, or the next free one up to 8020.

    Raises `StartError` for a port that is in use, and for a host that is none of this machine's.
    """
    if port is not None:
        try:
            return _listen(host, port)
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise _unusable(host, port, error) from error
            raise StartError(
                f"Port {port} is in use (by another program, or a demo that is still running). "
                "Try --port 0 for any free one."
            ) from error
    for candidate in range(DEFAULT, LAST + 1):
        try:
            return _listen(host, candidate)
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise _unusable(host, candidate, error) from error
    raise StartError(f"The ports {DEFAULT} to {LAST} are all in use. Try --port 0 for any free one.")


def note(listening: socket.socket, asked: int | None) -> str:
    """What the banner says of a port that is another than the usual one, unless it was asked for."""
    found = listening.getsockname()[1]
    if asked is not None or found == DEFAULT:
        return ""
    return f"Port {DEFAULT} is in use; this is port {found}."


def _listen(host: str, port: int) -> socket.socket:
    family, kind, protocol, _name, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    opened = socket.socket(family, kind, protocol)
    try:
        if os.name == "posix":  # elsewhere it would share the port with whoever has it
            opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        opened.bind(address)
        opened.listen(2048)  # bound alone, the port could still be taken by another
    except BaseException:
        opened.close()
        raise
    return opened


def _unusable(host: str, port: int, error: OSError) -> StartError:
    return StartError(f"Cannot listen on {host} port {port} ({error.strerror or error}). Try another --host or --port.")
