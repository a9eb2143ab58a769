"""Fifty requests at once through Django's ASGI handler, on each database: each is validated, saved and rendered."""

import asyncio
import json
import os
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Annotated, Any

import pytest
from django.core.asgi import get_asgi_application
from django.db import connections
from django.http import HttpRequest, JsonResponse
from django.test import override_settings
from django.urls import path
from rest_framework import serializers as drf_serializers
from serializers_testapp.models import Author, Book, Tag

from restflow.serializers import ModelSerializer
from testsite import services

ALIAS = "serializers_at_once"
COUNT = 50


async def is_polite(value: str) -> None:
    await asyncio.sleep(0)
    if value == "bad":
        raise drf_serializers.ValidationError("bad", code="bad")


class BookSerializer(ModelSerializer):
    title: Annotated[str, is_polite]
    label = drf_serializers.SerializerMethodField()

    class Meta:
        model = Book
        fields = ["id", "isbn", "author", "tags", "label"]

    def validate_isbn(self, value: str) -> str:
        assert Book.objects.filter(isbn="never").count() == 0  # a query where the hook runs
        return value

    async def get_label(self, book: Book) -> str:
        return f"{book.isbn} of {book.author.name}" if book.author else ""


async def create(request: HttpRequest) -> JsonResponse:
    serializer = BookSerializer(data=json.loads(request.body))
    if not await serializer.ais_valid():
        return JsonResponse(serializer.errors, status=400)
    await serializer.asave()
    return JsonResponse(await serializer.adata, status=201)


class ToAlias:
    """All rows live in the database of these tests."""

    def db_for_read(self, model: Any, **hints: Any) -> str:
        return ALIAS

    db_for_write = db_for_read


def entry(kind: str, name: str | None, folder: Any) -> dict[str, Any]:
    if kind == "sqlite":
        options = {"timeout": 60, "transaction_mode": "IMMEDIATE"}
        return {"ENGINE": "django.db.backends.sqlite3", "NAME": str(folder / "db.sqlite3"), "OPTIONS": options}
    if kind == "mariadb":
        return services.mariadb_database(name)
    return services.postgres_database() | ({} if name is None else {"NAME": name})


def administrate(kind: str, folder: Any, statement: str) -> None:
    if kind != "sqlite":
        with connections[ALIAS].cursor() as cursor:
            cursor.execute(statement)
        connections[ALIAS].close()
        del connections[ALIAS]


@pytest.fixture(
    params=[
        "sqlite",
        pytest.param("postgres", marks=pytest.mark.needs("postgres")),
        pytest.param("mariadb", marks=pytest.mark.needs("mariadb")),
    ]
)
def database(request: pytest.FixtureRequest, tmp_path: Any, django_db_blocker: Any) -> Iterator[str]:
    """A database of these tests' own, under `ALIAS`, which each thread may connect to."""
    kind: str = request.param
    pytest.importorskip({"sqlite": "sqlite3", "postgres": "psycopg", "mariadb": "pymysql"}[kind])
    name = f"test_restflow_at_once_{os.environ.get('RESTFLOW_TEST_RUN', '')}_{os.getpid()}".lower()
    made = connections.configure_settings(
        {"default": {}, ALIAS: entry(kind, None, tmp_path), "made": entry(kind, name, tmp_path)}
    )
    with django_db_blocker.unblock():
        connections.settings[ALIAS] = made[ALIAS]
        administrate(kind, tmp_path, f"CREATE DATABASE {name}")
        connections.settings[ALIAS] = made["made"]
        try:
            with connections[ALIAS].schema_editor() as editor:
                for model in (Author, Tag, Book):
                    editor.create_model(model)
            with override_settings(
                DATABASE_ROUTERS=[ToAlias()],
                ROOT_URLCONF=SimpleURLs([path("books", create)]),
            ):
                yield kind
        finally:
            connections[ALIAS].close()
            del connections[ALIAS]
            connections.settings[ALIAS] = made[ALIAS]
            administrate(kind, tmp_path, f"DROP DATABASE {name}")
            del connections.settings[ALIAS]


class SimpleURLs(SimpleNamespace):
    """A URLconf that is no module."""

    def __init__(self, urlpatterns: list[Any]) -> None:
        super().__init__(urlpatterns=urlpatterns)

    __hash__ = object.__hash__


async def send(application: Any, body: dict[str, Any]) -> tuple[int, Any]:
    parts = [json.dumps(body).encode()]
    status, received = 0, b""

    async def receive() -> dict[str, Any]:
        if parts:
            return {"type": "http.request", "body": parts.pop()}
        await asyncio.Event().wait()
        raise AssertionError("nobody disconnects")

    async def take(message: dict[str, Any]) -> None:
        nonlocal status, received
        status = message.get("status", status)
        received += message.get("body", b"")

    headers = [(b"host", b"localhost")]
    scope = {"type": "http", "method": "POST", "path": "/books", "query_string": b"", "headers": headers}
    await application(scope, receive, take)
    return status, json.loads(received)


async def test_each_is_answered(database: str) -> None:
    author = await Author.objects.acreate(name="A")
    tags = [await Tag.objects.acreate(name=name) for name in "ab"]
    keys = [tag.pk for tag in tags]
    application = get_asgi_application()

    def body(number: int) -> dict[str, Any]:
        values = {"isbn": str(number), "title": "t", "author": author.pk, "tags": keys}
        return {**values, "title": "bad", "tags": [0]} if number % 10 == 0 else values

    answers = await asyncio.gather(*(send(application, body(number)) for number in range(COUNT)))
    for number, (status, data) in enumerate(answers):
        if number % 10 == 0:
            assert (status, set(data)) == (400, {"title", "tags"})
        else:
            assert (status, data["label"], data["tags"]) == (201, f"{number} of A", keys)
    assert await Book.objects.acount() == COUNT - COUNT // 10
