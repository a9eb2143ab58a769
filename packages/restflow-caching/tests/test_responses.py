"""Cached responses: nobody sees another's, permissions always decide first, and what must not be stored is not."""

import asyncio
import json

import pytest
from asgiref.sync import async_to_sync
from caching_testapp.models import Author, Book
from django.contrib.auth.models import AnonymousUser, User
from django.contrib.sessions.backends.cache import SessionStore
from django.http import HttpResponse, JsonResponse, StreamingHttpResponse
from django.middleware.csrf import get_token
from django.test import AsyncRequestFactory, RequestFactory
from django.utils import translation

from restflow.caching import (
    CACHE_MISSING,
    CacheConfigError,
    CachedResponseWrapper,
    InvalidationRule,
    RequestValueKeyField,
    ResponseCacheKeyConstructor,
    cache_response,
)


class Site:
    """A plain Django view through one door, and who asks it."""

    def __init__(self, is_async):
        self.is_async = is_async
        self.runs = 0

    def request(self, path="/x/", user=None, session=None, method="get", **extra):
        factory = AsyncRequestFactory() if self.is_async else RequestFactory()
        headers, host = extra.pop("headers", {}), extra.pop("host", "testserver")
        request = getattr(factory, method)(path, headers=headers, **extra)
        request.META["HTTP_HOST"] = host
        request.user = user or AnonymousUser()
        if self.is_async:

            async def auser():
                return request.user

            request.auser = auser
        if session is not None:
            request.session = session
        return request

    def view(self, body=None, **options):
        def view(request, pk=1):
            self.runs += 1
            return body(request) if body else HttpResponse(f"run {self.runs}")

        if not self.is_async:
            return cache_response(**options)(view)

        async def aview(request, pk=1):
            return view(request, pk)

        return cache_response(**options)(aview)

    def get(self, view, *args, pk=1, **kwargs):
        request = self.request(*args, **kwargs)
        return async_to_sync(view)(request, pk=pk) if self.is_async else view(request, pk=pk)


@pytest.fixture(params=[False, True], ids=["sync", "async"])
def site(request):
    return Site(request.param)


ANN, BOB = User(pk=1, username="ann"), User(pk=2, username="bob")


def test_a_repeated_request_is_answered_without_the_view(site):
    view = site.view(set_cache_headers=True)
    first, second = site.get(view), site.get(view)
    assert isinstance(view, CachedResponseWrapper)
    assert second.content == first.content == b"run 1"
    assert type(second) is HttpResponse
    assert (first["X-Cache-status"], second["X-Cache-status"]) == ("MISS", "HIT")
    assert first["ETag"] == second["ETag"]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"user": ANN}, {"user": BOB}),
        ({"user": ANN}, {}),
        ({"headers": {"Authorization": "Token a"}}, {"headers": {"Authorization": "Token b"}}),
        ({"headers": {"Authorization": "Token a"}}, {}),
        ({"path": "/x/?a=1"}, {"path": "/x/?a=2"}),
        ({"path": "/x/"}, {"path": "/y/"}),
        ({"pk": 1}, {"pk": 2}),
        ({"host": "testserver"}, {"host": "localhost"}),
        ({"headers": {"Accept": "text/html"}}, {"headers": {"Accept": "application/json"}}),
        ({"headers": {"X-Tenant": "a"}}, {"headers": {"X-Tenant": "b"}}),
    ],
    ids=str,
)
def test_whatever_may_make_an_answer_differ_keeps_it_apart(site, one, other):
    view = site.view(vary_headers=["X-Tenant"])
    assert site.get(view, **one).content == b"run 1"
    assert site.get(view, **other).content == b"run 2"
    assert site.get(view, **one).content == b"run 1"
    assert site.get(view, **other).content == b"run 2"


def test_the_active_language_keeps_answers_apart(site):
    view = site.view()
    contents = []
    for language in ("en", "de", "en"):
        with translation.override(language):
            contents.append(site.get(view).content)
    assert contents == [b"run 1", b"run 2", b"run 1"]


