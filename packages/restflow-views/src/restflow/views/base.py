"""`APIView` and `AsyncAPIView`: one request's way through a view, on a thread or on the event loop."""

from functools import partial
from typing import Any, ClassVar

from django.core.handlers.asgi import ASGIRequest
from django.http.response import HttpResponseBase
from rest_framework.renderers import AdminRenderer
from rest_framework.response import Response as DRFResponse
from rest_framework.views import APIView as DRFAPIView

from restflow.core import finish, in_thread, is_async_callable
from restflow.responses import Response
from restflow.responses._faces import bridge
from restflow.responses._rendering import LoopRendering
from restflow.responses._work import AsyncWork, Hook, SyncWork
from restflow.views import _declarations, _policies
from restflow.views._hooks import RequestHooks
from restflow.views._models import M, OfModel
from restflow.views._serving import (
    handler_of,
    in_transactions,
    owns_transactions,
    refuse_async_handlers,
    serve,
    take_over_transactions,
    without_requests_transaction,
)
from restflow.views._streams import drop_body
from restflow.views._transactions import UNSAFE_METHODS, TakenOver
from restflow.views.bodies import APIViewHelpersMixin


class ViewBase(RequestHooks, APIViewHelpersMixin, OfModel[M], DRFAPIView):
    """What views of both kinds share."""

    atomic: bool | None = None
    """`True`: writing actions run in a transaction; `False`: none does, whatever `ATOMIC_REQUESTS` says."""

    _transactions_taken_over: ClassVar[TakenOver | None] = None

    def options(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        """The view's description."""
        if self.metadata_class is None:
            return self.http_method_not_allowed(request, *args, **kwargs)
        return Response(_described(self, request))

    async def _dispatched(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        """The flow of a request: REST framework's order of work, by `_do`, `_serve` and `_drop` of the view's kind."""
        view: Any = self
        view.args = args
        view.kwargs = kwargs
        request = view.request = self.initialize_request(request, *args, **kwargs)
        view.headers = self.default_response_headers
        try:
            await view._do(_policies.INITIAL, request, *args, **kwargs)
            response = await view._serve(handler_of(self, request), request, *args, **kwargs)
        except Exception as exc:
            response = await view._do(_policies.HANDLE_EXCEPTION, exc)
        response = view.response = await view._do(_policies.FINALIZE_RESPONSE, request, response, *args, **kwargs)
        self._for_forms = True
        if request.method == "HEAD" and response.streaming:
            await view._drop(response)
        return response


def _described(view: Any, request: Any) -> Any:
    view._for_forms = True
    data = view.metadata_class().determine_metadata(request, view)
    if isinstance(data, dict) and isinstance(data.get("actions"), dict):
        data["actions"] = {method: fields for method, fields in data["actions"].items() if fields}
        if not data["actions"]:
            del data["actions"]
    return data


def _answer_in_sync(view: Any) -> None:
    """Lets the admin's renderer call `view.get()`: it shows the objects beside a form with errors."""
    handler = getattr(view, "get", None)
    if is_async_callable(handler):
        view.get = partial(bridge, handler, "Response.arender()")


class APIView(ViewBase[M]):
    """REST framework's `APIView` with serializer and pagination helpers, which obeys async policies and hooks too."""

    @classmethod
    def as_view(cls, **initkwargs: Any) -> Any:
        """The view function; `ImproperlyConfigured` for `async def` handlers."""
        refuse_async_handlers(cls, [name for name in cls.http_method_names if hasattr(cls, name)])
        view = super().as_view(**initkwargs)
        return without_requests_transaction(view) if cls.atomic is False else view

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """REST framework's dispatch, with async faces obeyed and the handler in its transaction."""
        return finish(self._dispatched(request, *args, **kwargs))  # type: ignore[no-any-return]

    async def _do(self, hook: Hook, *args: Any, **kwargs: Any) -> Any:
        io = SyncWork(f"{type(self).__qualname__}.{hook.aname}()")
        return await io.hook(hook, self, *args, **kwargs)

    async def _serve(self, handler: Any, request: Any, *args: Any, **kwargs: Any) -> Any:
        return in_transactions(self, handler, request, *args, **kwargs)

    async def _drop(self, response: Any) -> None:
        await drop_body(response, SyncWork("the response"))


class AsyncAPIView(ViewBase[M]):
    """An `APIView` whose handlers run on the event loop, and whose sync handlers and policies run in a thread."""

    view_is_async = True

    @classmethod
    def as_view(cls, **initkwargs: Any) -> Any:
        """The view, as a coroutine function."""
        if cls.atomic is True:
            for name in (*(method.lower() for method in UNSAFE_METHODS), *_declarations.WRITING):
                _declarations.refuse_async_parts(cls, name, "atomic = True")
        taken = TakenOver()
        view = super().as_view(**initkwargs, _transactions_taken_over=taken)
        return take_over_transactions(view, taken, initkwargs)

    async def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponseBase:  # type: ignore[override]
        """REST framework's order of work, on the loop."""
        response = await self._dispatched(request, *args, **kwargs)
        if isinstance(getattr(response, "accepted_renderer", None), AdminRenderer):
            _answer_in_sync(self)
        if isinstance(response, DRFResponse) and not response.is_rendered and isinstance(request, ASGIRequest):
            response.render = LoopRendering(response)  # type: ignore[method-assign]
        return response  # type: ignore[no-any-return]

    async def _do(self, hook: Hook, *args: Any, **kwargs: Any) -> Any:
        io = AsyncWork()
        return await io.run(io.hook(hook, self, *args, **kwargs))

    async def _serve(self, handler: Any, request: Any, *args: Any, **kwargs: Any) -> Any:
        return await serve(self, handler, request, *args, **kwargs)

    async def _drop(self, response: Any) -> None:
        io = AsyncWork()
        await io.run(drop_body(response, io))

    @owns_transactions
    async def options(self, request: Any, *args: Any, **kwargs: Any) -> Any:  # type: ignore[override]
        """The view's description, made in one crossing."""
        if self.metadata_class is None:
            return self.http_method_not_allowed(request, *args, **kwargs)
        return Response(await in_thread(_described, self, request))
