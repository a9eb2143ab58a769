"""`create` by plan: it stores what DRF's would, refuses what DRF refuses, and gives way where DRF's does more."""

import functools
from typing import Any

import pytest
from django.db import connection
from django.db.models.signals import pre_save
from django.test.utils import CaptureQueriesContext
from rest_framework import fields as drf
from rest_framework import serializers as drf_serializers
from rest_framework.utils import model_meta
from serializers_testapp.models import Author, Book, Tag

from restflow.serializers import ModelSerializer
from restflow.serializers._creating import writes_columns_only

pytestmark = pytest.mark.django_db

INPUT = {"isbn": "1", "title": "t", "pages": 2, "price": "1.50"}


def serializer_class(base: Any = ModelSerializer, **body: Any) -> Any:
    meta = type("Meta", (), {"model": Book, "fields": ["id", "isbn", "title", "pages", "price", "author"]})
    return type("BookSerializer", (base,), {"Meta": meta, "__module__": __name__, **body})


def valid(cls: Any, **values: Any) -> Any:
    serializer = cls(data={**INPUT, **values})
    assert serializer.is_valid(), serializer.errors
    return serializer


def takes_the_short_way(serializer: Any, **given: Any) -> bool:
    create = drf_serializers.ModelSerializer.create.__get__(serializer)
    return writes_columns_only(serializer, create, {**serializer.validated_data, **given})


def test_a_row_is_stored_as_drf_stores_it() -> None:
    author = Author.objects.create(name="a")
    made = []
    for number, base in enumerate((ModelSerializer, drf_serializers.ModelSerializer)):
        serializer = valid(serializer_class(base), isbn=str(number), author=author.pk)
        with CaptureQueriesContext(connection) as queries:
            saved = serializer.save(title="given")
        columns = {name: value for name, value in vars(saved).items() if name not in ("_state", "id", "isbn")}
        made.append((columns, saved._state.fields_cache, len(queries)))
    assert made[0] == made[1]
    assert takes_the_short_way(valid(serializer_class(), isbn="9"), title="given", author_id=author.pk)


@pytest.mark.parametrize("base", [ModelSerializer, drf_serializers.ModelSerializer])
def test_a_type_error_is_explained_and_nothing_is_tried_twice(base: Any) -> None:
    calls = []

    def receive(**_kwargs: Any) -> None:
        calls.append("saved")
        raise TypeError("of the receiver")

    pre_save.connect(receive, sender=Book)
    try:
        with pytest.raises(TypeError, match=r"when calling `Book\.objects\.create") as raised:
            valid(serializer_class(base)).save()
    finally:
        pre_save.disconnect(receive, sender=Book)
    assert "TypeError: of the receiver" in str(raised.value)
    assert "in receive" in str(raised.value)
    assert calls == ["saved"]


@pytest.mark.parametrize("base", [ModelSerializer, drf_serializers.ModelSerializer])
@pytest.mark.parametrize(
    ("body", "given", "error"),
    [
        ({}, {"unknown": 1}, TypeError),
        ({"author": type("A", (drf_serializers.Serializer,), {"name": drf.CharField()})()}, {}, AssertionError),
        ({"author": drf.CharField(source="author.name")}, {}, AssertionError),
    ],
    ids=["no column", "a nested serializer", "a dotted source"],
)
def test_what_drf_refuses_is_refused_in_its_words(base: Any, body: Any, given: Any, error: Any) -> None:
    nested = isinstance(body.get("author"), drf_serializers.Serializer)
    serializer = valid(serializer_class(base, **body), author={"name": "x"} if nested else "x" if body else None)
    with pytest.raises(error) as raised:
        serializer.save(**given)
    text = str(raised.value).partition("Original exception")[0]
    with pytest.raises(error) as expected:
        drf_serializers.ModelSerializer.create(serializer, {**serializer.validated_data, **given})
    assert text == str(expected.value).partition("Original exception")[0]


def test_many_to_many_values_are_written_after_the_row() -> None:
    tag = Tag.objects.create(name="t")
    serializer = valid(serializer_class())
    assert not takes_the_short_way(serializer, tags=[tag])
    assert list(serializer.save(tags=[tag]).tags.all()) == [tag]


def test_fields_that_were_in_other_hands_take_drfs_way() -> None:
    serializer = serializer_class()(data=INPUT)
    serializer.fields["title"].source_attrs = ["author", "name"]
    assert serializer.is_valid()
    assert not takes_the_short_way(serializer)
    with pytest.raises(AssertionError, match="dotted-source"):
        serializer.save()


@pytest.mark.parametrize(
    ("owner", "name"),
    [
        (drf_serializers.ModelSerializer, "create"),
        (drf_serializers, "raise_errors_on_nested_writes"),
        (model_meta, "get_field_info"),
    ],
)
def test_a_patch_of_drfs_parts_runs(owner: Any, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    original = getattr(owner, name)
    calls = []

    @functools.wraps(original)
    def noted(*args: Any, **kwargs: Any) -> Any:
        calls.append(name)
        return original(*args, **kwargs)

    serializer = valid(serializer_class())
    monkeypatch.setattr(owner, name, noted)
    assert serializer.save().title == "t"
    assert calls


def test_a_class_between_restflows_and_drfs_is_called() -> None:
    class Between(drf_serializers.ModelSerializer):
        def create(self, validated_data: Any) -> Any:
            return super().create({**validated_data, "title": "between"})

    cls: Any = type("Own", (serializer_class(), Between), {"__module__": __name__})
    assert valid(cls).save().title == "between"


def test_another_model_than_that_of_the_class_takes_drfs_way() -> None:
    serializer = valid(serializer_class())
    assert takes_the_short_way(serializer)
    serializer.Meta = type("Meta", (serializer.Meta,), {"model": Author})
    assert not takes_the_short_way(serializer)