def test_public_answers_are_shared_by_all(site):
    view = site.view(public=True)
    assert site.get(view, user=ANN).content == site.get(view, user=BOB).content == site.get(view).content == b"run 1"


def test_a_user_without_a_primary_key_is_not_cached(site):
    view = site.view()
    nameless = User(username="service")
    assert site.get(view, user=nameless).content != site.get(view, user=nameless).content


def cookie(request):
    response = HttpResponse("x")
    response.set_cookie("a", "b")
    return response


def header(name, value):
    return lambda request: HttpResponse("x", headers={name: value})


def changes_session(request):
    request.session["a"] = 1
    return HttpResponse("x")


REFUSED = {
    "status": lambda request: HttpResponse("x", status=404),
    "streaming": lambda request: StreamingHttpResponse(iter([b"x"])),
    "cookie": cookie,
    "no-store": header("Cache-Control", "max-age=1, No-Store"),
    "vary": header("Vary", "Accept, X-Other"),
    "vary-star": header("Vary", "*"),
    "csrf": lambda request: HttpResponse(get_token(request)),
    "session-write": changes_session,
    "session-read": lambda request: HttpResponse(str(request.session.get("a"))),
}


@pytest.mark.parametrize("why", REFUSED)
def test_what_must_not_be_stored_passes_through(site, why):
    view = site.view(REFUSED[why], set_cache_headers=True)
    for _ in range(2):
        response = site.get(view, session=SessionStore())
        assert response["X-Cache-status"] == "MISS"
    assert site.runs == 2


def test_a_session_that_only_told_who_asks_does_not_keep_from_storing(site):
    view = site.view()
    session = SessionStore()
    session.accessed = True
    site.get(view, session=session), site.get(view, session=session)
    assert site.runs == 1
    assert session.accessed is True


def test_what_a_user_reads_from_their_own_session_is_theirs(site):
    view = site.view(REFUSED["session-read"])
    site.get(view, user=ANN, session=SessionStore()), site.get(view, user=ANN, session=SessionStore())
    assert site.runs == 1


def test_an_answer_that_varies_on_cookies_is_a_users_own_and_of_nobody_else(site):
    view = site.view(header("Vary", "Cookie, Authorization"))
    site.get(view, user=ANN), site.get(view, user=ANN)
    assert site.runs == 1
    site.get(view), site.get(view)
    assert site.runs == 3


def test_private_answers_are_stored_for_their_user_and_never_for_all(site):
    view = site.view(header("Cache-Control", "private"))
    site.get(view, user=ANN), site.get(view, user=ANN)
    assert site.runs == 1
    public = site.view(header("Cache-Control", "private"), public=True)
    site.get(public), site.get(public)
    assert site.runs == 3


def test_other_methods_run_the_view_and_head_is_answered_from_get(site):
    view = site.view()
    for _ in range(2):
        site.get(view, method="post")
    assert site.runs == 2
    site.get(view, method="head"), site.get(view, method="head")
    assert site.runs == 4  # a HEAD stores nothing
    site.get(view)
    assert site.get(view, method="head").content == b"run 5"
    assert site.runs == 5


def test_exceptions_are_not_stored(site):
    def fail(request):
        raise LookupError("no")

    view = site.view(fail)
    for _ in range(2):
        with pytest.raises(LookupError):
            site.get(view)
    assert site.runs == 2


def test_conditional_requests_are_answered_on_hit_and_miss_alike(site):
    view = site.view(lambda request: HttpResponse("same", headers={"Last-Modified": "Mon, 01 Jan 2024 00:00:00 GMT"}))
    etag = site.get(view)["ETag"]
    assert site.get(view, headers={"If-None-Match": etag}).status_code == 304
    view.invalidate_all()
    missed = site.get(view, headers={"If-None-Match": etag})
    assert (missed.status_code, missed.content) == (304, b"")
    assert site.get(view, headers={"If-Modified-Since": "Tue, 02 Jan 2024 00:00:00 GMT"}).status_code == 304
    assert site.get(view, headers={"If-None-Match": '"other"'}).content == b"same"
    plain = site.view(lambda request: HttpResponse("same"), etag=False)
    assert "ETag" not in site.get(plain, pk=2)
    assert "ETag" not in site.get(plain, pk=2)


