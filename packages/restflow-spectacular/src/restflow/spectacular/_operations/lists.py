"""Which operations answer with a list, and the pages of it."""

from typing import Any

from drf_spectacular.plumbing import is_basic_type, is_jsonschema_compliant, is_list_serializer
from rest_framework.generics import GenericAPIView

from restflow.spectacular import _fields, _notes, _views
from restflow.spectacular._in_place import is_nameless
from restflow.spectacular._operations.serializers import WithSerializers

_DJANGO_ENVELOPE = frozenset({"count", "next", "previous", "results"})


class WithLists(WithSerializers):
    """Tells lists by what the action declares, and names pages by item and envelope."""

    def _forget(self) -> None:
        super()._forget()
        self._paginators: dict[Any, tuple[Any, frozenset[str]]] = {}

    def resolved_pagination_class(self) -> Any:
        """The paginator class in effect for the action, `None` without pagination."""
        return _views.pagination_class(self.view)

    def should_paginate(self) -> bool:
        """Whether the operation answers with a page."""
        return self._get_paginator() is not None and self._is_list_view()

    def _is_list_view(self, serializer: Any = None) -> bool:
        if not _views.speaks_restflow(self.view):
            return bool(super()._is_list_view(serializer))
        found, own = self._responses_asked()
        if own and (serializer is None or serializer is found):
            return is_list_serializer(found) or _views.lists(self.view, self.method, self.path)
        serializer = found if serializer is None else serializer
        if isinstance(serializer, dict) and serializer:
            serializer = min(serializer.items(), key=lambda item: str(item[0]))[1]
        if is_list_serializer(serializer) or is_basic_type(serializer):
            return is_list_serializer(serializer)
        if own or isinstance(self.view, GenericAPIView):  # as drf-spectacular finds REST framework's classes
            return _views.lists(self.view, self.method, self.path)
        return bool(super()._is_list_view(serializer))

    def _get_paginator(self) -> Any:
        return self._paginator()[0]

    def _paginator(self) -> tuple[Any, frozenset[str]]:
        """The paginator and the keys of its envelope; without one that can be described, nothing."""
        pagination_class = self.resolved_pagination_class()
        if not pagination_class:
            return None, frozenset()
        if pagination_class not in self._paginators:
            paginator = pagination_class()
            try:
                envelope = paginator.get_paginated_response_schema({})
            except Exception as error:  # a paginator of the project
                self._warn_of(pagination_class, "get_paginated_response_schema", error)
                self._paginators[pagination_class] = None, frozenset()
            else:
                if is_jsonschema_compliant() and _views.speaks_restflow(self.view):
                    describe = paginator.get_paginated_response_schema
                    paginator.get_paginated_response_schema = lambda schema: _fields.with_null_types(describe(schema))
                self._paginators[pagination_class] = paginator, frozenset(envelope.get("properties", ()))
        return self._paginators[pagination_class]

    def get_paginated_name(self, serializer_name: str) -> str:
        """The name of a page's component: by the item and the envelope, and by nothing else."""
        paginator, envelope = self._paginator()
        if is_nameless(self._own_serializer("response")):
            serializer_name = "".join(word.capitalize() for word in self.get_operation_id().split("_"))
        if envelope == _DJANGO_ENVELOPE or paginator is None:
            return str(super().get_paginated_name(serializer_name))
        kind = type(paginator)
        name = f"{kind.__name__.removesuffix('Pagination')}{serializer_name}List"
        _notes.claim(self.registry, "page", name, envelope, kind)
        return name
