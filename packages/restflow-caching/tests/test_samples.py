"""The samples of the documentation run as they stand: those of the concept, and the README as one program."""

import re
import sys
from pathlib import Path

import pytest
from caching_testapp.models import Author, Book
from django.contrib.auth.models import User
from django.test import RequestFactory

README = Path(__file__).parent.parent / "README.md"
SAMPLES = re.compile(r"^```python\n(.*?)^```", re.DOTALL | re.MULTILINE)

CONCEPT_KEY = """
from restflow.caching import (
    KeyConstructor, ArgsKeyField, ConstantKeyField,
)


class UserKey(KeyConstructor):
    user = ArgsKeyField("user_id", partition=True)
    version = ConstantKeyField("v", "1")

    class Meta:
        namespace = "users"
"""
CONCEPT_WRAPPER = """
from restflow.caching import cache_result


@cache_result(key_constructor=UserKey, ttl=300)
def get_user_payload(user_id: int):
    return expensive_lookup(user_id)


# Normal call, hits the cache.
data = get_user_payload(42)

# Pull the cache metadata along with the value.
data, metadata = get_user_payload.get_with_metadata(42)
metadata["cache_status"]  # "HIT" / "MISS" / "STALE" / "BYPASS" / "REFRESH"

# Re-run and re-cache.
data = get_user_payload.refresh(42)

# Skip the cache entirely.
data = get_user_payload.bypass_cache(42)

# Drop one entry.
get_user_payload.delete_cache(42)

# Drop every entry that shares the user_id partition.
get_user_payload.delete_by_prefix(user_id=42)

# Drop every entry the wrapper has ever written.
get_user_payload.invalidate_all()
"""
CONCEPT_RULE = """
from restflow.caching import InvalidationRule


@cache_result(
    key_constructor=UserKey,
    ttl=300,
    invalidates_on=[
        InvalidationRule(
            model=User,
            field_mapping={"user_id": "id"},
            watch_fields=["email"],
            rewarm=True,
        ),
    ],
)
def get_user_payload(user_id: int):
    return expensive_lookup(user_id)
"""
CONCEPT_DISPATCHER = """
rule = InvalidationRule(
    model=User,
    field_mapping={"user_id": "id"},
    dispatcher="celery",
    dispatcher_config={"queue": "cache-invalidation"},
)
"""


@pytest.mark.django_db(transaction=True)
def test_the_samples_of_the_concept():
    looked_up = []

    def expensive_lookup(user_id):
        looked_up.append(user_id)
        return {"user": user_id, "lookups": len(looked_up)}

    names = {"__name__": "shop.caches", "User": User, "expensive_lookup": expensive_lookup}
    exec(CONCEPT_KEY, names)
    exec(CONCEPT_WRAPPER, names)
    assert names["metadata"]["cache_status"] == "HIT"
    assert len(looked_up) == 3  # the first call, the refresh and the bypass
    assert names["data"] == {"user": 42, "lookups": 3}
    exec(CONCEPT_RULE, names)
    load = names["get_user_payload"]
    user = User.objects.create(username="ada")
    load(user.pk)
    user.username = "lovelace"
    user.save()
    assert load.get_cache_only(user.pk)["lookups"] == 4  # not watched
    user.email = "ada@example.org"
    user.save(update_fields=["email"])
    assert load.get_cache_only(user.pk)["lookups"] == 5  # warm again
    exec(CONCEPT_DISPATCHER, names)
    assert names["rule"].dispatcher_config == {"queue": "cache-invalidation"}


@pytest.mark.django_db(transaction=True)
def test_the_samples_of_the_readme(monkeypatch):
    pytest.importorskip("rest_framework")
    shop = type(sys)("shop.caches")
    monkeypatch.setitem(sys.modules, "shop.caches", shop)
    monkeypatch.setitem(sys.modules, "shop.models", sys.modules[Book.__module__])
    text = README.read_text()
    samples = list(SAMPLES.finditer(text))
    assert len(samples) >= 3
    names = vars(shop)
    user = User.objects.create(pk=42, username="ada")
    for sample in samples:
        line = text.count("\n", 0, sample.start(1))
        exec(compile("\n" * line + sample[1], str(README), "exec"), names)
    assert names["get_user_payload"](user.pk) == {"name": "ada", "scope": "full"}
    user.save()
    assert not names["get_user_payload"].get_cache_only(user.pk)
    book = Book.objects.create(author=Author.objects.create(name="one"))
    answers = [names["BookDetail"].as_view()(RequestFactory().get("/"), pk=book.pk) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert names["BookDetail"].get.stats()["hits"] == 1
    book.save()
    names["BookDetail"].as_view()(RequestFactory().get("/"), pk=book.pk)
    assert names["BookDetail"].get.stats()["misses"] == 2