def test_the_views_own_headers_are_kept(site):
    view = site.view(lambda request: JsonResponse({"a": 1}, headers={"X-Mine": "y", "ETag": '"mine"'}, reason="Fine"))
    for _ in range(2):
        response = site.get(view)
        assert (response["X-Mine"], response["ETag"], response["Content-Type"]) == ("y", '"mine"', "application/json")
        assert json.loads(response.content) == {"a": 1}
        assert response.reason_phrase == "Fine"
    assert site.runs == 1


def test_a_stale_answer_is_replaced_in_the_foreground_by_one_request(monkeypatch):
    now = [1000.0]
    monkeypatch.setattr("time.time", lambda: now[0])
    site = Site(True)
    release = []

    @cache_response(ttl=10, stale_ttl=100, set_cache_headers=True)
    async def view(request):
        site.runs += 1
        if release:
            await release[0].wait()
        return HttpResponse(f"run {site.runs}")

    async def scene():
        await view(site.request())
        now[0] += 50
        release.append(asyncio.Event())
        renewing = asyncio.create_task(view(site.request()))
        await asyncio.sleep(0.02)
        others = [await view(site.request()) for _ in range(3)]
        release[0].set()
        renewed = await renewing
        return others, renewed, await view(site.request())

    others, renewed, after = async_to_sync(scene)()
    assert {(o.content, o["X-Cache-status"]) for o in others} == {(b"run 1", "STALE")}
    assert (renewed.content, renewed["X-Cache-status"]) == (b"run 2", "REFRESH")
    assert (after.content, after["X-Cache-status"]) == (b"run 2", "HIT")


def test_delete_cache_drops_every_variant_and_wipes_need_no_request(site):
    view = site.view()
    for user in (ANN, BOB):
        site.get(view, user=user)
    view.delete_cache(site.request(user=ANN), pk=1)
    assert {site.get(view, user=user).content for user in (ANN, BOB)} == {b"run 3", b"run 4"}
    view.delete_by_prefix(pk="1")
    assert site.get(view, user=ANN).content == b"run 5"
    if not site.is_async:
        assert view.get_cache_only(site.request(user=ANN), pk=1).content == b"run 5"
        assert view.get_cache_only(site.request(user=BOB), pk=1) is CACHE_MISSING


@pytest.mark.django_db(transaction=True)
def test_rules_reach_answers_by_url_and_by_user(site):
    class PerUser(ResponseCacheKeyConstructor):
        user = RequestValueKeyField("user.pk", partition=True)

        class Meta:
            namespace = "per-user"

    rules = [
        InvalidationRule(model=Book, field_mapping={"pk": "pk"}),
        InvalidationRule(model=Author, field_mapping={"user": "pk"}),
    ]
    view = site.view(key_constructor=PerUser, invalidates_on=rules)
    book = Book.objects.create(title="one")
    author = Author.objects.create(pk=ANN.pk, name="x")
    for user in (ANN, BOB):
        site.get(view, user=user, pk=str(book.pk))
    author.save()
    contents = [site.get(view, user=user, pk=str(book.pk)).content for user in (ANN, BOB)]
    assert contents == [b"run 3", b"run 2"]
    book.save()
    contents = [site.get(view, user=user, pk=str(book.pk)).content for user in (ANN, BOB)]
    assert contents == [b"run 4", b"run 5"]


def test_it_is_refused_where_it_would_answer_before_the_permissions():
    with pytest.raises(CacheConfigError, match="dispatch"):

        @cache_response
        def dispatch(self, request): ...

    with pytest.raises((CacheConfigError, RuntimeError)):
        type("V", (), {"as_view": cache_response(lambda self, request: None)})


def test_bypass_and_refresh_modes(site):
    from restflow.caching import cache_mode

    view = site.view(set_cache_headers=True)
    site.get(view)
    with cache_mode("bypass"):
        assert site.get(view)["X-Cache-status"] == "BYPASS"
    with cache_mode("refresh"):
        assert site.get(view)["X-Cache-status"] == "REFRESH"
    assert site.get(view).content == b"run 3"
