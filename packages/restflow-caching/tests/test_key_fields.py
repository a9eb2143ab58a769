"""What each key field takes out of a call."""

import pytest
from caching_testapp.models import Author, Book
from django.test import RequestFactory

from restflow.caching import (
    ArgsKeyField,
    CacheConfigError,
    CacheKeyError,
    CacheKeyField,
    ConstantKeyField,
    DjangoModelKeyField,
    QueryParamsKeyField,
    RequestValueKeyField,
    ViewKwargsKeyField,
    cache_result,
)


def part(field, func, *args, **kwargs):
    wrapper = cache_result(key_constructor={"field": field})(func)
    key = wrapper.get_cache_key(*args, **kwargs)
    path = f"{func.__module__}.{func.__qualname__}"
    assert key.startswith(f"{path}::")
    direct = field.get_cache_key_part(func, args, kwargs)
    assert key == f"{path}::{direct}"  # the short way and the documented one agree
    return direct


def load(user_id, scope="full", *rest, flag=False, **extra): ...


class Owner:
    def __init__(self):
        self.address = {"city": "Rome"}


@pytest.mark.parametrize(
    ("field", "args", "kwargs", "expected"),
    [
        (ArgsKeyField("user_id"), (1,), {}, "1"),
        (ArgsKeyField("scope"), (1,), {}, "full"),
        (ArgsKeyField("rest"), (1, "a", 2, 3), {}, "(2,3)"),
        (ArgsKeyField("colour"), (1,), {"colour": "red"}, "red"),
        (ArgsKeyField("colour"), (1,), {}, ""),
        (ArgsKeyField(["scope", "user_id"]), (1,), {}, "scope=full&user_id=1"),
        (ArgsKeyField(), (1,), {"x": 2}, "flag=False&rest=()&scope=full&user_id=1&x=2"),
        (ArgsKeyField("user_id", normalizer=int), ("7",), {}, "7"),
        (ArgsKeyField("user_id", normalizer=int), ("seven",), {}, "seven"),
        (ArgsKeyField("user_id", path="address.city"), (Owner(),), {}, "Rome"),
        (ArgsKeyField("user_id", path="address.street"), (Owner(),), {}, "~missing"),
        (ArgsKeyField("user_id", sort_lists=True), ([2, 1],), {}, "[1,2]"),
        (ConstantKeyField("v", "production"), (1,), {}, "production"),
    ],
)
def test_fields_read_arguments(field, args, kwargs, expected):
    assert part(field, load, *args, **kwargs) == expected


def test_a_hashed_part_is_the_first_32_digits_of_the_digest():
    assert part(ArgsKeyField("scope", hash=True), load, 1) == "a18b869b2e81c0c529552a3c4fa5c92e"
    assert part(ArgsKeyField("scope", hash_value=True), load, 1) == "a18b869b2e81c0c529552a3c4fa5c92e"


def test_a_positional_only_parameter_and_a_keyword_of_its_name_stay_apart():
    def odd(a, /, **extra): ...

    assert part(ArgsKeyField(), odd, 1, a=2) != part(ArgsKeyField(), odd, 2, a=1)


@pytest.mark.parametrize("options", [{"hsh": True}, {"hash": True, "hash_value": False}])
def test_options_that_are_unknown_or_contradict_are_refused(options):
    with pytest.raises(TypeError):
        ArgsKeyField("a", **options)


def test_a_field_that_names_a_missing_argument_is_refused_with_the_nearest_name():
    def shop(product_id): ...

    with pytest.raises(CacheConfigError, match="product_id"):
        cache_result(key_constructor={"p": ArgsKeyField("product")})(shop)
    optional = cache_result(key_constructor={"p": ArgsKeyField("product", optional=True)})(shop)
    assert optional.get_cache_key(1).endswith("::")


def test_a_value_without_a_text_is_refused_before_the_function_runs():
    @cache_result
    def never(thing):
        raise AssertionError("ran")

    with pytest.raises(CacheKeyError, match=r"never.*'arguments'.*'thing'.*builtins\.object") as caught:
        never(object())
    assert "path=" in str(caught.value)
    assert "__cache_key__" in str(caught.value)


def view(request, pk, *, tab="all"): ...


