"""The steps that actions are made of: finding, filtering, paging, validating, saving and serializing.

Each is a flow, written once for both kinds of view, and a hook where users may override it.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.db import DataError
from django.db.models import Manager, Model, QuerySet
from django.http import Http404
from rest_framework.generics import get_object_or_404
from rest_framework.pagination import CursorPagination, LimitOffsetPagination, PageNumberPagination
from rest_framework.response import Response as DRFResponse
from rest_framework.settings import api_settings

from restflow.core import is_async_callable
from restflow.responses import Response
from restflow.responses._faces import faces
from restflow.responses._ready import PLACE, ReadyBody, enveloped, ready_body, ready_renderer
from restflow.responses._work import Hook, Work
from restflow.views._policies import CHECK_OBJECT_PERMISSIONS
from restflow.views._rows import fetched, quick
from restflow.views.post_fetches import PostFetch


async def get_queryset(view: Any, io: Work) -> Any:
    """A fresh copy of the view's queryset; what an action's config names comes as the instance's attribute."""
    queryset = view.queryset
    assert queryset is not None, (
        f"'{type(view).__name__}' should either include a `queryset` attribute, "
        "or override the `get_queryset()` method."
    )
    if isinstance(queryset, QuerySet | Manager):
        return queryset.all()
    if not callable(queryset) or isinstance(queryset, type):
        return queryset
    made = await (io.aio if is_async_callable(queryset) else io.sync)(queryset, view)
    if not isinstance(made, QuerySet | Manager):
        raise ImproperlyConfigured(
            f"{type(view).__qualname__}, action {getattr(view, 'action', None)!r}: the callable given as queryset "
            f"returned {type(made).__name__}; return a QuerySet or a Manager."
        )
    return made.all()


async def filter_queryset(view: Any, io: Work, queryset: Any) -> Any:
    """The queryset after each filter backend, in order."""
    if faces(type(view), "get_filterset_class", "get_filterset_class").for_sync is None:
        filterset_class = await io.aio(type(view).get_filterset_class, view)
        view.get_filterset_class = lambda: filterset_class  # backends ask with a plain call
    for backend in list(view.filter_backends):
        queryset = await io.ask(backend(), "filter_queryset", "afilter_queryset", view.request, queryset, view)
    return queryset


async def get_object(view: Any, io: Work) -> Any:
    """The row that the URL names, if the client may touch it."""
    queryset = await io.hook(GET_QUERYSET, view)
    queryset = await io.hook(FILTER_QUERYSET, view, queryset)
    kwarg = view.lookup_url_kwarg or view.lookup_field
    assert kwarg in view.kwargs, (
        f"Expected view {type(view).__name__} to be called with a URL keyword argument named {kwarg!r}. "
        "Fix your URL conf, or set the `.lookup_field` attribute on the view correctly."
    )
    obj = await io.sync(_find, queryset, {view.lookup_field: view.kwargs[kwarg]})
    await io.hook(CHECK_OBJECT_PERMISSIONS, view, view.request, obj)
    return obj


def _find(queryset: Any, lookup: dict[str, Any]) -> Any:
    try:
        return get_object_or_404(queryset, **lookup)
    except (OverflowError, DataError) as error:  # an integer or a text that the database cannot hold
        raise Http404 from error


async def paginate_queryset(view: Any, io: Work, queryset: Any) -> Any:
    """One page, or `None` where there is no pagination."""
    paginator = view.paginator
    if paginator is None:
        return None
    names = ("paginate_queryset", "apaginate_queryset")
    sync = faces(type(paginator), *names).sync
    if sync is not None and isinstance(queryset, QuerySet | Manager):  # in the crossing that serializes the page
        return await io.sync(getattr(paginator, sync), queryset, view.request, view=view)
    return await io.ask(paginator, *names, queryset, view.request, view=view)


async def get_paginated_response(view: Any, io: Work, data: Any) -> Any:
    """The paginator's envelope."""
    assert view.paginator is not None
    return await io.sync(view.paginator.get_paginated_response, data)


async def validated_serializer(
    view: Any, io: Work, *, data: Any = None, serializer_class: Any = None, **kwargs: Any
) -> Any:
    """A serializer of the input, after validation."""
    serializer = await io.sync(_input_serializer, view, data, serializer_class, kwargs)
    await _call(io, serializer, "is_valid", "ais_valid", raise_exception=True)
    return serializer


def _input_serializer(view: Any, data: Any, serializer_class: Any, kwargs: dict[str, Any]) -> Any:
    data = view.request.data if data is None else data
    return view.get_serializer(data=data, serializer_class=serializer_class, direction="request", **kwargs)


