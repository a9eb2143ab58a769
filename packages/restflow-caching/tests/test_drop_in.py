"""Code written for drf-restflow 2.0.1: its names are here, and where the behaviour differs it is on purpose."""

import pytest
from caching_testapp.models import Book

import restflow.caching
from restflow.caching import (
    CACHE_MISSING,
    ArgsKeyField,
    CacheConfigError,
    CacheKeyError,
    CacheRegister,
    ConstantKeyField,
    InlineKeyConstructor,
    InvalidationRule,
    KeyConstructor,
    RequestValueKeyField,
    cache_result,
    register_dispatcher,
    registered_dispatcher_names,
)
from restflow.caching.dispatchers._brokers import BROKER_CLASSES
from restflow.caching.dispatchers.registry import BROKERS
from restflow.caching.rules._registry import registry
from restflow.core import PluginError

NAMES = """
ArgsKeyField AsyncCachedWrapper AsyncIODispatcher CACHE_MISSING CacheKeyField CacheRegister CacheStatus
CachedResponseWrapper CachedWrapper CeleryDispatcher ConstantKeyField DefaultKeyConstructor Dispatcher
DjangoModelKeyField DjangoQDispatcher DjangoRqDispatcher DramatiqDispatcher DrfSerializerKeyField InlineDispatcher
InlineKeyConstructor InvalidationRule KeyConstructor QueryParamsKeyField RequestValueKeyField
ResponseCacheKeyConstructor SyncCachedWrapper ThreadPoolDispatcher ViewKwargsKeyField cache_response cache_result
register_dispatcher registered_dispatcher_names set_response_cache_header
""".split()  # noqa: SIM905


@pytest.mark.parametrize("name", NAMES)
def test_every_public_name_is_still_there(name):
    assert name in {*restflow.caching.__all__, *BROKER_CLASSES}  # a star import asks for no broker
    broker = BROKER_CLASSES.get(name)
    if broker in BROKERS and broker not in registered_dispatcher_names():
        with pytest.raises(PluginError, match="pip install restflow-dispatch-"):
            getattr(restflow.caching, name)
    else:
        assert getattr(restflow.caching, name) is not None


def test_parts_are_values_in_the_order_of_declaration():
    constructor = InlineKeyConstructor(
        {"z": ArgsKeyField("user_id", partition=True), "a": ConstantKeyField("v", "x", partition=True)},
        namespace="drop-in-order",
    )

    @cache_result(constructor)
    def load(user_id): ...

    assert load.get_cache_key(1).endswith("::1::x")


@pytest.mark.parametrize(
    ("left", "right"),
    [((1,), ("1",)), ((None,), ("null",)), ((None,), ("None",)), (([1, 2],), ("1,2",)), (("a::b",), ("a", "b"))],
)
def test_calls_that_shared_a_key_have_one_each(left, right):
    @cache_result()
    def load(a, b=""):
        return [a, b]

    load(*left)
    assert load.get_cache_only(*right) is CACHE_MISSING


def test_an_objects_address_is_no_key():
    @cache_result()
    def load(thing): ...

    with pytest.raises(CacheKeyError, match="thing"):
        load(object())


def test_mistakes_in_fields_are_refused_that_passed_in_silence():
    with pytest.raises(TypeError, match="hsah"):
        ArgsKeyField("a", hsah=True)
    with pytest.raises(CacheConfigError, match="usr_id"):
        cache_result({"user": ArgsKeyField("usr_id")})(lambda user_id: 1)
    assert RequestValueKeyField("user", "user.id").path == ("user", "id")


@pytest.mark.parametrize("options", [{"cache_if": bool, "cache_unless": bool}, {"ttl": -1}], ids=["both", "negative"])
def test_options_that_contradict_or_make_no_sense_are_refused(options):
    with pytest.raises(CacheConfigError):
        cache_result(**options)(lambda: 1)


def test_metadata_is_always_there_and_tells_of_a_refresh():
    @cache_result(cache_if=lambda value: False)
    def load():
        return 1

    value, metadata = load.get_with_metadata()
    assert (value, metadata["stored"], metadata["cached_at"]) == (1, False, None)
    statuses = []
    restflow.caching.signals.cache_accessed.connect(receiver := lambda status, **kwargs: statuses.append(status))
    try:
        load.refresh()
    finally:
        restflow.caching.signals.cache_accessed.disconnect(receiver)
    assert statuses == ["REFRESH"]


def test_methods_that_lack_arguments_do_not_act_on_another_key():
    @cache_result()
    def load(a): ...

    for method in (load.delete_cache, load.get_cache_only):
        with pytest.raises(TypeError, match="a"):
            method()


def test_defining_a_function_again_replaces_its_rules():
    def define():
        @cache_result({"a": ArgsKeyField("a")}, invalidates_on=[InvalidationRule(model=Book, invalidate_all=True)])
        def load(a): ...

        return load

    define()
    load = define()
    rules = [rule for rule in registry.all() if rule.wrapper.path == load.path]
    assert [rule.wrapper for rule in rules] == [load]
    assert rules[0].id == f"{load.__module__}:{load.__qualname__}#0"
    assert CacheRegister.get_rule(rules[0].id) is not None


@pytest.mark.django_db(transaction=True)
def test_a_dispatcher_that_passes_on_what_it_gets_works_unread():
    passed = []

    @register_dispatcher
    class Passing(restflow.caching.InlineDispatcher):
        name = "drop-in-passing"

        def dispatch(self, *, rule_ids, rule_kwargs, **context):
            passed.append((rule_ids, rule_kwargs))
            super().dispatch(rule_ids=rule_ids, rule_kwargs=rule_kwargs, **context)

    class ByTitle(KeyConstructor):
        title = ArgsKeyField("title", partition=True)

        class Meta:
            namespace = "drop-in-titles"

    rule = InvalidationRule(model=Book, field_mapping={"title": "title"}, dispatcher=Passing.name)

    @cache_result(ByTitle, invalidates_on=[rule])
    def load(title):
        return title

    assert Passing.name in registered_dispatcher_names()
    book = Book.objects.create(title="x")
    load("x")
    book.save()
    assert load.get_cache_only("x") is CACHE_MISSING
    ((ids, kwargs),) = passed
    assert kwargs == {ids[0]: [{"title": "x"}]}
