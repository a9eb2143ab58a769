"""`AsyncAPIRequestFactory`: ASGI requests to hand to a view, without middleware or URL resolution."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.test import AsyncRequestFactory
from django.test.client import FakePayload
from django.utils.encoding import force_bytes
from django.utils.http import urlencode

from restflow.test._bodies import encoded_body
from restflow.test._headers import ScopeParts, header_pairs, scope_parts

Headers = Mapping[str, Any]


def force_authenticate(request: Any, user: Any = None, token: Any = None) -> None:
    """Makes a request count as authenticated as `user`, with `request.auth` being `token`; no authenticator runs.

    Without either, the request is anonymous again, and the view's authenticators decide.
    """
    if user is None and token is None and getattr(request, "_force_auth_user", None) is not None:
        from django.contrib.auth.models import AnonymousUser  # needs the app registry

        request.user = AnonymousUser()  # a view has put the forced one there
    request._force_auth_user = user  # where Django REST framework's request looks
    request._force_auth_token = token


class RequestBuilding(AsyncRequestFactory):
    """What the factory and the client share: bodies by DRF's test renderers, headers in any spelling, one of each name.

    `default_format` is the format of a body for which a request names none.
    """

    default_format: str = "json"

    def __init__(
        self,
        *,
        headers: Headers | None = None,
        query_params: Mapping[str, Any] | None = None,
        **defaults: Any,
    ) -> None:
        super().__init__(query_params=query_params, **defaults)
        self._default_headers: Headers = headers or {}

    def _stored_headers(self) -> ScopeParts:
        """What every request has unless it says otherwise: the constructor's defaults."""
        return scope_parts(self.defaults).replaced_by(scope_parts(self._default_headers))

    def _built(
        self,
        method: str,
        path: str,
        data: str | bytes = "",
        content_type: str | None = "application/octet-stream",
        secure: bool = False,
        *,
        headers: Headers | None = None,
        query_params: Mapping[str, Any] | None = None,
        **extra: Any,
    ) -> Any:
        """A request, or the coroutine that sends it; no header `Content-Type` where `content_type` is `None`."""
        url = urlsplit(str(path))
        body = force_bytes(data, settings.DEFAULT_CHARSET)
        own = ScopeParts()
        if content_type is not None and (body or content_type != "application/octet-stream"):
            own = own.replaced_by(scope_parts({"CONTENT_TYPE": content_type, "CONTENT_LENGTH": str(len(body))}))
        parts = own.replaced_by(self._stored_headers(), scope_parts(extra), scope_parts(headers or {}))
        query = urlencode(query_params, doseq=True) if query_params else parts.query or url.query
        root = parts.script_name.rstrip("/")
        scope: dict[str, Any] = {
            "method": method,
            "path": root + unquote(url.path),
            "root_path": root,
            "query_string": query.encode(),
            "scheme": "https" if secure else "http",
            "server": (parts.server_name, int(parts.server_port or (443 if secure else 80))),
            "client": [parts.remote_addr, 0],
            "headers": header_pairs({"host": parts.host, **parts.headers}),
        }
        if body:
            scope["_body_file"] = FakePayload(body)
        return self.request(**scope)

    def _base_scope(self, **request: Any) -> dict[str, Any]:
        """Django's, without the defaults that it copies into the scope: they are headers by now."""
        defaults, self.defaults = self.defaults, {}
        try:
            scope: dict[str, Any] = super()._base_scope(**request)  # type: ignore[misc]
            return scope
        finally:
            self.defaults = defaults

    def _with_query(self, method: str, path: str, data: Any, options: dict[str, Any]) -> Any:
        """A request whose data is its query string."""
        if data and options.get("query_params"):
            raise ValueError("query_params and data are both the query string; give one of them.")
        if data:
            options["query_params"] = data
        return self._built(method, path, content_type=None, **options)

    def _with_body(
        self, method: str, path: str, data: Any, format: str | None, content_type: str | None, options: dict[str, Any]
    ) -> Any:
        """A request whose data is its body."""
        body, content_type = encoded_body(data, format, content_type, self.default_format)
        return self._built(method, path, body, content_type, **options)


