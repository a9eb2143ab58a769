"""A Django site of three views under uvicorn and `PersistentThreads`, run as a script by the server tests."""

import asyncio
import json
import os
import signal
import sys
import threading
import time
from collections.abc import AsyncIterator
from typing import Any

import django
import uvicorn
from django.conf import settings
from django.core.handlers.asgi import ASGIHandler
from django.core.signals import request_started
from django.db import connection
from django.http import HttpRequest, JsonResponse, StreamingHttpResponse
from django.urls import path

from restflow.core import in_thread
from restflow.core.asgi import PersistentThreads

NAME = os.environ["SITE_NAME"]
started = 0
start = threading.Thread.start
local = threading.local()


def counting_start(thread: threading.Thread) -> None:
    global started
    started += 1
    start(thread)


def mark(**_: Any) -> None:
    local.marks = getattr(local, "marks", 0) + 1


def read() -> dict[str, Any]:
    with connection.cursor() as cursor:
        cursor.execute("select pg_backend_pid()")
        return {"backend": cursor.fetchone()[0], "thread": threading.get_ident(), "marks": local.marks}


def count_connections() -> int:
    with connection.cursor() as cursor:
        cursor.execute("select count(*) from pg_stat_activity where application_name = %s", [NAME])
        return int(cursor.fetchone()[0])


async def database(request: HttpRequest) -> JsonResponse:
    first, second = await in_thread(read), await in_thread(read)
    return JsonResponse(first | {"same_thread": first == second})


async def state(request: HttpRequest) -> JsonResponse:
    connections = await in_thread(count_connections)
    pool = application._pool
    leased = len(pool.threads) - len(pool.free)
    return JsonResponse({"started": started, "connections": connections, "leased": leased})


async def stream(request: HttpRequest) -> StreamingHttpResponse:
    await in_thread(read)

    async def events() -> AsyncIterator[str]:
        yield "first\n"
        await asyncio.Event().wait()

    return StreamingHttpResponse(events(), content_type="text/event-stream")


urlpatterns = [path("database", database), path("state", state), path("stream", stream)]

if __name__ == "__main__":
    options = {
        "OPTIONS": {"application_name": NAME},
        "CONN_MAX_AGE": None if os.environ["SITE_MAX_AGE"] == "keep" else 0,
    }
    settings.configure(
        SECRET_KEY="a test's own",
        ROOT_URLCONF=__name__,
        ALLOWED_HOSTS=["*"],
        DATABASES={"default": json.loads(os.environ["SITE_DATABASE"]) | options},
    )
    django.setup(set_prefix=False)
    request_started.connect(mark)
    threading.Thread.start = counting_start  # type: ignore[method-assign]
    application = PersistentThreads(ASGIHandler(), threads=2)
    signal.signal(signal.SIGTERM, lambda *_: None)  # uvicorn raises it again when it has shut down
    uvicorn.run(application, port=0, lifespan="auto", timeout_graceful_shutdown=1, access_log=False)
    # the worker threads are daemons, and alive: what they left open is open still, what they closed goes in a moment
    for _ in range(200):
        if (left := count_connections() - 1) == 0:
            break
        time.sleep(0.05)
    sys.stdout.write(f"left open: {left}\n")
