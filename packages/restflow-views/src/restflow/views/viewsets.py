"""Viewsets, sync and async: actions instead of HTTP methods, each with a config of its own where it needs one."""

from collections.abc import Mapping
from typing import Any, ClassVar

from asgiref.sync import markcoroutinefunction
from django.utils.decorators import classonlymethod
from rest_framework.request import Request as DRFRequest
from rest_framework.viewsets import ViewSetMixin as DRFViewSetMixin

from restflow.views import _declarations, mixins
from restflow.views._models import M, OfModel
from restflow.views._serving import refuse_async_handlers, take_over_transactions, without_requests_transaction
from restflow.views._transactions import TakenOver
from restflow.views.actions import ActionConfig
from restflow.views.base import APIView, AsyncAPIView
from restflow.views.checks import note_routes
from restflow.views.generics import AsyncGenericAPIView, GenericAPIView

_MISSING: Any = object()


class ActionsMixin(DRFViewSetMixin, OfModel[M]):
    """What viewsets of both kinds share: the current action, and its config laid over the view's attributes."""

    action_configs: ClassVar[Mapping[str, ActionConfig]] = {}
    """Overrides by action. A subclass that assigns it replaces it; extend with `{**Base.action_configs, ...}`."""

    _action: str | None = None
    _covered: Mapping[str, Any] = {}

    @property  # type: ignore[override]
    def action(self) -> str | None:
        """The current action's name; setting it lays that action's config over the instance's attributes."""
        return self._action

    @action.setter
    def action(self, name: str | None) -> None:
        if name == self._action:
            return
        for attribute, value in self._covered.items():
            if value is _MISSING:
                self.__dict__.pop(attribute, None)
            else:
                self.__dict__[attribute] = value
        self._action = name
        config = self.action_configs.get(name) if name is not None else None
        overrides = config.overrides if config is not None else {}
        self._covered = {attribute: self.__dict__.get(attribute, _MISSING) for attribute in overrides}
        self.__dict__.update(overrides)

    @property
    def request(self) -> Any:
        """The request. A clone for another method, as forms and metadata make them, brings that method's action."""
        try:
            return self.__dict__["request"]
        except KeyError:
            raise AttributeError("request") from None

    @request.setter
    def request(self, request: Any) -> None:
        self.__dict__["request"] = request
        if isinstance(request, DRFRequest) and getattr(self, "action_map", None):
            self.action = self._action_for(request.method)

    def _action_for(self, method: str | None) -> str | None:
        method = (method or "").lower()
        action_map: dict[str, str] = self.action_map
        return "metadata" if method == "options" else action_map.get(method)

    def initialize_request(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        """The request, made when the action is known, so that its parsers and authenticators are the action's."""
        self.action = self._action_for(request.method)
        return super().initialize_request(request, *args, **kwargs)

    def get_throttle_scope(self) -> str | None:
        """The scope for scoped throttles: the action's, else the view's `throttle_scope`."""
        return getattr(self, "throttle_scope", None)


class ViewSetMixin(ActionsMixin[M]):
    """Binds HTTP methods to the actions of a sync viewset."""

    @classonlymethod
    def as_view(cls, actions: Any = None, **initkwargs: Any) -> Any:  # noqa: N805
        """The view function; `ImproperlyConfigured` for unknown or async actions and bad `action_configs`."""
        routes = dict(actions or {})
        _declarations.check_configs(cls)
        _declarations.check_actions(cls, routes)
        refuse_async_handlers(cls, list(routes.values()))
        taken = TakenOver() if _some_action_is_not_atomic(cls, routes) else None
        view = super().as_view(actions, **initkwargs, _transactions_taken_over=taken)
        note_routes(cls, routes)
        if taken is not None:
            return take_over_transactions(view, taken, initkwargs)
        view.initkwargs = initkwargs  # type: ignore[attr-defined]
        return without_requests_transaction(view) if cls.atomic is False else view  # type: ignore[attr-defined]


def _some_action_is_not_atomic(viewset: Any, routes: dict[str, str]) -> bool:
    """Whether Django, which knows no actions, cannot be left to open the transactions of `ATOMIC_REQUESTS`."""
    configs = [viewset.action_configs.get(action) for action in routes.values()]
    return any(config is not None and config.atomic is False for config in configs)


class AsyncViewSetMixin(ActionsMixin[M]):
    """Binds HTTP methods to the actions of an async viewset, which may be sync methods too."""

    @classonlymethod
    def as_view(cls, actions: Any = None, **initkwargs: Any) -> Any:  # noqa: N805
        """The view, as a coroutine function; `ImproperlyConfigured` for unknown actions and bad `action_configs`."""
        routes = dict(actions or {})
        _declarations.check_configs(cls)
        _declarations.check_actions(cls, routes)
        _declarations.check_atomic_actions(cls, routes.values())
        taken = TakenOver()
        view = super().as_view(actions, **initkwargs, _transactions_taken_over=taken)
        note_routes(cls, routes)
        markcoroutinefunction(view)
        return take_over_transactions(view, taken, initkwargs)


class ViewSet(ViewSetMixin[M], APIView[M]):
    """A sync viewset without a model."""


class GenericViewSet(ViewSetMixin[M], GenericAPIView[M]):
    """A sync viewset over a queryset, with no action yet."""


class ReadOnlyModelViewSet(mixins.RetrieveModelMixin[M], mixins.ListModelMixin[M], GenericViewSet[M]):
    """Lists and shows."""


class ModelViewSet(
    mixins.CreateModelMixin[M],
    mixins.RetrieveModelMixin[M],
    mixins.UpdateModelMixin[M],
    mixins.DestroyModelMixin[M],
    mixins.ListModelMixin[M],
    GenericViewSet[M],
):
    """Lists, shows, creates, changes and deletes."""


class AsyncViewSet(AsyncViewSetMixin[M], AsyncAPIView[M]):
    """An async viewset without a model."""


class AsyncGenericViewSet(AsyncViewSetMixin[M], AsyncGenericAPIView[M]):
    """An async viewset over a queryset, with no action yet."""


class AsyncReadOnlyModelViewSet(
    mixins.AsyncRetrieveModelMixin[M], mixins.AsyncListModelMixin[M], AsyncGenericViewSet[M]
):
    """Lists and shows."""


class AsyncModelViewSet(
    mixins.AsyncCreateModelMixin[M],
    mixins.AsyncRetrieveModelMixin[M],
    mixins.AsyncUpdateModelMixin[M],
    mixins.AsyncDestroyModelMixin[M],
    mixins.AsyncListModelMixin[M],
    AsyncGenericViewSet[M],
):
    """Lists, shows, creates, changes and deletes."""