async def _call(io: Work, serializer: Any, name: str, aname: str, /, **kwargs: Any) -> Any:
    """A method of a serializer: the serializer tells which face does the whole work, else the classes do."""
    has_async_hooks = getattr(serializer, "has_async_hooks", None)
    if has_async_hooks is None:
        return await io.ask(serializer, name, aname, **kwargs)
    if has_async_hooks:
        return await io.aio(getattr(serializer, aname), **kwargs)
    return await io.sync(getattr(serializer, name), **kwargs)


async def serialized_response(
    view: Any,
    io: Work,
    instance: Any,
    *,
    many: bool = False,
    status: int | None = None,
    serializer_class: Any = None,
    post_fetches: Sequence[Any] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """A response of one object, or of many that are read once, by the response serializer."""
    made = await _serialized(view, io, instance, many, serializer_class, post_fetches)
    return _response(made, status or view.success_status, headers)


async def _serialized(
    view: Any, io: Work, instance: Any, many: bool, serializer_class: Any, post_fetches: Sequence[Any] | None
) -> Any:
    """The output of the response serializer: its data, or the JSON of these where that is all that will be asked."""
    if post_fetches is None:
        post_fetches = await io.sync(view.get_post_fetches)
    if many:
        instance = await io.sync(_listed, instance)
    if post_fetches:
        fetched = await _post_fetched(view, io, instance if many else [instance], post_fetches)
        instance = fetched if many else fetched[0]
    serializer = await io.sync(
        view.get_serializer, instance, many=many, serializer_class=serializer_class, direction="response"
    )
    if getattr(serializer, "has_async_hooks", False):
        return await io.aio(_adata, serializer)
    return await io.sync(_ready_or_data, view.request, serializer)


async def _adata(serializer: Any) -> Any:
    return await serializer.adata


def _listed(instance: Any) -> list[Any]:
    return fetched(instance.all() if isinstance(instance, Manager) else instance)


def _ready_or_data(request: Any, serializer: Any) -> Any:
    renderer = ready_renderer(request)
    ready = ready_body(request, renderer, serializer) if renderer is not None else None
    return serializer.data if ready is None else ready


async def _post_fetched(view: Any, io: Work, items: list[Any], post_fetches: Sequence[Any]) -> Any:
    """The items with what the post-fetches attach, in the given order."""
    for post_fetch in post_fetches:
        of_view = {"view": view} if isinstance(post_fetch, PostFetch) else {}
        items = await io.ask(post_fetch, "fetch", "afetch", items, **of_view)
    return items


def _response(made: Any, status: int | None, headers: Mapping[str, str] | None) -> Response:
    """The response of serialized data, or of a body that is ready."""
    if not isinstance(made, ReadyBody):
        return Response(made, status=status, headers=headers)
    response = Response(status=status, headers=headers)
    response._ready = made
    return response


async def paginated_response(
    view: Any,
    io: Work,
    queryset: Any,
    *,
    serializer_class: Any = None,
    pagination_class: Any = None,
    post_fetches: Sequence[Any] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """A response of one page, or of everything where nothing pages."""
    own = pagination_class is None and hasattr(view, "paginate_queryset")
    if pagination_class is not None:
        view.paginator = pagination_class()
    rows = quick(queryset)
    page = await (io.hook(PAGINATE_QUERYSET, view, rows) if own else paginate_queryset(view, io, rows))
    made = await _serialized(view, io, queryset if page is None else page, True, serializer_class, post_fetches)
    if page is None:
        return _response(made, view.success_status, headers)
    default = not own or GET_PAGINATED_RESPONSE.overriding(type(view)) is None
    if isinstance(made, ReadyBody):
        key = results_key(type(view.paginator)) if default else None
        if key is not None:
            return _own_response(  # type: ignore[no-any-return]
                await io.sync(_ready_page, view.paginator, made, key), view.success_status, headers or {}
            )
        made = await io.sync(getattr, made.serializer, "data")
    answer = await (get_paginated_response(view, io, made) if default else io.hook(GET_PAGINATED_RESPONSE, view, made))
    return _own_response(answer, view.success_status, headers or {})  # type: ignore[no-any-return]


_DRF_PAGINATORS = (PageNumberPagination, LimitOffsetPagination, CursorPagination)


def results_key(paginator: type) -> str | None:
    """The key under which the paginator puts rows unread; `None` where its class does not promise that.

    The class that defines `get_paginated_response` promises it; REST framework's own are known.
    """
    definer = next((klass for klass in paginator.__mro__ if "get_paginated_response" in klass.__dict__), object)
    key: str | None = "results" if definer in _DRF_PAGINATORS else definer.__dict__.get("results_key")
    return key


def _ready_page(paginator: Any, rows: ReadyBody, key: str) -> Any:
    answer = paginator.get_paginated_response(PLACE)
    body = enveloped(rows, answer.data, key)
    answer = _own_response(answer, None, {})
    answer._ready = body
    return answer


def _own_response(made: Any, status: int | None, headers: Mapping[str, str]) -> Any:
    """What a paginator made, with the status and the headers of the call, as restflow's class if it is a plain one."""
    if type(made) is DRFResponse:
        plain, made = made, Response(made.data, status=made.status_code, headers=None)
        for name, value in plain.items():
            if name.lower() != "content-type":
                made[name] = value
    if status is not None:
        made.status_code = status
    for name, value in headers.items():
        made[name] = value
    return made


async def perform_create(view: Any, io: Work, serializer: Any) -> None:
    """Saves a new object."""
    await _call(io, serializer, "save", "asave")


async def perform_update(view: Any, io: Work, serializer: Any) -> None:
    """Saves the changed object."""
    await _call(io, serializer, "save", "asave")


async def perform_destroy(view: Any, io: Work, instance: Any) -> None:
    """Deletes the object; by `adelete()` where the model, or one of its bases, has made that its own."""
    if faces(type(instance), "delete", "adelete").definer is Model:
        await io.sync(instance.delete)  # Django's adelete() is no more than that
    else:
        await io.ask(instance, "delete", "adelete")


async def list_objects(view: Any, io: Work) -> Any:
    """The action `list`."""
    queryset = await io.hook(GET_QUERYSET, view)
    queryset = await io.hook(FILTER_QUERYSET, view, queryset)
    return await io.hook(PAGINATED_RESPONSE, view, queryset)


async def retrieve_object(view: Any, io: Work) -> Any:
    """The action `retrieve`."""
    return await io.hook(SERIALIZED_RESPONSE, view, await io.hook(GET_OBJECT, view))


async def create_object(view: Any, io: Work) -> Any:
    """The action `create`."""
    serializer = await io.hook(VALIDATED_SERIALIZER, view)
    await io.hook(PERFORM_CREATE, view, serializer)
    response = await _saved_response(view, io, serializer, view.success_status or 201)
    await io.sync(_add_success_headers, view, response)
    return response


def _add_success_headers(view: Any, response: Any) -> None:
    ready: ReadyBody | None = getattr(response, "_ready", None)
    definer = faces(type(view), "get_success_headers", "aget_success_headers").definer
    reads_url_only = getattr(definer, "default_faces", False)  # the default method, which wants the object's own URL
    if ready is not None and reads_url_only and f'"{api_settings.URL_FIELD_NAME}":'.encode() not in ready.content:
        return
    for name, value in view.get_success_headers(response.data).items():
        response[name] = value


async def update_object(view: Any, io: Work, partial: bool) -> Any:
    """The actions `update` and `partial_update`."""
    instance = await io.hook(GET_OBJECT, view)
    serializer = await io.hook(VALIDATED_SERIALIZER, view, instance=instance, partial=partial)
    await io.hook(PERFORM_UPDATE, view, serializer)
    if getattr(instance, "_prefetched_objects_cache", None):
        instance._prefetched_objects_cache = {}  # it was filled before the update
    return await _saved_response(view, io, serializer, None)


async def _saved_response(view: Any, io: Work, serializer: Any, status: int | None) -> Any:
    """The response of a write: made once, of what was stored; the input serializer's own `data` is never read."""
    saved = serializer.instance if serializer.instance is not None else serializer.validated_data
    return await io.hook(SERIALIZED_RESPONSE, view, saved, many=isinstance(saved, list), status=status)


async def destroy_object(view: Any, io: Work) -> Any:
    """The action `destroy`."""
    await io.hook(PERFORM_DESTROY, view, await io.hook(GET_OBJECT, view))
    return Response(status=view.success_status or 204)


GET_QUERYSET = Hook(get_queryset, "get_queryset", "get_queryset")
FILTER_QUERYSET = Hook(filter_queryset, "filter_queryset")
GET_OBJECT = Hook(get_object, "get_object")
PAGINATE_QUERYSET = Hook(paginate_queryset, "paginate_queryset")
GET_PAGINATED_RESPONSE = Hook(get_paginated_response, "get_paginated_response", "get_paginated_response")
VALIDATED_SERIALIZER = Hook(validated_serializer, "validated_serializer")
SERIALIZED_RESPONSE = Hook(serialized_response, "serialized_response")
PAGINATED_RESPONSE = Hook(paginated_response, "paginated_response")
PERFORM_CREATE = Hook(perform_create, "perform_create")
PERFORM_UPDATE = Hook(perform_update, "perform_update")
PERFORM_DESTROY = Hook(perform_destroy, "perform_destroy")
