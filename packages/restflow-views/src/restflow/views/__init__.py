"""`restflow.views`: class-based views, generic views and viewsets with a sync and an async face."""

from restflow.views.actions import ActionConfig
from restflow.views.base import APIView, AsyncAPIView
from restflow.views.bodies import APIViewHelpersMixin
from restflow.views.functions import api_view
from restflow.views.generics import (
    AsyncCreateAPIView,
    AsyncDestroyAPIView,
    AsyncGenericAPIView,
    AsyncListAPIView,
    AsyncListCreateAPIView,
    AsyncRetrieveAPIView,
    AsyncRetrieveDestroyAPIView,
    AsyncRetrieveUpdateAPIView,
    AsyncRetrieveUpdateDestroyAPIView,
    AsyncUpdateAPIView,
    CreateAPIView,
    DestroyAPIView,
    GenericAPIView,
    ListAPIView,
    ListCreateAPIView,
    RetrieveAPIView,
    RetrieveDestroyAPIView,
    RetrieveUpdateAPIView,
    RetrieveUpdateDestroyAPIView,
    UpdateAPIView,
)
from restflow.views.mixins import (
    AsyncCreateModelMixin,
    AsyncDestroyModelMixin,
    AsyncListModelMixin,
    AsyncRetrieveModelMixin,
    AsyncUpdateModelMixin,
    CreateModelMixin,
    DestroyModelMixin,
    ListModelMixin,
    RetrieveModelMixin,
    UpdateModelMixin,
)
from restflow.views.post_fetches import PostFetch
from restflow.views.viewsets import (
    AsyncGenericViewSet,
    AsyncModelViewSet,
    AsyncReadOnlyModelViewSet,
    AsyncViewSet,
    AsyncViewSetMixin,
    GenericViewSet,
    ModelViewSet,
    ReadOnlyModelViewSet,
    ViewSet,
    ViewSetMixin,
)

__all__ = [
    # base views
    "APIView",
    "AsyncAPIView",
    "APIViewHelpersMixin",
    # generic views
    "GenericAPIView",
    "AsyncGenericAPIView",
    "AsyncListAPIView",
    "AsyncCreateAPIView",
    "AsyncRetrieveAPIView",
    "AsyncUpdateAPIView",
    "AsyncDestroyAPIView",
    "AsyncListCreateAPIView",
    "AsyncRetrieveUpdateAPIView",
    "AsyncRetrieveDestroyAPIView",
    "AsyncRetrieveUpdateDestroyAPIView",
    "ListAPIView",
    "CreateAPIView",
    "RetrieveAPIView",
    "UpdateAPIView",
    "DestroyAPIView",
    "ListCreateAPIView",
    "RetrieveUpdateAPIView",
    "RetrieveDestroyAPIView",
    "RetrieveUpdateDestroyAPIView",
    # mixins
    "AsyncCreateModelMixin",
    "AsyncListModelMixin",
    "AsyncRetrieveModelMixin",
    "AsyncUpdateModelMixin",
    "AsyncDestroyModelMixin",
    "CreateModelMixin",
    "ListModelMixin",
    "RetrieveModelMixin",
    "UpdateModelMixin",
    "DestroyModelMixin",
    # viewsets
    "ViewSetMixin",
    "ViewSet",
    "GenericViewSet",
    "ReadOnlyModelViewSet",
    "ModelViewSet",
    "AsyncViewSetMixin",
    "AsyncViewSet",
    "AsyncGenericViewSet",
    "AsyncReadOnlyModelViewSet",
    "AsyncModelViewSet",
    # function views
    "api_view",
    # declarations
    "ActionConfig",
    "PostFetch",
]
