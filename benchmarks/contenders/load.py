"""A load generator for machines without wrk: keep-alive connections on one event loop, in a process of its own."""

import asyncio
import json
import subprocess
import sys
import time
from urllib.parse import urlsplit


def run(url: str, connections: int, seconds: int) -> dict[str, float]:
    """Puts the load on `url` from another process, so that it does not share the adapter's interpreter."""
    command = [sys.executable, __file__, url, str(connections), str(seconds)]
    figures: dict[str, float] = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    return figures


async def _client(host: str, port: int, request: bytes, end: float, times: list[float]) -> int:
    failed = 0
    writer = None
    while time.perf_counter() < end:
        start = time.perf_counter()
        try:
            if writer is None:
                reader, writer = await asyncio.open_connection(host, port)
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            length = next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
            await reader.readexactly(int(length.split(b":")[1]))
        except (OSError, asyncio.IncompleteReadError, StopIteration):
            failed += 1
            writer = None
            continue
        if head.split(b" ", 2)[1] == b"200":
            times.append(time.perf_counter() - start)
        else:
            failed += 1
    return failed


async def _load(url: str, connections: int, seconds: int) -> dict[str, float]:
    parts = urlsplit(url)
    request = f"GET {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\n\r\n".encode()
    times: list[float] = []
    end = time.perf_counter() + seconds
    clients = (_client(str(parts.hostname), parts.port or 80, request, end, times) for _ in range(connections))
    failed = sum(await asyncio.gather(*clients))
    slow = sorted(times)[int(len(times) * 0.99)] if times else 0.0
    return {"requests": len(times), "failed": failed, "p99_ms": slow * 1e3}


if __name__ == "__main__":
    target, count, duration = sys.argv[1:]
    print(json.dumps(asyncio.run(_load(target, int(count), int(duration)))))
