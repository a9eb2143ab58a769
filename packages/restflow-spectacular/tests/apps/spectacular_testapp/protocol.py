"""Views, filter sets and the like that speak restflow's protocols, without its other packages."""

from types import GenericAlias, MappingProxyType

from django.http import StreamingHttpResponse
from rest_framework import generics, mixins, serializers, views, viewsets
from rest_framework.filters import BaseFilterBackend
from rest_framework.pagination import CursorPagination, PageNumberPagination

from spectacular_testapp.models import Author, Book, Note


class ActionConfig:
    def __init__(self, **overrides):
        self.overrides = MappingProxyType(overrides)


class Split:
    request_serializer_class = None
    response_serializer_class = None
    serializer_class = None
    filterset_class = None
    pagination_class = None
    action_configs = {}
    __class_getitem__ = classmethod(GenericAlias)

    def _configured(self, name):
        config = self.action_configs.get(getattr(self, "action", None))
        if config is not None and name in config.overrides:
            return config.overrides[name]
        return getattr(self, name, None)

    def get_serializer_class(self):
        return self._configured("serializer_class")

    def get_request_serializer_class(self):
        return self._configured("request_serializer_class") or self.get_serializer_class()

    def get_response_serializer_class(self):
        return self._configured("response_serializer_class") or self.get_serializer_class()

    def get_pagination_class(self):
        return self._configured("pagination_class")

    def get_filterset_class(self):
        return self._configured("filterset_class")

    def get_serializer(self, *args, **kwargs):
        raise TypeError("no serializer class")


class APIView(Split, views.APIView):
    pass


class ModelViewSet(Split, viewsets.ModelViewSet):
    pass


class ListCreateAPIView(Split, mixins.ListModelMixin, mixins.CreateModelMixin, generics.GenericAPIView):
    async def get(self, request):
        raise AssertionError("generation runs no handler")

    async def post(self, request):
        raise AssertionError("generation runs no handler")


class FastPageNumberPagination(PageNumberPagination):
    page_size = 20

    def get_paginated_response_schema(self, schema):
        return {
            "type": "object",
            "required": ["results", "next"],
            "properties": {"next": {"type": "string", "nullable": True}, "results": schema},
        }


class PagePagination(PageNumberPagination):
    page_size = 20


class ByIdPagination(CursorPagination):
    page_size = 20
    ordering = "id"


class BookFilterSet:
    built = 0

    @classmethod
    def get_schema_operation_parameters(cls, view=None):
        cls.built += 1
        return [
            {"name": name, "in": "query", "required": False, "schema": {"type": "string"}}
            for name in ("title", "title!", "author")
        ]


class FilterBackend(BaseFilterBackend):
    def get_filterset_class(self, view, queryset=None):
        return view.get_filterset_class()

    def get_schema_operation_parameters(self, view):
        return self.get_filterset_class(view).get_schema_operation_parameters(view)


class SSEResponse(StreamingHttpResponse):
    media_type = "text/event-stream"
    stream_format = "sse"


class NDJSONResponse(StreamingHttpResponse):
    media_type = "application/x-ndjson"
    stream_format = "ndjson"


class ArrayResponse(StreamingHttpResponse):
    media_type = "application/json"
    stream_format = "array"


class AuthorSerializer(serializers.ModelSerializer):
    class Meta:
        model = Author
        fields = ["id", "name"]


class BookSerializer(serializers.ModelSerializer):
    class Meta:
        model = Book
        fields = ["id", "title", "author"]


class BookRowSerializer(serializers.ModelSerializer):
    class Meta:
        model = Book
        fields = ["id", "title"]


class NoteSerializer(serializers.ModelSerializer):
    class Meta:
        model = Note
        fields = ["id", "text"]


class Envelope:
    """An exception handler that describes its bodies."""

    def __init__(self):
        self.schema_name = "ErrorEnvelope"
        self.media_type = "application/json"
        self.error_schema = {
            "type": "object",
            "required": ["error"],
            "properties": {"error": {"type": "object", "properties": {"code": {"type": "string"}}}},
        }

    def __call__(self, exc, context):
        raise AssertionError("generation handles no exception")


envelope = Envelope()
