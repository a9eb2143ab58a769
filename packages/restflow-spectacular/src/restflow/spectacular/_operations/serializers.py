"""The serializers of an operation, by direction, and the model behind them."""

from typing import Any

from django.db.models import Model
from drf_spectacular.drainage import warn
from drf_spectacular.plumbing import build_serializer_context
from drf_spectacular.utils import Direction
from rest_framework.generics import GenericAPIView

from restflow.spectacular import _views
from restflow.spectacular._operations.view import OfView


class WithSerializers(OfView):
    """Finds the serializers as the view does at run time: each direction by itself first, then the common one."""

    def _forget(self) -> None:
        super()._forget()
        self._serializers: dict[str, Any] = {}
        self._asked_own_responses = False

    def restflow_serializer_class(self) -> Any:
        """The response serializer's class, `None` where the view declares none."""
        return _views.serializer_class(self.view, "response")

    def _model(self) -> type[Model] | None:
        return _views.model_of(self.view, self._own_serializer("response"), self._own_serializer("request"))

    def _own_serializer(self, direction: Direction) -> Any:
        if direction not in self._serializers:
            self._serializers[direction] = self._find_serializer(direction)
        return self._serializers[direction]

    def _find_serializer(self, direction: Direction) -> Any:
        if not _views.speaks_restflow(self.view):
            return None
        found = _views.serializer_class(self.view, direction)
        if found is None:
            return _views.ask(self.view, "get_serializer")
        if not isinstance(found, type):
            return found
        try:
            return found(context=build_serializer_context(self.view))
        except Exception as error:  # whatever the serializer's constructor needs
            warn(f"{self.method} {self.path}: {found.__qualname__} cannot be made for the document: {error!r}.")
            return None

    def _get_serializer(self) -> Any:
        view = self.view
        silent = self._returned_class() is not None and not isinstance(view, GenericAPIView)
        if silent and not any(hasattr(view, name) for name in ("get_serializer", "serializer_class")):
            return None
        if "either" not in self._serializers:
            drf_spectacular: Any = super()
            self._serializers["either"] = drf_spectacular._get_serializer()
        return self._serializers["either"]

    def get_request_serializer(self) -> Any:
        """The request serializer, by the view's own order; an empty mapping, for no body, where there is none."""
        if not _views.speaks_restflow(self.view):
            return super().get_request_serializer() if self._returned_class() is None else self._get_serializer() or {}
        found = self._own_serializer("request")
        return {} if found is None else found

    def get_response_serializers(self) -> Any:
        """The response serializer, by the view's own order; `None` where there is none."""
        self._asked_own_responses = True
        if not _views.speaks_restflow(self.view):
            return super().get_response_serializers()
        return self._own_serializer("response")

    def _responses_asked(self) -> tuple[Any, bool]:
        """The response serializers, and whether they are the view's: not declared by `@extend_schema`."""
        self._asked_own_responses = False
        found = self.get_response_serializers()
        return found, self._asked_own_responses
