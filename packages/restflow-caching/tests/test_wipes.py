"""Wipes reach exactly what was asked for, or more; never less."""

from itertools import combinations, product
from types import SimpleNamespace

import pytest
from django.core.cache import cache
from django.db import transaction

from restflow.caching import (
    CACHE_MISSING,
    ArgsKeyField,
    ConstantKeyField,
    InlineKeyConstructor,
    KeyConstructor,
    ViewKwargsKeyField,
    cache_result,
)

NAMES = ("a", "b", "c", "d", "e")


def function_of(count):
    namespace = {}
    exec(f"def load({', '.join(NAMES[:count])}, page=1): return [{', '.join(NAMES[:count])}]", namespace)
    load = namespace["load"]
    load.__module__ = __name__
    return load


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5])
def test_any_subset_of_the_dimensions_wipes_what_agrees_with_it(face, count):
    fields = {name: ArgsKeyField(name, partition=True) for name in NAMES[:count]} | {"page": ArgsKeyField("page")}
    load = face.cache(function_of(count), key_constructor=fields)
    calls = list(product((1, 2), repeat=count))
    for size in range(1, count + 1):
        for subset in combinations(range(count), size):
            for call in calls:
                face(load, *call)
            given = {NAMES[i]: "1" for i in reversed(subset)}  # a URL's string, a model's number
            face.do(load, "delete_by_prefix", **given)
            for call in calls:
                gone = face.do(load, "get_cache_only", *call) is CACHE_MISSING
                agrees = all(call[i] == 1 for i in subset)
                if count <= 3 or size in (1, count):
                    assert gone == agrees, (call, given)
                else:
                    assert gone >= agrees, (call, given)


def test_defaults_of_arguments_not_given_do_not_narrow_a_wipe(face):
    def load(user, tenant="a"):
        return 1

    wrapper = face.cache(load, key_constructor={n: ArgsKeyField(n, partition=True) for n in ("user", "tenant")})
    face(wrapper, 1, "b")
    face.do(wrapper, "delete_by_prefix", 1)
    assert face.do(wrapper, "get_cache_only", 1, "b") is CACHE_MISSING


def test_no_argument_wipes_everything_of_this_function_and_of_no_other(face):
    one, two = (face.cache(function_of(n), key_constructor={"a": ArgsKeyField("a", partition=True)}) for n in (1, 1))
    other = face.cache(lambda a: a, key_constructor={"a": ArgsKeyField("a", partition=True)})
    for method in ("delete_by_prefix", "invalidate_all"):
        face(one, 1), face(other, 1)
        face.do(one, method)
        assert face.do(one, "get_cache_only", 1) is CACHE_MISSING
        assert face.do(other, "get_cache_only", 1) == 1
    assert two.path == one.path


def test_field_names_and_paths_can_be_named(face):
    class Key(KeyConstructor):
        owner = ArgsKeyField("user", path="profile.id", partition=True)
        env = ConstantKeyField("env", "x", partition=True)

    def load(user):
        return 1

    wrapper = face.cache(load, key_constructor=Key)
    user = SimpleNamespace(profile=SimpleNamespace(id=7))
    for given in (user, 7, "7"):
        face(wrapper, user)
        face.do(wrapper, "delete_by_prefix", user=given)
        assert face.do(wrapper, "get_cache_only", user) is CACHE_MISSING
    with pytest.raises(TypeError, match="neither an argument"):
        face.do(wrapper, "delete_by_prefix", env="x")


def test_glob_characters_are_plain_values(face):
    wrapper = face.cache(lambda name: name, key_constructor={"name": ArgsKeyField("name", partition=True)})
    for name in ("*", "a*", "ab", "[a]", "?"):
        face(wrapper, name)
    face.do(wrapper, "delete_by_prefix", name="a*")
    left = [
        name for name in ("*", "a*", "ab", "[a]", "?") if face.do(wrapper, "get_cache_only", name) is not CACHE_MISSING
    ]
    assert left == ["*", "ab", "[a]", "?"]


