"""Cached handlers of Django REST Framework: views, viewsets, extra actions and function views."""

import pytest
from django.contrib.auth.models import AnonymousUser, User

pytest.importorskip("rest_framework")

from rest_framework import permissions, serializers, throttling, viewsets
from rest_framework.decorators import action, api_view
from rest_framework.renderers import BrowsableAPIRenderer, JSONRenderer
from rest_framework.response import Response
from rest_framework.test import APIRequestFactory, force_authenticate
from rest_framework.views import APIView

from restflow.caching import cache_response

ANN, BOB = User(pk=1, username="ann"), User(pk=2, username="bob")
runs = []


@pytest.fixture(autouse=True)
def _no_runs():
    runs.clear()


def get(view, user=None, path="/x/", method="get", **kwargs):
    accept = kwargs.pop("accept", "application/json")
    request = getattr(APIRequestFactory(), method)(path, headers={"Accept": accept})
    force_authenticate(request, user=user or AnonymousUser())
    response = view(request, **kwargs)
    return response if response.streaming or getattr(response, "is_rendered", True) else response.render()


class OnlyAnn(permissions.BasePermission):
    def has_permission(self, request, view):
        return request.user.pk == ANN.pk


class Items(APIView):
    renderer_classes = (JSONRenderer, BrowsableAPIRenderer)

    @cache_response(ttl=60, set_cache_headers=True)
    def get(self, request, pk):
        runs.append(pk)
        return Response({"run": len(runs), "user": request.user.pk})


class Guarded(Items):
    permission_classes = (OnlyAnn,)


class Public(APIView):
    permission_classes = (OnlyAnn,)

    @cache_response(public=True)
    def get(self, request):
        runs.append(1)
        return Response({"secret": len(runs)})


def test_two_users_never_see_each_others_answer():
    view = Items.as_view()
    for _ in range(2):
        assert get(view, ANN, pk="1").content == b'{"run":1,"user":1}'
        assert get(view, BOB, pk="1").content == b'{"run":2,"user":2}'
        assert get(view, pk="1").content == b'{"run":3,"user":null}'


@pytest.mark.parametrize("guarded", [Guarded, Public])
def test_a_denied_user_never_sees_a_cached_answer(guarded):
    view = guarded.as_view()
    kwargs = {"pk": "1"} if guarded is Guarded else {}
    assert get(view, ANN, **kwargs).status_code == 200
    assert get(view, ANN, **kwargs).status_code == 200
    assert len(runs) == 1
    assert get(view, BOB, **kwargs).status_code == 403
    assert get(view, **kwargs).status_code in (401, 403)


def test_views_that_inherit_a_cached_handler_have_entries_of_their_own():
    get(Items.as_view(), ANN, pk="1")
    assert get(Guarded.as_view(), ANN, pk="1").content == b'{"run":2,"user":1}'


def test_negotiated_media_types_are_kept_apart_and_headers_added_after_the_handler_stay():
    view = Items.as_view()
    first = get(view, ANN, pk="1")
    second = get(view, ANN, pk="1")
    assert second["X-Cache-status"] == "HIT"
    for name in ("Content-Type", "Vary", "Allow", "ETag"):
        assert first[name] == second[name], name
    assert first["Content-Type"] == "application/json"


class CountingThrottle(throttling.BaseThrottle):
    asked = 0

    def allow_request(self, request, view):
        type(self).asked += 1
        return self.asked <= 2


def test_throttles_count_cached_answers():
    CountingThrottle.asked = 0

    class Throttled(Items):
        throttle_classes = (CountingThrottle,)

    statuses = [get(Throttled.as_view(), ANN, pk="1").status_code for _ in range(3)]
    assert statuses == [200, 200, 429]
    assert len(runs) == 1


class ItemViewSet(viewsets.ViewSet):
    @cache_response
    def retrieve(self, request, *args, **kwargs):
        runs.append(kwargs)
        return Response({"run": len(runs)})

    @action(detail=True)
    @cache_response
    def parts(self, request, pk=None):
        runs.append(pk)
        return Response({"parts": len(runs)})


def test_viewsets_and_extra_actions():
    retrieve, parts = ItemViewSet.as_view({"get": "retrieve"}), ItemViewSet.as_view({"get": "parts"})
    assert [extra.__name__ for extra in ItemViewSet.get_extra_actions()] == ["parts"]
    for _ in range(2):
        assert get(retrieve, ANN, pk="7").content == b'{"run":1}'
        assert get(parts, ANN, pk="7").content == b'{"parts":2}'
    ItemViewSet.retrieve.delete_by_prefix(pk=7)
    assert get(retrieve, ANN, pk="7").content == b'{"run":3}'
    assert get(parts, ANN, pk="7").content == b'{"parts":2}'


@api_view(["GET", "POST"])
@cache_response
def function_view(request, pk):
    runs.append(pk)
    return Response({"run": len(runs)})


def test_function_views():
    for _ in range(2):
        assert get(function_view, ANN, pk="1").content == b'{"run":1}'
    assert get(function_view, BOB, pk="1").content == b'{"run":2}'
    assert get(function_view, ANN, method="post", pk="1").content == b'{"run":3}'


def test_errors_are_not_stored():
    class Failing(APIView):
        @cache_response
        def get(self, request):
            runs.append(1)
            raise serializers.ValidationError("no")

    assert [get(Failing.as_view(), ANN).status_code for _ in range(2)] == [400, 400]
    assert len(runs) == 2