class AsyncAPIRequestFactory(RequestBuilding):
    """Builds requests for async views: `await View.as_view()(factory.post("/x/", {"name": "a"}))`.

    `headers` and `defaults` (WSGI names) go with every request. `enforce_csrf_checks` marks each request for the CSRF
    check of session authentication.
    """

    def __init__(
        self,
        enforce_csrf_checks: bool = False,
        *,
        headers: Headers | None = None,
        query_params: Mapping[str, Any] | None = None,
        **defaults: Any,
    ) -> None:
        super().__init__(headers=headers, query_params=query_params, **defaults)
        self.enforce_csrf_checks = enforce_csrf_checks

    def request(self, **request: Any) -> Any:
        """The request of a finished scope."""
        made = super().request(**request)
        made._dont_enforce_csrf_checks = not self.enforce_csrf_checks  # type: ignore[attr-defined]
        return made

    def generic(  # type: ignore[override]
        self,
        method: str,
        path: str,
        data: str | bytes = "",
        content_type: str | None = "application/octet-stream",
        secure: bool = False,
        **options: Any,
    ) -> Any:
        """A request with any method, and a body that is sent as it is; no `Content-Type` where that is `None`.

        Of the `options`, here and in each verb, `headers` has plain names and wins over the others, which are WSGI's
        (`HTTP_X_TOKEN`, `REMOTE_ADDR`) or headers; `query_params` is the query string.
        """
        return self._built(method, path, data, content_type, secure, **options)

    def get(self, path: str, data: Any = None, secure: bool = False, **options: Any) -> Any:  # type: ignore[override]
        """A `GET` request; `data` becomes the query string."""
        return self._with_query("GET", path, data, {"secure": secure, **options})

    def head(self, path: str, data: Any = None, secure: bool = False, **options: Any) -> Any:  # type: ignore[override]
        """A `HEAD` request; `data` becomes the query string."""
        return self._with_query("HEAD", path, data, {"secure": secure, **options})

    def trace(self, path: str, secure: bool = False, **options: Any) -> Any:  # type: ignore[override]
        """A `TRACE` request."""
        return self._with_query("TRACE", path, None, {"secure": secure, **options})

    def post(  # type: ignore[override]  # the body's format is DRF's, as in APIRequestFactory
        self,
        path: str,
        data: Any = None,
        format: str | None = None,
        content_type: str | None = None,
        secure: bool = False,
        **options: Any,
    ) -> Any:
        """A `POST` request; `data` is rendered as `format`, or sent as it is with `content_type`."""
        return self._with_body("POST", path, data, format, content_type, {"secure": secure, **options})

    def put(  # type: ignore[override]
        self,
        path: str,
        data: Any = None,
        format: str | None = None,
        content_type: str | None = None,
        secure: bool = False,
        **options: Any,
    ) -> Any:
        """A `PUT` request, with a body as in `post`."""
        return self._with_body("PUT", path, data, format, content_type, {"secure": secure, **options})

    def patch(  # type: ignore[override]
        self,
        path: str,
        data: Any = None,
        format: str | None = None,
        content_type: str | None = None,
        secure: bool = False,
        **options: Any,
    ) -> Any:
        """A `PATCH` request, with a body as in `post`."""
        return self._with_body("PATCH", path, data, format, content_type, {"secure": secure, **options})

    def delete(  # type: ignore[override]
        self,
        path: str,
        data: Any = None,
        format: str | None = None,
        content_type: str | None = None,
        secure: bool = False,
        **options: Any,
    ) -> Any:
        """A `DELETE` request, with a body as in `post`."""
        return self._with_body("DELETE", path, data, format, content_type, {"secure": secure, **options})

    def options(  # type: ignore[override]
        self,
        path: str,
        data: Any = None,
        format: str | None = None,
        content_type: str | None = None,
        secure: bool = False,
        **options: Any,
    ) -> Any:
        """An `OPTIONS` request, with a body as in `post`."""
        return self._with_body("OPTIONS", path, data, format, content_type, {"secure": secure, **options})