def test_unknown_names_and_arguments_outside_the_partition_are_refused(face):
    wrapper = face.cache(
        lambda user, page=1: 1, key_constructor={"u": ArgsKeyField("user", partition=True), "p": ArgsKeyField("page")}
    )
    with pytest.raises(TypeError, match=r"'usr' is neither.*Did you mean 'user'"):
        face.do(wrapper, "delete_by_prefix", usr=1)
    with pytest.raises(TypeError, match=r"delete_cache\(\).*invalidate_all\(\)"):
        face.do(wrapper, "delete_by_prefix", page=1)
    face(wrapper, 1, 2)
    face.do(wrapper, "delete_by_prefix", user=1, page=9)  # beside others it is ignored
    assert face.do(wrapper, "get_cache_only", 1, 2) is CACHE_MISSING


def test_keyword_arguments_are_dimensions_each(face):
    def view(request, **kwargs):
        return 1

    wrapper = face.cache(view, key_constructor={"path": ViewKwargsKeyField("*", partition=True)})
    face(wrapper, None, pk=1, slug="x"), face(wrapper, None, pk=2, slug="x")
    face.do(wrapper, "delete_by_prefix", pk="1")
    assert face.do(wrapper, "get_cache_only", None, pk=1, slug="x") is CACHE_MISSING
    assert face.do(wrapper, "get_cache_only", None, pk=2, slug="x") == 1
    face.do(wrapper, "delete_by_prefix", slug="x")
    assert face.do(wrapper, "get_cache_only", None, pk=2, slug="x") is CACHE_MISSING


def test_a_constructor_wipes_every_function_of_exactly_its_class():
    class Key(KeyConstructor):
        user = ArgsKeyField("user", partition=True)

        class Meta:
            namespace = "wipe-all"

    class Child(Key):
        class Meta:
            namespace = "wipe-child"

    def one(user): ...
    def two(user, page=1): ...
    def three(user): ...

    functions = [cache_result(key_constructor=k)(f) for k, f in ((Key, one), (Key, two), (Child, three))]

    def cached(user):
        return [f.get_cache_only(user) is None for f in functions]

    for function in functions:
        function(1), function(2)
    Key.wipe(user=1)
    assert cached(1) == [False, False, True]
    assert cached(2) == [True, True, True]
    Key.wipe()
    assert cached(2) == [False, False, True]
    Key.wipe(page=1, user=3)
    with pytest.raises(TypeError, match="nothing"):
        Key.wipe(nothing=1)


def test_older_versions_are_deleted_under_the_namespace():
    def load(n):
        return n

    for version in (1, 2, 3):
        Key = InlineKeyConstructor({"n": ArgsKeyField("n")}, version=version, namespace="versions")
        wrapper = cache_result(key_constructor=Key)(load)
        wrapper(1)
    cache.set("versionsX::other", 1, version=1)
    deleted = Key.delete_previous_versions()
    assert deleted >= 2
    assert wrapper.get_cache_only(1) == 1
    assert cache.get("versionsX::other", version=1) == 1
    assert Key.delete_previous_versions() == 0
    assert InlineKeyConstructor({}, namespace="v1").delete_previous_versions() == 0


@pytest.mark.django_db(transaction=True)
def test_a_wipe_inside_a_transaction_takes_effect_at_once_and_again_after_the_commit(face):
    wrapper = face.cache(lambda user: 1, key_constructor={"user": ArgsKeyField("user", partition=True)})
    face(wrapper, 1)
    with transaction.atomic():
        face.do(wrapper, "delete_by_prefix", user=1)
        assert face.do(wrapper, "get_cache_only", 1) is CACHE_MISSING
        face(wrapper, 1)  # another process may have cached the old row meanwhile
        assert face.do(wrapper, "get_cache_only", 1) == 1
    assert face.do(wrapper, "get_cache_only", 1) is CACHE_MISSING
