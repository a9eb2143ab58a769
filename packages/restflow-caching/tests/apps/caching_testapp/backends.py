"""Cache backends that tell what is asked of them, and that fail on demand."""

import threading
from contextlib import contextmanager

from django.core.cache.backends.locmem import LocMemCache

calls: list[str] = []
threads: set[int] = set()
broken: set[str] = set()


class Down(Exception):
    """The server does not answer."""


def counted(name):
    original = getattr(LocMemCache, name)

    def method(self, *args, **kwargs):
        if getattr(self, "_inside", False):
            return original(self, *args, **kwargs)
        calls.append(name)
        threads.add(threading.get_ident())
        if name in broken:
            raise Down(name)
        self._inside = True
        try:
            return original(self, *args, **kwargs)
        finally:
            self._inside = False

    return method


METHODS = ("get", "get_many", "set", "set_many", "add", "delete", "delete_many", "touch", "has_key", "incr", "clear")


class CountingCache(LocMemCache):
    """Counts calls of public methods, each once, whatever it does inside."""

    for _name in METHODS:
        locals()[_name] = counted(_name)


class NativeCache(CountingCache):
    """Brings async methods of its own, as clients for asyncio do."""

    async def aget_many(self, keys, version=None):
        return self.get_many(keys, version=version)

    async def aset(self, key, value, timeout=300, version=None):  # noqa: ASYNC109
        return self.set(key, value, timeout, version)

    async def aadd(self, key, value, timeout=300, version=None):  # noqa: ASYNC109
        return self.add(key, value, timeout, version)

    async def adelete_many(self, keys, version=None):
        return self.delete_many(keys, version)

    async def aget(self, key, default=None, version=None):
        return self.get(key, default, version)

    async def adelete(self, key, version=None):
        return self.delete(key, version)


@contextmanager
def failing(*names):
    broken.update(names or METHODS)
    try:
        yield
    finally:
        broken.clear()
