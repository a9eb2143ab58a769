"""`AsyncAPIClient`: in-process requests through middleware and URLs, with cookies, sessions and credentials."""

import json
import re
import sys
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import Any, TypeAlias
from urllib.parse import urljoin, urlsplit

from django.conf import settings
from django.core.signals import got_request_exception
from django.http import SimpleCookie
from django.test import AsyncClient
from django.test.client import AsyncClientHandler
from django.test.client import store_rendered_templates as store_templates  # type: ignore[attr-defined]
from django.test.signals import template_rendered
from django.urls import resolve
from django.utils.functional import SimpleLazyObject

from restflow.core import AsyncIO, SyncIO, finish
from restflow.test._blocks import loop_is_running
from restflow.test._headers import ScopeParts, scope_parts
from restflow.test.requests import Headers, RequestBuilding, force_authenticate

_JSON = re.compile(r"application/(?:[^;]+\+)?json\b")
_KEEP_METHOD = (307, 308)
_Send: TypeAlias = Callable[[str, dict[str, Any]], Awaitable[Any]]
_REDIRECTS = (301, 302, 303, *_KEEP_METHOD)


class _Handler(AsyncClientHandler):
    """Django's handler, which authenticates by force and remembers where a stream's pieces come from."""

    forced_user: Any = None
    forced_token: Any = None

    async def get_response_async(self, request: Any) -> Any:
        if self.forced_user is not None or self.forced_token is not None:
            force_authenticate(request, self.forced_user, self.forced_token)
        response: Any = await super().get_response_async(request)
        if response.streaming:
            # Django wraps the iterator from here on; closing the wrappers would leave the view's own to the collector
            response.stream_source = response._iterator
        return response


