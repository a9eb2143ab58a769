"""Django's ASGI handler as it comes."""

from benchmarks.contenders.server import ServedSite


def persistent_threads(work: str, connections: int) -> ServedSite:
    return ServedSite("benchmarks.site.asgi:stock", work, connections)
