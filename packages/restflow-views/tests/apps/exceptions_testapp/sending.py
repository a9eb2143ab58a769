"""Requests to the views of this app, through the kind of client that a view's kind is served by."""

from typing import Any

from asgiref.sync import async_to_sync
from rest_framework.test import APIClient

from restflow.test import AsyncAPIClient


def send(kind: str, method: str = "get", path: str = "", *args: Any, raises: bool = False, **options: Any) -> Any:
    """The response of the view of this kind: under WSGI for `sync`, else under ASGI. `raises`: or its exception."""
    client_class: Any = APIClient if kind == "sync" else AsyncAPIClient
    verb = getattr(client_class(raise_request_exception=raises), method)
    if kind != "sync":
        verb = async_to_sync(verb)
    return verb(path or f"/{kind}/", *args, **options)
