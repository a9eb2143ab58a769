"""A project written from the documentation of drf-restflow 2: prints what its clients see, under either library."""

import asyncio
import json
import re
import sys
import types
from datetime import timedelta

import django
from django.conf import settings

settings.configure(
    SECRET_KEY="the journey's own, worth nothing",
    DEBUG=True,
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "file:journey?mode=memory&cache=shared"}},
    INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth", "rest_framework", "shop", "restflow.caching"],
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    ROOT_URLCONF="site_urls",
    ALLOWED_HOSTS=["testserver"],
    USE_TZ=True,
    PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
    REST_FRAMEWORK={
        "PAGE_SIZE": 2,
        "EXCEPTION_HANDLER": "restflow.exceptions.exception_handler",
        "DEFAULT_THROTTLE_RATES": {"anon": "1000/hour"},
        "DEFAULT_SCHEMA_CLASS": "restflow.spectacular.RestflowAutoSchema",
    },
    RESTFLOW_SETTINGS={
        "JWT": {
            "BLACKLIST_ALLOW_LOCMEM": True,
            "SIGNING_KEY": "thirty-two bytes at the very least, for HS256",
            "ACCESS_TOKEN_LIFETIME": timedelta(minutes=15),
            "REFRESH_TOKEN_LIFETIME": timedelta(days=7),
        },
    },
)
django.setup()

from typing import Literal

from django.contrib.auth.models import User
from django.core.management import call_command
from django.urls import include, path
from drf_spectacular.generators import SchemaGenerator
from rest_framework.routers import SimpleRouter
from shop.caches import author_card
from shop.models import Author, Book

from restflow.authentication import JWTAuthentication
from restflow.authentication.views import TokenBlacklistView, TokenObtainView, TokenRefreshView
from restflow.exceptions import APIException, ErrorCode
from restflow.filters import FilterSet, IntegerField, RestflowFilterBackend, StringField
from restflow.pagination import FastPageNumberPagination
from restflow.permissions import BasePermission, IsAuthenticated, IsAuthenticatedOrReadOnly
from restflow.responses import NDJSONResponse, SSEResponse
from restflow.serializers import Email, Field, InlineSerializer, ModelSerializer, Serializer
from restflow.test import AsyncAPIClient
from restflow.throttling import AnonRateThrottle
from restflow.views import ActionConfig, AsyncAPIView, AsyncModelViewSet, PostFetch


class UserSerializer(Serializer):
    name: str
    age: int
    email: Email
    bio: str | None
    role: Literal["admin", "user"]
    tags: list[str]
    extra: str = Field(write_only=True)


class BookSerializer(ModelSerializer):
    class Meta:
        model = Book
        fields = ["id", "title", "author", "price", "published"]


class BookListSerializer(ModelSerializer):
    class Meta:
        model = Book
        fields = ["id", "title"]


class BookFilterSet(FilterSet):
    title = StringField(lookups=["icontains"])
    author: int
    price = IntegerField(lookups=["comparison"])

    class Meta:
        model = Book


class NotOnSunday(BasePermission):
    async def ahas_permission(self, request, view):
        return request.headers.get("X-Day") != "Sunday"


class BookViewSet(AsyncModelViewSet):
    queryset = Book.objects.all()
    serializer_class = BookSerializer
    authentication_classes = [JWTAuthentication]
    permission_classes = [IsAuthenticatedOrReadOnly & NotOnSunday]
    throttle_classes = [AnonRateThrottle]
    filter_backends = [RestflowFilterBackend]
    filterset_class = BookFilterSet
    action_configs = {
        "list": ActionConfig(response_serializer_class=BookListSerializer, pagination_class=FastPageNumberPagination),
        "destroy": ActionConfig(permission_classes=[IsAuthenticated]),
    }


class SignUp(AsyncAPIView):
    request_serializer_class = UserSerializer
    response_serializer_class = UserSerializer
    authentication_classes = []
    permission_classes = []

    async def post(self, request):
        serializer = await self.avalidated_serializer()
        return await self.aserialized_response(types.SimpleNamespace(**serializer.validated_data), status=201)


class LockedError(APIException):
    code = ErrorCode.CONFLICT.value
    status_code = 409
    default_detail = "The book is locked for editing."


class Lock(AsyncAPIView):
    authentication_classes = []
    permission_classes = []

    async def get(self, request):
        raise LockedError(details={"locked_by": 7})


async def export(request):
    async def rows():
        for number in range(3):
            yield {"number": number}

    return NDJSONResponse(rows())


async def ticks(request):
    async def events():
        for tick in (1, 2):
            yield {"event": "tick", "data": {"at": tick}}

    return SSEResponse(events())


router = SimpleRouter()
router.register("books", BookViewSet)
urls = types.ModuleType("site_urls")
urls.urlpatterns = [
    path("", include(router.urls)),
    path("signup/", SignUp.as_view()),
    path("lock/", Lock.as_view()),
    path("export/", export),
    path("ticks/", ticks),
    path("auth/token/", TokenObtainView.as_view()),
    path("auth/refresh/", TokenRefreshView.as_view()),
    path("auth/blacklist/", TokenBlacklistView.as_view()),
]
sys.modules["site_urls"] = urls
results = {}


async def body(response):
    if response.streaming:
        return b"".join([part async for part in response.streaming_content]).decode()
    try:
        return json.loads(response.content)
    except ValueError:
        return response.content.decode()


