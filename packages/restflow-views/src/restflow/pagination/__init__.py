"""`restflow.pagination`: pages of a list, sync and async, in one crossing."""

import restflow.pagination.checks  # noqa: F401  (registers the system checks)
from restflow.pagination.base import BasePagination
from restflow.pagination.cursor import CursorPagination
from restflow.pagination.fast import FastPageNumberPagination
from restflow.pagination.limit_offset import LimitOffsetPagination
from restflow.pagination.page_number import PageNumberPagination

__all__ = [
    "BasePagination",
    "PageNumberPagination",
    "LimitOffsetPagination",
    "CursorPagination",
    "FastPageNumberPagination",
]
