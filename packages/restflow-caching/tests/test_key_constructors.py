"""How parts are joined, what `Meta` says, and that no two functions share a prefix unasked."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from restflow.caching import (
    ArgsKeyField,
    CacheConfigError,
    ConstantKeyField,
    DefaultKeyConstructor,
    InlineKeyConstructor,
    KeyConstructor,
    cache_result,
)
from restflow.caching.hashing import hash_string


class UserKey(KeyConstructor):
    user = ArgsKeyField("user_id", partition=True)
    environment = ConstantKeyField("v", "production", partition=True)
    scope = ArgsKeyField("scope")

    class Meta:
        namespace = "users"


def get_user_data(user_id: int, scope: str): ...


get_user_data.__qualname__ = "get_user_data"


def test_the_documented_key():
    wrapper = cache_result(key_constructor=UserKey, ttl=300)(get_user_data)
    assert wrapper.get_cache_key(user_id=1, scope="full") == "users::get_user_data::1::production::full"
    constructor = wrapper.key_constructor
    assert constructor.build_partition(get_user_data, (1, "full"), {}) == "1::production"
    assert constructor.build_partition(get_user_data, None, None) == ""
    assert constructor.build_key_prefix(get_user_data, (1, "full"), {}) == "users::get_user_data::1::production"
    assert constructor.build_key_suffix(get_user_data, (1, "full"), {}) == "full"
    assert constructor.generate_key(get_user_data, (1, "full"), {}) == "users::get_user_data::1::production::full"


def test_without_a_namespace_the_whole_path_names_the_function():
    wrapper = cache_result(key_constructor={"a": ArgsKeyField("scope")})(get_user_data)
    assert wrapper.get_cache_key(1, "x") == f"{__name__}.get_user_data::x"


@pytest.mark.parametrize(
    ("identifier", "expected"),
    [("fixed", "fixed"), ("{module}/{qualname}/{name}", f"{__name__}/get_user_data/get_user_data")],
)
def test_key_identifier_stands_for_the_function(identifier, expected):
    constructor = InlineKeyConstructor({"a": ArgsKeyField("scope")}, namespace="ki", key_identifier=identifier)
    assert cache_result(key_constructor=constructor)(get_user_data).get_cache_key(1, "x") == f"ki::{expected}::x"


def test_fields_keep_their_order_through_inheritance_and_none_removes():
    class Child(UserKey):
        tenant = ArgsKeyField("tenant")
        environment = ConstantKeyField("v", "test", partition=True)
        scope = None

    assert list(Child.get_fields()) == ["user", "environment", "tenant"]
    assert Child.fields["environment"].value == "test"
    assert Child.options.namespace == "users"
    assert list(UserKey.fields) == ["user", "environment", "scope"]


def test_an_empty_part_stays_in_its_place():
    constructor = {"a": ArgsKeyField("a", optional=True), "b": ArgsKeyField("b", optional=True), "c": ArgsKeyField("c")}
    key = cache_result(key_constructor=constructor)(lambda c: None).get_cache_key(1)
    assert key.endswith("::::::1")


def test_long_suffixes_and_keys_are_hashed_and_never_cut(settings):
    short = InlineKeyConstructor({"a": ArgsKeyField("scope")}, namespace="n", max_key_suffix_length=10)
    wrapper = cache_result(key_constructor=short)(get_user_data)
    assert wrapper.get_cache_key(1, "x" * 11) == f"n::get_user_data::#{hash_string('x' * 11)[:32]}"
    long = InlineKeyConstructor({"a": ArgsKeyField("scope", partition=True)}, namespace="n2")
    wrapper = cache_result(key_constructor=long)(get_user_data)
    whole = f"n2::get_user_data::{'x' * 300}"
    assert wrapper.get_cache_key(1, "x" * 300) == f"n2::get_user_data::#{hash_string(whole)[:32]}"
    settings.RESTFLOW_SETTINGS = {"CACHE_SETTINGS": {"MAX_KEY_LENGTH": 20}}
    assert wrapper.get_cache_key(1, "x" * 300) == f"#{hash_string(whole)}"


def test_the_hash_is_the_settings_choice(settings):
    assert hash_string("a") == "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb"
    settings.RESTFLOW_SETTINGS = {"CACHE_SETTINGS": {"KEY_HASH_ALGORITHM": lambda value: "f" * 40}}
    assert hash_string("a") == "f" * 40


def test_wrong_options_are_refused_when_the_class_is_made():
    for name, value in [("namespace", 1), ("version", "x"), ("version", True), ("max_key_suffix_length", "9")]:
        with pytest.raises(TypeError, match=name):
            type("Bad", (KeyConstructor,), {"Meta": type("Meta", (), {name: value})})
    for value in ("a::b", "a b", "@a", "a\x00"):
        with pytest.raises(CacheConfigError, match="namespace"):
            type("Bad", (KeyConstructor,), {"Meta": type("Meta", (), {"namespace": value})})
    with pytest.raises(CacheConfigError, match="Did you mean 'namespace'"):
        type("Bad", (KeyConstructor,), {"Meta": type("Meta", (), {"namespce": "x"})})
    assert type("Good", (KeyConstructor,), {"Meta": type("Meta", (), {"version": "3"})}).get_version() == 3


def test_an_inline_constructor_is_the_same_class_for_the_same_fields():
    fields = {"a": ArgsKeyField("a")}
    assert InlineKeyConstructor(fields) is InlineKeyConstructor(fields)
    assert InlineKeyConstructor(fields) is not InlineKeyConstructor(fields, version=2)


@pytest.mark.parametrize("wrong", [3, "users", [ArgsKeyField("a")], int, {"a": 1}])
def test_what_is_no_key_constructor_is_refused(wrong):
    with pytest.raises(CacheConfigError):
        cache_result(key_constructor=wrong)(get_user_data)


def test_a_dict_of_parameters_is_a_constructor_too():
    given = {"fields": {"a": ArgsKeyField("scope")}, "namespace": "dict-of"}
    assert cache_result(key_constructor=given)(get_user_data).get_cache_key(1, "x") == "dict-of::get_user_data::x"


def named(module, qualname="same"):
    def func(a): ...

    func.__module__, func.__qualname__ = module, qualname
    return func


def test_two_functions_with_one_prefix_are_refused_unless_both_ask_for_it():
    fields = {"a": ArgsKeyField("a")}
    cache_result(key_constructor=InlineKeyConstructor(fields, namespace="claims"))(named("one"))
    with pytest.raises(CacheConfigError, match=r"two\.same and one\.same") as caught:
        cache_result(key_constructor=InlineKeyConstructor(fields, namespace="claims"))(named("two"))
    assert "namespace" in str(caught.value)
    assert "key_identifier" in str(caught.value)
    cache_result(key_constructor=InlineKeyConstructor(fields, namespace="claims"))(named("one"))  # a reload
    cache_result(key_constructor=InlineKeyConstructor(fields, namespace="claims"))(named("__main__"))
    shared = InlineKeyConstructor(fields, namespace="claims2", key_identifier="shared")
    assert {cache_result(key_constructor=shared)(named(m)).get_cache_key(1) for m in ("one", "two")} == {
        "claims2::shared::1"
    }


words = st.one_of(st.integers(), st.text(max_size=6), st.none(), st.lists(st.text(max_size=3), max_size=2))


@settings(max_examples=200, deadline=None)
@given(st.tuples(words, words, words), st.tuples(words, words, words))
def test_no_two_different_calls_share_a_key(left, right):
    def triple(a, b, c): ...

    for constructor in (
        DefaultKeyConstructor,
        {"a": ArgsKeyField("a"), "b": ArgsKeyField("b", partition=True), "c": ArgsKeyField("c")},
        {"ab": ArgsKeyField(["a", "b"], partition=True), "c": ArgsKeyField("c", hash=True)},
    ):
        wrapper = cache_result(key_constructor=constructor)(triple)
        same = wrapper.get_cache_key(*left) == wrapper.get_cache_key(*right)
        assert same == ([*map(repr, left)] == [*map(repr, right)])
