"""Of a hook's two faces the most derived runs, on both paths and once: each pair, each way to override, each path."""

import base64
import json

import pytest
from asgiref.sync import async_to_sync
from django.http import HttpResponse
from django.test import Client
from django.urls import path
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request
from rest_framework.test import APIRequestFactory

from restflow.authentication import (
    AccessToken,
    BaseAuthentication,
    BasicAuthentication,
    CacheBlacklistBackend,
    JWTAuthentication,
    JWTStatelessUserAuthentication,
    RefreshToken,
    RemoteUserAuthentication,
    SessionAuthentication,
    TokenAuthentication,
    arevoke_user_tokens,
    revoke_user_tokens,
)
from restflow.authentication.jwt import ATokenBlacklist
from restflow.authentication.views import TokenObtainView, TokenRefreshView
from restflow.test import AsyncAPIClient
from restflow.views import APIView, AsyncAPIView

pytestmark = pytest.mark.django_db
PASSWORD = " correct horse "
KINDS = ["sync", "async", "both"]
PATHS = ["sync", "async"]


def overriding(base, name, kind, trace, mark="", *, of_class=False, **attributes):
    """A subclass that overrides a face or both, each of which notes that it ran and goes on with `super()`."""

    def face(self, *args, **kwargs):
        trace.append(f"{mark}sync")
        return getattr(super(cls, self), name)(*args, **kwargs)

    async def aface(self, *args, **kwargs):
        trace.append(f"{mark}async")
        return await getattr(super(cls, self), f"a{name}")(*args, **kwargs)

    wrap = classmethod if of_class else (lambda method: method)
    if kind != "async":
        attributes[name] = wrap(face)
    if kind != "sync":
        attributes[f"a{name}"] = wrap(aface)
    cls = type("Overriding", (base,), attributes)
    return cls


def expected(kind, path):
    """The face that runs: the one there is, and of two the path's own."""
    return [path if kind == "both" else kind]


class Tokens:
    """In place of the model of REST framework's tokens."""

    class DoesNotExist(Exception):
        pass

    def __init__(self, user):
        self.user = user


def token_model(user):
    class Manager:
        def select_related(self, name):
            return self

        def get(self, key):
            return Tokens(user)

    return type("Model", (Tokens,), {"objects": Manager()})


class Gateway(BaseAuthentication):
    """An authenticator of a project, whose hook is overridden further down."""

    def authenticate(self, request):
        return request._request.gateway_user, None


def bearer(user):
    return f"Bearer {AccessToken.for_user(user)}"


def basic(user):
    return "Basic " + base64.b64encode(f"ada:{PASSWORD}".encode()).decode()


# name: the base, the hook, the request's header
AUTHENTICATORS = {
    "base": (Gateway, "authenticate", lambda user: ""),
    "basic": (BasicAuthentication, "authenticate", basic),
    "basic credentials": (BasicAuthentication, "authenticate_credentials", basic),
    "token": (TokenAuthentication, "authenticate", lambda user: "Token x"),
    "token credentials": (TokenAuthentication, "authenticate_credentials", lambda user: "Token x"),
    "session": (SessionAuthentication, "authenticate", lambda user: ""),
    "remote user": (RemoteUserAuthentication, "authenticate", lambda user: ""),
    "jwt": (JWTAuthentication, "authenticate", bearer),
    "jwt user": (JWTAuthentication, "get_user", bearer),
    "stateless": (JWTStatelessUserAuthentication, "authenticate", bearer),
    "stateless user": (JWTStatelessUserAuthentication, "get_user", bearer),
}


def serve(cls, path, http):
    """A view of that kind behind the authenticator, asked once."""
    if path == "sync":

        class View(APIView):
            authentication_classes = [cls]

            def get(self, request):
                return HttpResponse(str(request.user.pk))

        return View.as_view()(http)

    class AsyncView(AsyncAPIView):
        authentication_classes = [cls]

        async def get(self, request):
            return HttpResponse(str(request.user.pk))

    return async_to_sync(AsyncView.as_view())(http)


