"""The fields of a response that read what a `PostFetch` attaches."""

from collections.abc import Iterator
from typing import Any

from drf_spectacular.plumbing import append_meta
from drf_spectacular.utils import Direction

from restflow.spectacular import _notes, _post_fetches, _views
from restflow.spectacular._operations.serializers import WithSerializers


class WithAttached(WithSerializers):
    """Derives the shape of a field that has none of its own from the post-fetch that fills it."""

    def _forget(self) -> None:
        super()._forget()
        self._post_fetches: dict[str, Any] | None = None

    def _attached(self) -> dict[str, Any]:
        if self._post_fetches is None:
            self._post_fetches = _post_fetches.of_view(self.view) if _views.speaks_restflow(self.view) else {}
        return self._post_fetches

    def _map_serializer_field(self, field: Any, direction: Direction, bypass_extensions: bool = False) -> Any:
        drf_spectacular: Any = super()
        if direction == "response" and self._attached() and self._is_of_response(field):
            post_fetch = self._attached().get(_post_fetches.attribute_of(field) or "")
            if post_fetch is not None:
                meta = drf_spectacular._get_serializer_field_meta(field, direction)
                return append_meta(_post_fetches.shape(post_fetch, self), meta)
        return drf_spectacular._map_serializer_field(field, direction, bypass_extensions)

    def _is_of_response(self, field: Any) -> bool:
        return field.parent is not None and type(field.parent) is type(self._own_serializer("response"))

    def _claim_shapes(self) -> None:
        """Warns where another operation has described the same field of the serializer otherwise."""
        for field, post_fetch in self._fields_attached():
            name = f"{type(field.parent).__qualname__}.{field.field_name}"
            shape = _post_fetches.shape(post_fetch, self)
            remedy = "Declare it on the field, or use two serializers."
            _notes.claim(self.registry, "attribute", name, shape, f"{self.method} {self.path}", remedy)

    def _fields_attached(self) -> Iterator[tuple[Any, Any]]:
        serializer = self._own_serializer("response") if self._attached() else None
        for field in getattr(serializer, "fields", {}).values():
            post_fetch = self._attached().get(_post_fetches.attribute_of(field) or "")
            if post_fetch is not None:
                yield field, post_fetch
