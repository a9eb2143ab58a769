"""What goes into and out of a view: serializer classes, their context, and the helpers that answer with them."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from rest_framework.serializers import Serializer

from restflow.core import ConfigError
from restflow.responses import Response
from restflow.views import _steps

Headers = Mapping[str, str]


class APIViewHelpersMixin:
    """Serializers by direction, validation of input, and responses of one object, of many, or of a page.

    Of each helper there is a sync and an async face; an async view's sync handlers use the sync ones.
    """

    sync_equivalent = True
    default_faces = True

    serializer_class: Any = None
    """Both directions, where none of the two below says otherwise."""
    request_serializer_class: Any = None
    response_serializer_class: Any = None
    pagination_class: Any = None
    filterset_class: Any = None
    post_fetches: Sequence[Any] = ()
    """What the helpers attach to objects before they are serialized, in order: see `PostFetch`."""
    success_status: int | None = None
    """Status of a helper's response where the call gives none; `None` is the action's own (200, 201, 204)."""

    _for_forms = False  # once the response stands, forms and metadata ask for the serializer of the input

    def get_serializer_class(self) -> Any:
        """The serializer class for both directions, or `None`."""
        return self.serializer_class

    def get_request_serializer_class(self) -> Any:
        """The serializer class of the input, or `None`."""
        return self.request_serializer_class or self.get_serializer_class()

    def get_response_serializer_class(self) -> Any:
        """The serializer class of the output, or `None`."""
        return self.response_serializer_class or self.get_serializer_class()

    def get_pagination_class(self) -> Any:
        """The pagination class, or `None` for no pagination."""
        return self.pagination_class

    def get_filterset_class(self) -> Any:
        """The filter set class for the filter backends, or `None`."""
        return self.filterset_class

    def get_post_fetches(self) -> Sequence[Any]:
        """The post-fetches of the helpers; runs in the crossing, so it may query."""
        return self.post_fetches

    @property
    def paginator(self) -> Any:
        """The paginator of this request, made at first use; `None` without pagination."""
        if "_paginator" not in self.__dict__:
            paginator_class = self.get_pagination_class()
            self._paginator = None if paginator_class is None else paginator_class()
        return self._paginator

    @paginator.setter
    def paginator(self, value: Any) -> None:
        self._paginator = value

    def get_context(self) -> dict[str, Any]:
        """The context of the view's serializers."""
        return self.get_serializer_context()

    def get_serializer_context(self) -> dict[str, Any]:
        """REST framework's context: request, format suffix and view."""
        view: Any = self
        return {"request": view.request, "format": getattr(view, "format_kwarg", None), "view": view}

    def get_serializer(
        self,
        *args: Any,
        serializer_class: Any = None,
        direction: Literal["request", "response"] | None = None,
        **kwargs: Any,
    ) -> Any:
        """A serializer of the given class, else of the direction's, else of both directions'.

        `ImproperlyConfigured` where the view names none.
        """
        if serializer_class is None:
            if direction is None and self._for_forms:
                direction = "request"
            getter = f"get_{direction}_serializer_class" if direction else "get_serializer_class"
            serializer_class = getattr(self, getter)()
            if serializer_class is None:
                if not self._for_forms:
                    raise self._without_serializer_class(direction)
                serializer_class = Serializer  # a form or a description of no fields
        if "context" not in kwargs:
            kwargs["context"] = self.get_context()
        return serializer_class(*args, **kwargs)

    def _without_serializer_class(self, direction: str | None) -> ConfigError:
        action = getattr(self, "action", None)
        where = f"{type(self).__qualname__}, action {action!r}" if action else type(self).__qualname__
        attributes = [f"{direction}_serializer_class"] if direction else []
        looked_at = " nor ".join([*attributes, "serializer_class"])
        return ConfigError(
            f"{where}: neither {looked_at} is set." if attributes else f"{where}: {looked_at} is not set.",
            hint=f"Set one, or override get_{attributes[0]}()." if attributes else "Set it, or override its getter.",
        )

    def validated_serializer(self, *, data: Any = None, serializer_class: Any = None, **kwargs: Any) -> Any:
        """A valid serializer of `data` (default: the request's); invalid data raise `ValidationError`.

        Other keyword arguments (`instance=`, `partial=`, `many=`, `context=`) go to the serializer.
        """
        return _steps.VALIDATED_SERIALIZER.run(
            self, APIViewHelpersMixin, data=data, serializer_class=serializer_class, **kwargs
        )

    async def avalidated_serializer(self, *, data: Any = None, serializer_class: Any = None, **kwargs: Any) -> Any:
        """The async twin of `validated_serializer`; parsing and validation share one crossing."""
        return await _steps.VALIDATED_SERIALIZER.arun(
            self, APIViewHelpersMixin, data=data, serializer_class=serializer_class, **kwargs
        )

    def serialized_response(
        self,
        instance: Any,
        *,
        many: bool = False,
        status: int | None = None,
        serializer_class: Any = None,
        post_fetches: Sequence[Any] | None = None,
        headers: Headers | None = None,
    ) -> Response:
        """A response of `instance`: a model instance, a mapping, or with `many=True` any iterable, read once.

        Without `status` it is the view's or action's `success_status`, else 200. `post_fetches` stand in for the
        view's, and an empty sequence for none.
        """
        response: Response = _steps.SERIALIZED_RESPONSE.run(
            self,
            APIViewHelpersMixin,
            instance,
            many=many,
            status=status,
            serializer_class=serializer_class,
            post_fetches=post_fetches,
            headers=headers,
        )
        return response

    async def aserialized_response(
        self,
        instance: Any,
        *,
        many: bool = False,
        status: int | None = None,
        serializer_class: Any = None,
        post_fetches: Sequence[Any] | None = None,
        headers: Headers | None = None,
    ) -> Response:
        """The async twin of `serialized_response`; one crossing."""
        response: Response = await _steps.SERIALIZED_RESPONSE.arun(
            self,
            APIViewHelpersMixin,
            instance,
            many=many,
            status=status,
            serializer_class=serializer_class,
            post_fetches=post_fetches,
            headers=headers,
        )
        return response

    def paginated_response(
        self,
        queryset: Any,
        *,
        serializer_class: Any = None,
        pagination_class: Any = None,
        post_fetches: Sequence[Any] | None = None,
        headers: Headers | None = None,
    ) -> Response:
        """A response of the requested page of a queryset or list, or of all where nothing pages.

        `pagination_class` stands in for the view's; the paginator used is `self.paginator` afterwards. `post_fetches`
        is as in `serialized_response`.
        """
        response: Response = _steps.PAGINATED_RESPONSE.run(
            self,
            APIViewHelpersMixin,
            queryset,
            serializer_class=serializer_class,
            pagination_class=pagination_class,
            post_fetches=post_fetches,
            headers=headers,
        )
        return response

    async def apaginated_response(
        self,
        queryset: Any,
        *,
        serializer_class: Any = None,
        pagination_class: Any = None,
        post_fetches: Sequence[Any] | None = None,
        headers: Headers | None = None,
    ) -> Response:
        """The async twin of `paginated_response`; one crossing."""
        response: Response = await _steps.PAGINATED_RESPONSE.arun(
            self,
            APIViewHelpersMixin,
            queryset,
            serializer_class=serializer_class,
            pagination_class=pagination_class,
            post_fetches=post_fetches,
            headers=headers,
        )
        return response
