"""Generic views: the CRUD actions bound to HTTP methods, nine combinations of each kind."""

from typing import Any

from django.db.models import QuerySet
from rest_framework.generics import GenericAPIView as DRFGenericAPIView

from restflow.views import _steps, mixins
from restflow.views._models import M, OfModel
from restflow.views._serving import owns_transactions, serve
from restflow.views.base import APIView, AsyncAPIView


class GenericHooks(OfModel[M]):
    """REST framework's hooks of a view over a queryset, each with an async face."""

    sync_equivalent = True
    default_faces = True

    def get_queryset(self) -> QuerySet[M]:
        """The rows that the view is about; an override may be `async def`."""
        queryset: QuerySet[M] = _steps.GET_QUERYSET.run(self, GenericHooks)
        return queryset

    def get_object(self) -> M:
        """The row that the URL names, after filters and object permissions; 404 where there is none."""
        found: M = _steps.GET_OBJECT.run(self, GenericHooks)
        return found

    async def aget_object(self) -> M:
        """The async twin of `get_object`."""
        found: M = await _steps.GET_OBJECT.arun(self, GenericHooks)
        return found

    def filter_queryset(self, queryset: Any) -> Any:
        """The queryset after the filter backends."""
        return _steps.FILTER_QUERYSET.run(self, GenericHooks, queryset)

    async def afilter_queryset(self, queryset: Any) -> Any:
        """The async twin of `filter_queryset`."""
        return await _steps.FILTER_QUERYSET.arun(self, GenericHooks, queryset)

    def paginate_queryset(self, queryset: Any) -> Any:
        """One page as a list, or `None` without pagination."""
        return _steps.PAGINATE_QUERYSET.run(self, GenericHooks, queryset)

    async def apaginate_queryset(self, queryset: Any) -> Any:
        """The async twin of `paginate_queryset`."""
        return await _steps.PAGINATE_QUERYSET.arun(self, GenericHooks, queryset)

    def get_paginated_response(self, data: Any) -> Any:
        """The page in its envelope; an override may be `async def`."""
        return _steps.GET_PAGINATED_RESPONSE.run(self, GenericHooks, data)


class GenericAPIView(GenericHooks[M], APIView[M], DRFGenericAPIView[M]):
    """A view over a queryset, whose handlers are sync."""

    pagination_class = DRFGenericAPIView.pagination_class


class AsyncGenericAPIView(GenericHooks[M], AsyncAPIView[M], DRFGenericAPIView[M]):
    """A view over a queryset, whose handlers are async."""

    pagination_class = DRFGenericAPIView.pagination_class


# Each HTTP method hands over to its action, which a subclass may replace; on an async view by a sync method too.


class _ListOnGet(mixins.ListModelMixin[M]):
    def get(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        return self.list(request, *args, **kwargs)


class _RetrieveOnGet(mixins.RetrieveModelMixin[M]):
    def get(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        return self.retrieve(request, *args, **kwargs)


class _CreateOnPost(mixins.CreateModelMixin[M]):
    def post(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        return self.create(request, *args, **kwargs)


class _UpdateOnPut(mixins.UpdateModelMixin[M]):
    def put(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        return self.update(request, *args, **kwargs)

    def patch(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        return self.partial_update(request, *args, **kwargs)


class _DestroyOnDelete(mixins.DestroyModelMixin[M]):
    def delete(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        return self.destroy(request, *args, **kwargs)


class _AsyncListOnGet(mixins.AsyncListModelMixin[M]):
    @owns_transactions
    async def get(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        return await serve(self, self.list, request, *args, **kwargs)


class _AsyncRetrieveOnGet(mixins.AsyncRetrieveModelMixin[M]):
    @owns_transactions
    async def get(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        return await serve(self, self.retrieve, request, *args, **kwargs)


class _AsyncCreateOnPost(mixins.AsyncCreateModelMixin[M]):
    @owns_transactions
    async def post(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        return await serve(self, self.create, request, *args, **kwargs)


class _AsyncUpdateOnPut(mixins.AsyncUpdateModelMixin[M]):
    @owns_transactions
    async def put(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        return await serve(self, self.update, request, *args, **kwargs)

    @owns_transactions
    async def patch(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        return await serve(self, self.partial_update, request, *args, **kwargs)


class _AsyncDestroyOnDelete(mixins.AsyncDestroyModelMixin[M]):
    @owns_transactions
    async def delete(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        return await serve(self, self.destroy, request, *args, **kwargs)


class ListAPIView(_ListOnGet[M], GenericAPIView[M]):
    """Lists a queryset."""


class CreateAPIView(_CreateOnPost[M], GenericAPIView[M]):
    """Creates an object."""


class RetrieveAPIView(_RetrieveOnGet[M], GenericAPIView[M]):
    """Shows one object."""


class UpdateAPIView(_UpdateOnPut[M], GenericAPIView[M]):
    """Changes one object."""


class DestroyAPIView(_DestroyOnDelete[M], GenericAPIView[M]):
    """Deletes one object."""


class ListCreateAPIView(_ListOnGet[M], _CreateOnPost[M], GenericAPIView[M]):
    """Lists a queryset and creates an object."""


class RetrieveUpdateAPIView(_RetrieveOnGet[M], _UpdateOnPut[M], GenericAPIView[M]):
    """Shows and changes one object."""


class RetrieveDestroyAPIView(_RetrieveOnGet[M], _DestroyOnDelete[M], GenericAPIView[M]):
    """Shows and deletes one object."""


class RetrieveUpdateDestroyAPIView(_RetrieveOnGet[M], _UpdateOnPut[M], _DestroyOnDelete[M], GenericAPIView[M]):
    """Shows, changes and deletes one object."""


class AsyncListAPIView(_AsyncListOnGet[M], AsyncGenericAPIView[M]):
    """Lists a queryset."""


class AsyncCreateAPIView(_AsyncCreateOnPost[M], AsyncGenericAPIView[M]):
    """Creates an object."""


class AsyncRetrieveAPIView(_AsyncRetrieveOnGet[M], AsyncGenericAPIView[M]):
    """Shows one object."""


class AsyncUpdateAPIView(_AsyncUpdateOnPut[M], AsyncGenericAPIView[M]):
    """Changes one object."""


class AsyncDestroyAPIView(_AsyncDestroyOnDelete[M], AsyncGenericAPIView[M]):
    """Deletes one object."""


class AsyncListCreateAPIView(_AsyncListOnGet[M], _AsyncCreateOnPost[M], AsyncGenericAPIView[M]):
    """Lists a queryset and creates an object."""


class AsyncRetrieveUpdateAPIView(_AsyncRetrieveOnGet[M], _AsyncUpdateOnPut[M], AsyncGenericAPIView[M]):
    """Shows and changes one object."""


class AsyncRetrieveDestroyAPIView(_AsyncRetrieveOnGet[M], _AsyncDestroyOnDelete[M], AsyncGenericAPIView[M]):
    """Shows and deletes one object."""


class AsyncRetrieveUpdateDestroyAPIView(
    _AsyncRetrieveOnGet[M], _AsyncUpdateOnPut[M], _AsyncDestroyOnDelete[M], AsyncGenericAPIView[M]
):
    """Shows, changes and deletes one object."""