@pytest.fixture
def http(settings, user):
    settings.AUTHENTICATION_BACKENDS = [
        "django.contrib.auth.backends.ModelBackend",
        "django.contrib.auth.backends.RemoteUserBackend",
    ]

    def make(header):
        request = APIRequestFactory().get("/", HTTP_AUTHORIZATION=header, REMOTE_USER="ada")
        request.user = request.gateway_user = user
        return request

    return make


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("pair", sorted(AUTHENTICATORS))
def test_an_authenticators_override_runs_once(http, user, pair, kind, path):
    base, hook, header = AUTHENTICATORS[pair]
    trace = []
    cls = overriding(base, hook, kind, trace, model=token_model(user))

    answer = serve(cls, path, http(header(user)))

    assert answer.content == str(user.pk).encode()
    assert trace == expected(kind, path)


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("hook", ["authenticate", "get_user"])
@pytest.mark.parametrize("name", ["SimpleJWTAuthentication", "SimpleJWTStatelessUserAuthentication"])
def test_an_adapters_override_runs_once(http, user, settings, name, hook, kind, path):
    tokens = pytest.importorskip("rest_framework_simplejwt.tokens")
    from restflow.authentication import simplejwt

    settings.SIMPLE_JWT = {"SIGNING_KEY": "a secret for simplejwt, long enough for HS256"}
    trace = []
    cls = overriding(getattr(simplejwt, name), hook, kind, trace)

    answer = serve(cls, path, http(f"Bearer {tokens.AccessToken.for_user(user)}"))

    assert answer.content == str(user.pk).encode()
    assert trace == expected(kind, path)


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("upper", KINDS)
@pytest.mark.parametrize("lower", KINDS)
def test_no_check_of_a_chain_is_skipped(http, user, lower, upper, path):
    """Two classes over the base, each with a face or both: either's check runs, whichever way the request goes."""
    trace = []
    cls = overriding(overriding(JWTAuthentication, "get_user", upper, trace, "upper "), "get_user", lower, trace)

    assert serve(cls, path, http(bearer(user))).content == str(user.pk).encode()
    assert [entry for entry in trace if not entry.startswith("upper")] == expected(lower, path)
    assert len([entry for entry in trace if entry.startswith("upper")]) == 1


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("kind", KINDS)
def test_an_override_that_refuses_is_obeyed(http, user, kind, path):
    def get_user(self, token):
        raise AuthenticationFailed("the wrong tenant")

    async def aget_user(self, token):
        raise AuthenticationFailed("the wrong tenant")

    faces = {"sync": {"get_user": get_user}, "async": {"aget_user": aget_user}}
    faces["both"] = faces["sync"] | faces["async"]
    answer = serve(type("Tenant", (JWTAuthentication,), faces[kind]), path, http(bearer(user)))
    assert answer.status_code == 401
    assert answer.data == {"detail": "the wrong tenant"}


async def test_on_the_loops_own_thread_the_twin_is_named(user):
    class Tenant(JWTAuthentication):
        async def aget_user(self, token):
            return user

    class Own(RefreshToken):
        @classmethod
        async def afor_user(cls, user, **kwargs):
            return await super().afor_user(user, **kwargs)

    request = Request(APIRequestFactory().get("/", HTTP_AUTHORIZATION=bearer(user)))
    with pytest.raises(RuntimeError, match=r"await .*Tenant\.aauthenticate\(\)"):
        Tenant().authenticate(request)
    with pytest.raises(RuntimeError, match=r"await .*Own\.afor_user\(\)"):
        Own.for_user(user)


# Token classes


def issue(cls, path, user):
    return cls.for_user(user) if path == "sync" else async_to_sync(cls.afor_user)(user)


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("base", [AccessToken, RefreshToken])
def test_a_token_classs_issue_runs_once(user, base, kind, path):
    trace = []
    token = issue(overriding(base, "for_user", kind, trace, of_class=True), path, user)
    assert base.verify(str(token))["user_id"] == user.pk
    assert trace == expected(kind, path)


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("hook", ["rotate", "get_access_token"])
@pytest.mark.parametrize("given", ["user", "nobody"])
def test_a_token_classs_successors_run_once(user, hook, kind, path, given):
    trace = []
    first = overriding(RefreshToken, hook, kind, trace).for_user(user)
    args = [user] if given == "user" else []
    successor = getattr(first, hook) if path == "sync" else async_to_sync(getattr(first, f"a{hook}"))
    token = successor(*args)
    assert token.sid == first.sid
    assert trace == expected(kind, path)


# The token views, which are async: of two faces the async one is the path's own.


def post(door, view, body):
    """The answer of the view alone, under WSGI or ASGI."""
    options = {"data": json.dumps(body), "content_type": "application/json"}
    urlpatterns[:] = [path("it/", view)]
    if door == "wsgi":
        return Client().post("/it/", **options)
    return async_to_sync(AsyncAPIClient().post)("/it/", **options)


urlpatterns = []


