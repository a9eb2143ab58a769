"""What restflow's views, permissions and the document promise together."""

import pytest
from asgiref.sync import async_to_sync
from django.contrib.auth.models import AnonymousUser
from django.test import AsyncRequestFactory, override_settings
from django.urls import path
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.request import Request
from rest_framework.test import APIRequestFactory

from restflow.permissions import BasePermission
from restflow.responses import Response
from restflow.serializers import Serializer
from restflow.spectacular import RestflowAutoSchema
from restflow.views import AsyncAPIView, AsyncViewSet

REST_FRAMEWORK = {"DEFAULT_SCHEMA_CLASS": "restflow.spectacular.RestflowAutoSchema"}


class Note(Serializer):
    text: str


class Nobody(BasePermission):
    async def ahas_permission(self, request, view):
        return False


class Everybody(BasePermission):
    async def ahas_permission(self, request, view):
        return True


class Notes(AsyncAPIView):
    authentication_classes = ()
    schema = RestflowAutoSchema()
    response_serializer_class = Note

    async def get(self, request):
        raise AssertionError


@pytest.mark.parametrize(("permission", "shown"), [(Nobody, False), (Everybody, True)])
def test_a_document_for_one_user_leaves_out_what_an_async_permission_refuses(permission, shown):
    patterns = [path("notes/", Notes.as_view(permission_classes=[permission]))]
    request = Request(APIRequestFactory().get("/schema/"))
    request.user = AnonymousUser()
    document = SchemaGenerator(patterns=patterns).get_schema(request=request, public=False)
    assert ("/notes/" in document["paths"]) is shown


def test_async_actions_that_extend_schema_view_has_wrapped_are_served():
    class Base(AsyncViewSet):
        authentication_classes = permission_classes = ()
        response_serializer_class = Note

        async def list(self, request):
            return Response({"text": "as it was"})

    with override_settings(REST_FRAMEWORK=REST_FRAMEWORK):

        @extend_schema_view(list=extend_schema(summary="All notes"))
        class Wrapped(Base):
            pass

        view = Wrapped.as_view({"get": "list"})
        document = SchemaGenerator(patterns=[path("notes/", view)]).get_schema(public=True)
    assert document["paths"]["/notes/"]["get"]["summary"] == "All notes"
    answer = async_to_sync(view)(AsyncRequestFactory().get("/notes/"))
    assert answer.data == {"text": "as it was"}
