"""Tools for the tests of async APIs: a client, test cases that roll back, streams, counters and a live server."""

from restflow.test._events import SSEEvent
from restflow.test.assertions import assert_error
from restflow.test.cases import (
    AsyncAPILiveServerTestCase,
    AsyncAPISimpleTestCase,
    AsyncAPITestCase,
    AsyncAPITransactionTestCase,
)
from restflow.test.client import AsyncAPIClient
from restflow.test.commits import capture_on_commit_callbacks
from restflow.test.counting import assert_max_crossings, assert_num_queries
from restflow.test.requests import AsyncAPIRequestFactory, force_authenticate
from restflow.test.streams import aiter_ndjson, aiter_sse, aread

__all__ = [
    # requests
    "AsyncAPIClient",
    "AsyncAPIRequestFactory",
    "force_authenticate",
    # test cases
    "AsyncAPISimpleTestCase",
    "AsyncAPITestCase",
    "AsyncAPITransactionTestCase",
    "AsyncAPILiveServerTestCase",
    # streams
    "SSEEvent",
    "aiter_sse",
    "aiter_ndjson",
    "aread",
    # counting and asserting
    "assert_num_queries",
    "assert_max_crossings",
    "assert_error",
    "capture_on_commit_callbacks",
]