class View:
    def __init__(self, request):
        self.request = request

    def get(self, pk): ...


def get(path="/", **meta):
    return RequestFactory().get(path, **meta)


def test_view_kwargs_leave_out_self_and_request():
    assert part(ViewKwargsKeyField(), view, get(), 1) == "pk=1&tab=all"


def test_request_values_follow_a_path_and_take_a_label():
    request = get(HTTP_X_TENANT="acme")
    assert part(RequestValueKeyField("META.HTTP_X_TENANT"), view, request, 1) == "acme"
    assert part(RequestValueKeyField("tenant", "META.HTTP_X_TENANT"), view, request, pk=1) == "acme"
    assert part(RequestValueKeyField("user.id"), view, request, 1) == "~missing"


def test_the_request_is_found_on_a_view():
    field = RequestValueKeyField("method")
    assert part(field, View.get, View(get()), 1) == "GET"
    with pytest.raises(CacheKeyError, match="found no request"):
        part(RequestValueKeyField("method", view_self_request_fallback=False), View.get, View(get()), 1)


@pytest.mark.parametrize("args", [(None, 1), (1,)])
def test_a_request_value_without_a_request_is_refused_rather_than_shared_by_all(args):
    def plain(pk): ...

    with pytest.raises(CacheKeyError, match="found no request"):
        part(RequestValueKeyField("user.id"), view if len(args) == 2 else plain, *args)


@pytest.mark.parametrize(
    ("field", "query", "expected"),
    [
        (QueryParamsKeyField(), "?b=2&a=1", "a='1'&b='2'"),
        (QueryParamsKeyField("a"), "?b=2&a=1", "a='1'"),
        (QueryParamsKeyField(["a", "c"]), "?b=2&a=1", "a='1'"),
        (QueryParamsKeyField("c"), "?b=2&a=1", ""),
        (QueryParamsKeyField(), "?tag=b&tag=a", "tag=[a,b]"),
        (QueryParamsKeyField(sort_lists=False), "?tag=b&tag=a", "tag=[b,a]"),
        (QueryParamsKeyField(), "?tag=a,b", "tag='a%2Cb'"),
        (QueryParamsKeyField(), "?a%26b=1", "'a%26b'='1'"),
    ],
)
def test_query_parameters(field, query, expected):
    assert part(field, view, get(f"/{query}"), 1) == expected


def test_query_parameters_without_a_request_have_no_payload():
    assert part(QueryParamsKeyField(), view, None, 1) == ""


def test_a_model_fingerprint_differs_between_models_and_is_stable():
    book, author = (part(DjangoModelKeyField(model), load, 1) for model in (Book, Author))
    assert book != author
    assert book == part(DjangoModelKeyField(Book), load, 1)
    assert len(book) == 32


def test_a_serializer_fingerprint_follows_the_shape_and_ends_recursion():
    serializers = pytest.importorskip("rest_framework.serializers")
    from restflow.caching import DrfSerializerKeyField

    class Inner(serializers.Serializer):
        a = serializers.CharField()

        def get_fields(self):
            fields = super().get_fields()
            if len(type(self)._seen) < 3:
                type(self)._seen.append(1)
                fields["again"] = Inner(many=True)
            return fields

        _seen: list[int] = []

    class One(serializers.Serializer):
        a = serializers.CharField()
        inner = Inner()

    class Two(serializers.Serializer):
        a = serializers.CharField(required=False)
        inner = Inner()

    assert part(DrfSerializerKeyField(One), load, 1) != part(DrfSerializerKeyField(Two), load, 1)

    class Needy(serializers.Serializer):
        def __init__(self, wanted, **kwargs):
            super().__init__(**kwargs)

    with pytest.raises(CacheConfigError, match="Needy"):
        part(DrfSerializerKeyField(Needy), load, 1)


def test_own_fields_may_control_payload_and_text():
    class Initial(CacheKeyField):
        def get_key_payload(self, func, args, kwargs):
            return {"initial": args[0][0]}

        def stringify(self, value):
            return f"{value} ::"

    written = part(Initial(), lambda name: None, "bob")
    assert written.startswith("initial=b")
    assert "::" not in written
    assert " " not in written