class AsyncAPIClient(RequestBuilding, AsyncClient):
    """Sends requests to the project in process: `response = await client.post("/orders/", {"sku": "a"})`.

    Each verb takes the arguments of `AsyncAPIRequestFactory` and `follow=True`, and gives the response with Django's
    additions (`json()`, `exc_info`, `asgi_request`, `resolver_match`, ...). A streaming response is not consumed. Two
    clients share nothing; one client may have several requests in flight.

    `raise_request_exception=False` turns an unhandled exception into its 500 response instead of raising it.
    """

    handler: _Handler

    def __init__(
        self,
        enforce_csrf_checks: bool = False,
        raise_request_exception: bool = True,
        *,
        headers: Headers | None = None,
        query_params: Mapping[str, Any] | None = None,
        **defaults: Any,
    ) -> None:
        super().__init__(headers=headers, query_params=query_params, **defaults)
        self.handler = _Handler(enforce_csrf_checks)
        self.raise_request_exception = raise_request_exception
        self._credentials: dict[str, Any] = {}

    # --- who the client is

    def credentials(self, **headers: Any) -> None:
        """Sets the headers of every later request, in place of those set before; none without arguments.

        Names are WSGI's: `credentials(HTTP_AUTHORIZATION="Bearer ...")`. `ValueError` for a name that starts with
        neither `HTTP_` nor `CONTENT_`.
        """
        for name in headers:
            if not name.startswith(("HTTP_", "CONTENT_")):
                raise ValueError(
                    f"credentials({name}=...): not a header's name. Names start with HTTP_ or CONTENT_, as "
                    "HTTP_AUTHORIZATION does."
                )
        self._credentials = headers

    def force_authenticate(self, user: Any = None, token: Any = None) -> None:
        """Makes every later request authenticated as `user`, whatever its authenticators say; off without arguments."""
        self.handler.forced_user = user
        self.handler.forced_token = token

    def logout(self) -> None:
        """Drops the session, the cookies, the credentials and the forced user.

        On a running event loop no database is touched: the row of the session stays. `alogout` deletes it there too.
        """
        if loop_is_running():
            self._forget()
        else:
            finish(self._log_out(SyncIO()))

    async def alogout(self) -> None:
        """Drops the session, the cookies, the credentials and the forced user."""
        await self._log_out(AsyncIO())

    async def _log_out(self, io: SyncIO | AsyncIO) -> None:
        if settings.SESSION_COOKIE_NAME in self.cookies:
            await io.call(super().logout, super().alogout)
        self._forget()

    def _forget(self) -> None:
        self.cookies = SimpleCookie()
        self.credentials()
        self.force_authenticate()

    # --- requests

    def _stored_headers(self) -> ScopeParts:
        return super()._stored_headers().replaced_by(scope_parts(self._credentials))

    async def request(self, **scope: Any) -> Any:  # type: ignore[override]  # sends what the factory builds
        """Sends the request of a finished scope."""
        whole = self._base_scope(**scope)
        rendered: dict[str, Any] = {}
        failures: list[Any] = []
        with _listening(whole, rendered, failures):
            response: Any = await self.handler(whole)
        response.exc_info = failures[-1] if failures else None
        if response.exc_info and self.raise_request_exception:
            raise response.exc_info[1]
        response.client = self
        response.request = scope
        response.templates = rendered.get("templates", [])
        context = rendered.get("context")
        response.context = context[0] if context and len(context) == 1 else context
        response.json = partial(_json, response)
        urlconf = getattr(response.asgi_request, "urlconf", None)
        response.resolver_match = SimpleLazyObject(lambda: resolve(scope["path"], urlconf=urlconf))
        if response.cookies:
            self.cookies.update(response.cookies)
        return response

    async def _sent(self, send: _Send, path: str, follow: bool, options: dict[str, Any]) -> Any:
        response = await send(path, options)
        return await self._followed(response, send, options) if follow else response

    async def _followed(self, response: Any, send: _Send, options: dict[str, Any]) -> Any:
        """The response at the end of a chain of redirects. `RedirectCycleError` for a loop or more than 20 hops."""
        options = {name: value for name, value in options.items() if name not in ("query_params", "QUERY_STRING")}
        response.redirect_chain = chain = []
        while response.status_code in _REDIRECTS:
            chain.append((response.url, response.status_code))
            url = urlsplit(urljoin(response.request["path"], response.url))
            if url.scheme:
                options["secure"] = url.scheme == "https"
            if url.hostname:
                options |= {"SERVER_NAME": url.hostname, "SERVER_PORT": str(url.port or "")}
            method = response.request["method"]
            hop = {**options, "QUERY_STRING": url.query}
            if response.status_code in _KEEP_METHOD and method not in ("GET", "HEAD"):
                response = await send(url.path or "/", hop)
            else:
                method = "HEAD" if method == "HEAD" else "GET"
                response = await self._built(method, url.path or "/", content_type=None, **hop)
            response.redirect_chain = chain
            if response.status_code in _REDIRECTS:
                self._ensure_redirects_not_cyclic(response)  # type: ignore[attr-defined]
        return response

    async def _sent_with_query(
        self, method: str, path: str, data: Any, follow: bool, secure: bool, options: dict[str, Any]
    ) -> Any:
        def send(path: str, options: dict[str, Any]) -> Any:
            return self._with_query(method, path, data, options)

        return await self._sent(send, path, follow, {"secure": secure, **options})

    async def _sent_with_body(
        self,
        method: str,
        path: str,
        data: Any,
        format: str | None,
        content_type: str | None,
        follow: bool,
        secure: bool,
        options: dict[str, Any],
    ) -> Any:
        def send(path: str, options: dict[str, Any]) -> Any:
            return self._with_body(method, path, data, format, content_type, options)

        return await self._sent(send, path, follow, {"secure": secure, **options})

    async def generic(  # type: ignore[override]
        self,
        method: str,
        path: str,
        data: str | bytes = "",
        content_type: str | None = "application/octet-stream",
        follow: bool = False,
        secure: bool = False,
        **options: Any,
    ) -> Any:
        """Sends any method, with a body as it is."""

        def send(path: str, options: dict[str, Any]) -> Any:
            return self._built(method, path, data, content_type, **options)

        return await self._sent(send, path, follow, {"secure": secure, **options})

    async def get(self, path: str, data: Any = None, follow: bool = False, secure: bool = False, **options: Any) -> Any:  # type: ignore[override]
        """Sends `GET`; `data` becomes the query string."""
        return await self._sent_with_query("GET", path, data, follow, secure, options)

    async def head(  # type: ignore[override]
        self, path: str, data: Any = None, follow: bool = False, secure: bool = False, **options: Any
    ) -> Any:
        """Sends `HEAD`; `data` becomes the query string."""
        return await self._sent_with_query("HEAD", path, data, follow, secure, options)

    async def trace(self, path: str, follow: bool = False, secure: bool = False, **options: Any) -> Any:  # type: ignore[override]
        """Sends `TRACE`."""
        return await self._sent_with_query("TRACE", path, None, follow, secure, options)

    async def post(  # type: ignore[override]  # the body's format is DRF's, as in APIClient
        self,
        path: str,
        data: Any = None,
        format: str | None = None,
        content_type: str | None = None,
        follow: bool = False,
        secure: bool = False,
        **options: Any,
    ) -> Any:
        """Sends `POST`; `data` is rendered as `format`, or sent as it is with `content_type`."""
        return await self._sent_with_body("POST", path, data, format, content_type, follow, secure, options)

    async def put(  # type: ignore[override]
        self,
        path: str,
        data: Any = None,
        format: str | None = None,
        content_type: str | None = None,
        follow: bool = False,
        secure: bool = False,
        **options: Any,
    ) -> Any:
        """Sends `PUT`, with a body as in `post`."""
        return await self._sent_with_body("PUT", path, data, format, content_type, follow, secure, options)

    async def patch(  # type: ignore[override]
        self,
        path: str,
        data: Any = None,
        format: str | None = None,
        content_type: str | None = None,
        follow: bool = False,
        secure: bool = False,
        **options: Any,
    ) -> Any:
        """Sends `PATCH`, with a body as in `post`."""
        return await self._sent_with_body("PATCH", path, data, format, content_type, follow, secure, options)

    async def delete(  # type: ignore[override]
        self,
        path: str,
        data: Any = None,
        format: str | None = None,
        content_type: str | None = None,
        follow: bool = False,
        secure: bool = False,
        **options: Any,
    ) -> Any:
        """Sends `DELETE`, with a body as in `post`."""
        return await self._sent_with_body("DELETE", path, data, format, content_type, follow, secure, options)

    async def options(  # type: ignore[override]
        self,
        path: str,
        data: Any = None,
        format: str | None = None,
        content_type: str | None = None,
        follow: bool = False,
        secure: bool = False,
        **options: Any,
    ) -> Any:
        """Sends `OPTIONS`, with a body as in `post`."""
        return await self._sent_with_body("OPTIONS", path, data, format, content_type, follow, secure, options)


@contextmanager
def _listening(scope: dict[str, Any], rendered: dict[str, Any], failures: list[Any]) -> Iterator[None]:
    """Collects the templates and the exceptions of one request; others may be in flight on the same client."""
    templates = partial(store_templates, rendered)

    def note_failure(sender: Any, request: Any = None, **kwargs: Any) -> None:
        if getattr(request, "scope", None) is scope:
            failures.append(sys.exc_info())

    template_rendered.connect(templates, weak=False)
    got_request_exception.connect(note_failure, weak=False)
    try:
        yield
    finally:
        template_rendered.disconnect(templates)
        got_request_exception.disconnect(note_failure)


def _json(response: Any, **options: Any) -> Any:
    """The body as JSON. `ValueError` where the content type is another one."""
    content_type = response.get("Content-Type", "")
    if not _JSON.match(content_type):
        raise ValueError(f"The response's content type is {content_type or 'not given'!r}, not JSON.")
    if not hasattr(response, "_json"):
        response._json = json.loads(response.content, **options)
    return response._json