@pytest.fixture
def _urls(settings):
    from django.urls import clear_url_caches

    settings.ROOT_URLCONF = __name__
    clear_url_caches()
    yield
    urlpatterns.clear()
    clear_url_caches()


def log_in_body():
    return {"username": "ada", "password": PASSWORD}


@pytest.mark.usefixtures("_urls")
@pytest.mark.parametrize("door", ["wsgi", "asgi"])
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("hook", ["for_user", "get_access_token", "rotate"])
def test_the_views_obey_the_token_class(user, hook, kind, door):
    trace = []
    cls = overriding(RefreshToken, hook, kind, trace, of_class=hook == "for_user")
    answer = post(door, TokenObtainView.as_view(refresh_token_class=cls), log_in_body())
    assert answer.status_code == 200
    assert trace == ([] if hook == "rotate" else expected(kind, "async"))
    trace.clear()
    answer = post(door, TokenRefreshView.as_view(refresh_token_class=cls), {"refresh": answer.json()["refresh"]})
    assert answer.status_code == 200
    assert trace == ([] if hook == "for_user" else expected(kind, "async"))


@pytest.mark.usefixtures("_urls", "user")
@pytest.mark.parametrize("door", ["wsgi", "asgi"])
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("hook", ["get_credentials", "get_claims", "get_response_data"])
def test_the_hooks_of_the_log_in_run_once(hook, kind, door):
    trace = []
    view = overriding(TokenObtainView, hook, kind, trace)
    answer = post(door, view.as_view(), log_in_body())
    assert answer.status_code == 200
    assert set(answer.json()) == {"access", "refresh"}
    assert trace == expected(kind, "async")


@pytest.mark.usefixtures("_urls", "user")
@pytest.mark.parametrize("door", ["wsgi", "asgi"])
def test_a_coroutine_function_under_the_sync_name_is_an_async_face(door):
    class View(TokenObtainView):
        async def get_credentials(self, validated_data):
            return {"username": "ada", "password": PASSWORD}

        async def get_claims(self, user, validated_data):
            return {"tenant": validated_data["username"]}

        async def get_response_data(self, user, refresh):
            return {"tenant": refresh["tenant"], "user": user.username}

    answer = post(door, View.as_view(), {"username": "acme", "password": "x"})
    assert answer.json() == {"tenant": "acme", "user": "ada"}


# The store


def bearing(token):
    return Request(APIRequestFactory().get("/", HTTP_AUTHORIZATION=f"Bearer {token}"))


# hook: what asks it, from sync code and from async code
ASKING = {
    "blacklist": (lambda token, user: token.blacklist(), lambda token, user: token.ablacklist()),
    "is_blacklisted": (
        lambda token, user: ATokenBlacklist.is_blacklisted(token.jti),
        lambda token, user: ATokenBlacklist.ais_blacklisted(token.jti),
    ),
    "revoke_user": (lambda token, user: revoke_user_tokens(user), lambda token, user: arevoke_user_tokens(user)),
    "is_revoked": (
        lambda token, user: JWTAuthentication().authenticate(bearing(token)),
        lambda token, user: JWTAuthentication().aauthenticate(bearing(token)),
    ),
}


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("hook", sorted(ASKING))
def test_a_stores_override_runs_once(user, jwt, hook, kind, path):
    trace = []
    jwt(BLACKLIST_BACKEND=overriding(CacheBlacklistBackend, hook, kind, trace))
    ask, aask = ASKING[hook]
    token = AccessToken.for_user(user)
    if path == "sync":
        ask(token, user)
    else:

        async def run():
            await aask(token, user)

        async_to_sync(run)()
    assert trace == expected(kind, path)


@pytest.mark.usefixtures("_urls")
@pytest.mark.parametrize("door", ["wsgi", "asgi"])
@pytest.mark.parametrize("kind", KINDS)
def test_the_views_obey_the_store(user, jwt, kind, door):
    trace = []
    store = CacheBlacklistBackend
    for hook in ("is_revoked", "consume", "blacklist"):
        store = overriding(store, hook, kind, trace, f"{hook} ")
    jwt(BLACKLIST_BACKEND=store)
    refresh = {"refresh": str(RefreshToken.for_user(user))}
    assert post(door, TokenRefreshView.as_view(), refresh).status_code == 200
    assert post(door, TokenRefreshView.as_view(), refresh).status_code == 401
    (face,) = expected(kind, "async")
    assert trace == [f"{hook} {face}" for hook in ("is_revoked", "consume", "is_revoked", "consume", "blacklist")]