async def ask(name, method, url, data=None, **extra):
    client = AsyncAPIClient()
    try:
        arguments = {} if data is None else {"format": "json"}
        response = await getattr(client, method)(url, *([] if data is None else [data]), **arguments, **extra)
    except Exception as error:
        results[name] = f"raised {type(error).__name__}"
        return None
    shown = await body(response)
    results[name] = [response.status_code, shown]
    return shown


async def clients():
    me = {
        "name": "Ada",
        "age": 36,
        "email": "ada@example.org",
        "bio": None,
        "role": "admin",
        "tags": ["x"],
        "extra": "e",
    }
    await ask("sign up", "post", "/signup/", me)
    await ask("sign up badly", "post", "/signup/", me | {"role": "owner", "email": "no", "tags": "x", "age": "old"})
    await ask("list", "get", "/books/")
    await ask("second page", "get", "/books/?page=2")
    for query in (
        "title__icontains=ED",
        "price__gte=7&price__lt=9",
        "price__gte!=8",
        "title!=Eden",
        "author=1&title=Fiasco",
    ):
        await ask(f"filter {query}", "get", f"/books/?{query}")
    await ask("filter badly", "get", "/books/?price__gte=much")
    await ask("retrieve", "get", "/books/1/")
    await ask("retrieve nothing", "get", "/books/99/")
    await ask("write anonymously", "post", "/books/", {"title": "Solaris", "author": 1, "price": "8.00"})
    await ask("refused by an async permission", "get", "/books/", headers={"X-Day": "Sunday"})
    await ask("log in badly", "post", "/auth/token/", {"username": "ada", "password": "no"})
    pair = await ask("log in", "post", "/auth/token/", {"username": "ada", "password": "correct horse"})
    results["log in"] = [results["log in"][0], sorted(pair)]
    bearer = {"headers": {"Authorization": f"Bearer {pair['access']}"}}
    await ask("create", "post", "/books/", {"title": "Solaris", "author": 1, "price": "8.00"}, **bearer)
    await ask("create twice", "post", "/books/", {"title": "Solaris", "author": 1, "price": "8.00"}, **bearer)
    await ask("change", "patch", "/books/1/", {"price": "5.55"}, **bearer)
    await ask("delete", "delete", "/books/1/", **bearer)
    await ask("a wrong token", "get", "/books/", headers={"Authorization": "Bearer nonsense"})
    renewed = await ask("refresh", "post", "/auth/refresh/", {"refresh": pair["refresh"]})
    results["refresh"] = [results["refresh"][0], "access" in renewed]
    last = renewed.get("refresh", pair["refresh"])
    await ask("log out", "post", "/auth/blacklist/", {"refresh": last})
    results["log out"] = results["log out"][0]
    await ask("refresh after log-out", "post", "/auth/refresh/", {"refresh": last})
    results["refresh after log-out"] = results["refresh after log-out"][0]
    await ask("an own error", "get", "/lock/")
    await ask("ndjson", "get", "/export/")
    await ask("events", "get", "/ticks/")
    await ask("a method that is not there", "post", "/lock/", {})


def caching():
    shown = [author_card(1), author_card(1)]
    author = Author.objects.get(pk=1)
    author.save(update_fields=["name"])
    shown.append(author_card(1)["call"])
    author.name = "S. Lem"
    author.save(update_fields=["name"])
    value, metadata = author_card.get_with_metadata(1)
    shown += [value, str(getattr(metadata["cache_status"], "value", metadata["cache_status"]))]
    shown.append(str(author_card.get_with_metadata(1)[1]["cache_status"].split(".")[-1]))
    author_card.delete_cache(1)
    shown.append(author_card(1)["call"])
    shown.append(author_card.refresh(1)["call"])
    shown.append(author_card.bypass_cache(1)["call"])
    shown.append(author_card(1)["call"])
    results["caching"] = shown


def tools():
    address = InlineSerializer(name="Address", fields={"city": str, "zip": str})
    serializer = address(data={"city": "Paris"})
    results["an inline serializer"] = [serializer.is_valid(), serializer.errors]
    fetch = PostFetch(
        queryset=Book.objects.all(),
        to_attr="cheapest",
        values=["id", "title"],
        order_by=("price", "id"),
        limit=1,
        author_id="id",
    )
    authors = list(Author.objects.order_by("id"))
    fetch.fetch(authors)
    results["rows fetched afterwards"] = [author.cheapest and author.cheapest["title"] for author in authors]
    document = SchemaGenerator().get_schema(request=None, public=True)
    listing = document["paths"]["/books/"]["get"]
    results["documented filters"] = sorted(
        {entry["name"] for entry in listing["parameters"]} & {"author", "price__gte", "title!"}
    )


def main() -> None:
    call_command("migrate", run_syncdb=True, verbosity=0)
    author = Author.objects.create(name="Stanislaw Lem")
    Author.objects.create(name="Nobody")
    for title, price in (("Fiasco", 7), ("Eden", 8), ("The Invincible", 9)):
        Book.objects.create(title=title, author=author, price=price)
    User.objects.create_user("ada", password="correct horse")
    asyncio.run(clients())
    caching()
    tools()
    text = json.dumps(results, default=str)
    print(re.sub(r"\d{4}-\d\d-\d\dT[\d:.+Z]+", "a time", text))


if __name__ == "__main__":
    main()
