"""The adapter for simplejwt: its behaviour, both faces, one crossing."""

import subprocess
import sys

import pytest
from asgiref.sync import async_to_sync
from rest_framework.request import Request
from rest_framework.test import APIRequestFactory

from restflow.test import assert_max_crossings

pytest.importorskip("rest_framework_simplejwt")
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _simplejwt(settings):
    settings.SIMPLE_JWT = {"SIGNING_KEY": "a secret for simplejwt, long enough for HS256"}
    settings.RESTFLOW_SETTINGS = {}


def request_with(token):
    return Request(APIRequestFactory().get("/", HTTP_AUTHORIZATION=f"Bearer {token}"))


@pytest.fixture(params=["sync", "async"])
def ask(request):
    def do(authenticator, http):
        if request.param == "sync":
            return authenticator.authenticate(http)
        return async_to_sync(authenticator.aauthenticate)(http)

    return do


def test_the_user_of_the_token_in_one_crossing(ask, user):
    from rest_framework_simplejwt.tokens import AccessToken

    from restflow.authentication.simplejwt import SimpleJWTAuthentication

    with assert_max_crossings(1):
        found, token = ask(SimpleJWTAuthentication(), request_with(AccessToken.for_user(user)))
    assert found == user
    assert isinstance(token, AccessToken)
    assert ask(SimpleJWTAuthentication(), Request(APIRequestFactory().get("/"))) is None


def test_the_errors_are_simplejwts_own(ask):
    from rest_framework_simplejwt.authentication import JWTAuthentication
    from rest_framework_simplejwt.exceptions import InvalidToken

    from restflow.authentication.simplejwt import SimpleJWTAuthentication

    with pytest.raises(InvalidToken) as theirs:
        JWTAuthentication().authenticate(request_with("a.b.c"))
    with pytest.raises(InvalidToken) as ours:
        ask(SimpleJWTAuthentication(), request_with("a.b.c"))
    assert ours.value.detail == theirs.value.detail


def test_an_override_is_obeyed_on_both_paths(ask, user):
    from rest_framework_simplejwt.tokens import AccessToken

    from restflow.authentication.simplejwt import SimpleJWTAuthentication

    class Tenant(SimpleJWTAuthentication):
        def get_user(self, validated_token):
            found = super().get_user(validated_token)
            found.tenant = 7
            return found

    assert ask(Tenant(), request_with(AccessToken.for_user(user)))[0].tenant == 7


@assert_max_crossings(0)
def test_a_stateless_user_costs_no_crossing(ask, user):
    from rest_framework_simplejwt.tokens import AccessToken

    from restflow.authentication.simplejwt import SimpleJWTStatelessUserAuthentication

    found, _ = ask(SimpleJWTStatelessUserAuthentication(), request_with(AccessToken.for_user(user)))
    assert str(found.id) == str(user.pk)


def test_without_simplejwt_the_import_says_what_to_install():
    script = (
        "import sys; sys.modules['rest_framework_simplejwt'] = None\n"
        "from django.conf import settings; settings.configure()\n"
        "import restflow.authentication.simplejwt"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert "restflow[simplejwt]" in done.stderr


SLIDING = """
import django
from django.conf import settings
settings.configure(
    SECRET_KEY="x", USE_TZ=True, DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
    INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "rest_framework",
        "rest_framework_simplejwt.token_blacklist"],
    ROOT_URLCONF="__main__", ALLOWED_HOSTS=["testserver"],
    SIMPLE_JWT={"SIGNING_KEY": "a secret for simplejwt, long enough for HS256",
        "AUTH_TOKEN_CLASSES": ["rest_framework_simplejwt.tokens.SlidingToken"]},
)
django.setup()
from asgiref.sync import async_to_sync
from django.contrib.auth.models import User
from django.core.management import call_command
from django.test import Client
from django.urls import path
from rest_framework_simplejwt.authentication import JWTAuthentication
from rest_framework_simplejwt.tokens import SlidingToken
from restflow.authentication.simplejwt import SimpleJWTAuthentication
from restflow.responses import Response
from restflow.test import AsyncAPIClient
from restflow.views import APIView, AsyncAPIView

class Ours(AsyncAPIView):
    authentication_classes = [SimpleJWTAuthentication]
    async def get(self, request):
        return Response({"user": request.user.pk})

class Theirs(APIView):
    authentication_classes = [JWTAuthentication]
    def get(self, request):
        return Response({"user": request.user.pk})

urlpatterns = [path("ours/", Ours.as_view()), path("theirs/", Theirs.as_view())]
call_command("migrate", verbosity=0)
user = User.objects.create_user("ada")
token, other = SlidingToken.for_user(user), SlidingToken.for_user(user)

def answers(raw):
    headers = {"authorization": f"Bearer {raw}"}
    ours = async_to_sync(AsyncAPIClient().get)("/ours/", headers=headers)
    theirs = Client().get("/theirs/", headers=headers)
    assert (ours.status_code, ours.content) == (theirs.status_code, theirs.content), (ours.content, theirs.content)
    assert ours.get("WWW-Authenticate") == theirs.get("WWW-Authenticate")
    return ours.status_code

assert answers(token) == 200
assert answers("a.b.c") == 401
token.blacklist()
assert answers(token) == 401
User.objects.all().delete()
assert answers(other) == 401
print("fine")
"""


def test_sliding_tokens_with_the_blacklist_app_and_bodies_as_in_sync_views():
    done = subprocess.run([sys.executable, "-c", SLIDING], capture_output=True, text=True, check=False)
    assert done.stdout.endswith("fine\n"), done.stderr
