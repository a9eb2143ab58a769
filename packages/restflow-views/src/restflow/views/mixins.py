"""The five CRUD actions, sync and async: an action is one flow of steps, and the two kinds differ in its door."""

from collections.abc import Callable
from typing import Any

from rest_framework.settings import api_settings

from restflow.core import finish
from restflow.responses._work import AsyncWork, Flow, SyncWork
from restflow.views import _steps
from restflow.views._models import M, OfModel
from restflow.views._serving import owns_transactions, serve
from restflow.views._transactions import transactions


async def act(view: Any, flow: Callable[..., Flow], *args: Any) -> Any:
    """Runs an action of an async view: in one crossing, and in its transaction, where no step is async."""
    io = AsyncWork(transactions(view))
    return await io.run(flow(view, io, *args))


def act_sync(view: Any, flow: Callable[..., Flow], *args: Any) -> Any:
    """Runs an action in sync code; the view's dispatch has opened the transaction."""
    return finish(flow(view, SyncWork(f"the action of an async view, not that of {type(view).__qualname__},"), *args))


class CreateHooks(OfModel[M]):
    """What `create` lets a view override."""

    sync_equivalent = True
    default_faces = True

    def perform_create(self, serializer: Any) -> None:
        """Saves the new object."""
        _steps.PERFORM_CREATE.run(self, CreateHooks, serializer)

    async def aperform_create(self, serializer: Any) -> None:
        """The async twin of `perform_create`."""
        await _steps.PERFORM_CREATE.arun(self, CreateHooks, serializer)

    def get_success_headers(self, data: Any) -> dict[str, str]:
        """`Location`, where the response data has the object's own URL."""
        try:
            return {"Location": str(data[api_settings.URL_FIELD_NAME])}
        except (TypeError, KeyError):
            return {}


class UpdateHooks(OfModel[M]):
    """What `update` and `partial_update` let a view override."""

    sync_equivalent = True
    default_faces = True

    def perform_update(self, serializer: Any) -> None:
        """Saves the changed object."""
        _steps.PERFORM_UPDATE.run(self, UpdateHooks, serializer)

    async def aperform_update(self, serializer: Any) -> None:
        """The async twin of `perform_update`."""
        await _steps.PERFORM_UPDATE.arun(self, UpdateHooks, serializer)


class DestroyHooks(OfModel[M]):
    """What `destroy` lets a view override."""

    sync_equivalent = True
    default_faces = True

    def perform_destroy(self, instance: M) -> None:
        """Deletes the object."""
        _steps.PERFORM_DESTROY.run(self, DestroyHooks, instance)

    async def aperform_destroy(self, instance: M) -> None:
        """The async twin of `perform_destroy`."""
        await _steps.PERFORM_DESTROY.arun(self, DestroyHooks, instance)


class ListModelMixin(OfModel[M]):
    """Lists a queryset."""

    def list(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        """A page of the filtered queryset."""
        return act_sync(self, _steps.list_objects)


class RetrieveModelMixin(OfModel[M]):
    """Shows one object."""

    def retrieve(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        """The object that the URL names."""
        return act_sync(self, _steps.retrieve_object)


class CreateModelMixin(CreateHooks[M]):
    """Creates an object."""

    def create(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        """Stores a new object: 201."""
        return act_sync(self, _steps.create_object)


class UpdateModelMixin(UpdateHooks[M]):
    """Changes an object."""

    def update(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        """Stores the changed object."""
        return act_sync(self, _steps.update_object, kwargs.pop("partial", False))

    def partial_update(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        """Stores an object of which some fields are given."""
        return self.update(request, *args, **{**kwargs, "partial": True})


class DestroyModelMixin(DestroyHooks[M]):
    """Deletes an object."""

    def destroy(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        """Deletes the object: 204."""
        return act_sync(self, _steps.destroy_object)


class AsyncListModelMixin(OfModel[M]):
    """Lists a queryset."""

    @owns_transactions
    async def list(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        """A page of the filtered queryset."""
        return await act(self, _steps.list_objects)


class AsyncRetrieveModelMixin(OfModel[M]):
    """Shows one object."""

    @owns_transactions
    async def retrieve(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        """The object that the URL names."""
        return await act(self, _steps.retrieve_object)


class AsyncCreateModelMixin(CreateHooks[M]):
    """Creates an object."""

    @owns_transactions
    async def create(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        """Stores a new object: 201."""
        return await act(self, _steps.create_object)


class AsyncUpdateModelMixin(UpdateHooks[M]):
    """Changes an object."""

    @owns_transactions
    async def update(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        """Stores the changed object."""
        return await act(self, _steps.update_object, kwargs.pop("partial", False))

    @owns_transactions
    async def partial_update(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        """Stores an object of which some fields are given."""
        return await serve(self, self.update, request, *args, **{**kwargs, "partial": True})


class AsyncDestroyModelMixin(DestroyHooks[M]):
    """Deletes an object."""

    @owns_transactions
    async def destroy(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        """Deletes the object: 204."""
        return await act(self, _steps.destroy_object)
