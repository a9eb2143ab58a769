"""Each system check with its mistake."""

import pytest
from caching_testapp.models import Book
from django.core.checks import Warning, run_checks
from django.test import override_settings

from restflow.caching import ArgsKeyField, Dispatcher, InvalidationRule, cache_result, register_dispatcher
from restflow.caching.checks import check_reach, check_rules
from restflow.caching.dispatchers.registry import plugins

KEY = {"author_id": ArgsKeyField("author_id", partition=True)}


class Durable(Dispatcher):
    name = "durable"
    durable = True
    options = ()

    def dispatch(self, **kwargs): ...


@pytest.fixture
def durable():
    register_dispatcher(Durable)
    yield
    plugins.unregister("durable")


def found(rule=None, **options):
    options = {"model": Book, "field_mapping": {"author_id": "author_id"}, **options}
    rule = rule or InvalidationRule(**options)

    @cache_result(key_constructor=KEY, invalidates_on=[rule])
    def load(author_id): ...

    return {m.id: m for m in check_rules() if m.obj is load or m.id in ("restflow.W301", "restflow.W307")}


@pytest.mark.parametrize(
    ("options", "check", "essence"),
    [
        ({"model": "caching_testapp.Bok"}, "restflow.E301", "caching_testapp.Book"),
        ({"field_mapping": {"author_id": "autor_id"}}, "restflow.E302", "author_id"),
        ({"field_mapping": {"author_id": "author.nam"}}, "restflow.E302", "name"),
        ({"field_mapping": {"author_id": "author"}}, "restflow.E302", "_id column"),
        ({"watch_fields": ["titel"]}, "restflow.E303", "title"),
        ({"invalidate_when": {"!stauts": 1}}, "restflow.E304", "status"),
        ({"m2m_fields": ["tag"]}, "restflow.E305", "tags"),
        ({"m2m_fields": ["author"]}, "restflow.E305", "author"),
        ({"dispatcher": "inlin"}, "restflow.E306", "inline"),
        ({"dispatcher": "threadpool", "dispatcher_config": {"workers": 1}}, "restflow.E306", "max_workers"),
        ({"dispatcher": "durable"}, "restflow.E307", "module level"),
        ({"rewarm": True, "field_mapping": {}, "invalidate_all": True}, "restflow.W303", "required argument"),
        ({"dispatcher": "inline", "field_mapping": {}, "invalidator": print}, "restflow.W304", "no effect"),
    ],
    ids=str,
)
def test_a_mistake_is_told(options, check, essence, durable):
    messages = found(**options)
    assert check in messages, messages
    message = messages[check]
    assert essence in f"{message.msg} {message.hint}"


def test_a_rule_without_mistakes_is_only_told_where_it_is_not_reached(settings):
    right = {
        "field_mapping": {"author_id": "author_id"},
        "watch_fields": ["title", "author_id"],
        "invalidate_when": {"status": "x", "slug": "y"},
        "m2m_fields": ["tags"],
        "rewarm": True,
    }
    assert set(found(**right)) == {"restflow.W301", "restflow.W307"}
    settings.RESTFLOW_SETTINGS = {"CACHE_SETTINGS": {"AUTODISCOVER_MODULES": (__name__,)}}
    messages = found(**right)
    assert not [m for m in messages.values() if m.id == "restflow.W301" and __name__ in m.msg]


def test_a_cache_of_one_process_is_told_before_a_deployment():
    @cache_result
    def load(): ...

    assert [m.id for m in check_reach() if load.path in m.msg] == ["restflow.W302"]
    with override_settings(
        CACHES={"default": {"BACKEND": "django.core.cache.backends.filebased.FileBasedCache", "LOCATION": "/nowhere"}}
    ):
        assert check_reach() == []
    ids = {m.id for m in run_checks(tags=["restflow"], include_deployment_checks=True)}
    assert "restflow.W302" in ids
    assert "restflow.W302" not in {m.id for m in run_checks(tags=["restflow"])}


class Told(Dispatcher):
    """Has something to say of its broker."""

    name = "told"
    options = ("queue",)
    asked: list = []

    def check(self):
        self.asked.append(self.option("queue"))
        if self.option("queue") == "broken":
            raise ConnectionError("no answer")
        return [Warning("a broker that forgets", id="restflow.W308")]

    def dispatch(self, **work):
        raise NotImplementedError


def test_each_broker_in_use_is_asked_once():
    Told.asked.clear()
    rules = [
        InvalidationRule(Book, invalidate_all=True, dispatcher=Told, dispatcher_config={"queue": queue}, name=name)
        for queue, name in (("a", "one"), ("a", "two"), ("broken", "three"))
    ]

    @cache_result(invalidates_on=rules)
    def load(): ...

    told = [(m.id, m.msg) for m in check_rules() if m.id in ("restflow.E308", "restflow.W308")]
    assert sorted(check for check, _ in told) == ["restflow.E308", "restflow.W308"]
    assert any("no answer" in text for _, text in told)
    assert sorted(Told.asked) == ["a", "broken"]
    assert load


urlpatterns: list = []


def test_public_answers_behind_closed_permissions_are_told():
    pytest.importorskip("rest_framework")
    from django.urls import path
    from rest_framework.decorators import api_view, permission_classes
    from rest_framework.permissions import AllowAny, IsAuthenticated
    from rest_framework.views import APIView

    from restflow.caching import cache_response

    class Open(APIView):
        permission_classes = (AllowAny,)

        @cache_response(public=True)
        def get(self, request): ...

    class Closed(APIView):
        permission_classes = (IsAuthenticated,)

        @cache_response(public=True)
        def get(self, request): ...

    class Private(Closed):
        @cache_response
        def get(self, request): ...

    @api_view()
    @permission_classes([IsAuthenticated])
    @cache_response(public=True)
    def function(request): ...

    urlpatterns[:] = [
        *(path(cls.__name__, cls.as_view()) for cls in (Open, Closed, Private)),
        path("function", function),
    ]
    with override_settings(ROOT_URLCONF=__name__):
        told = [m for m in check_rules() if m.id == "restflow.W305"]
    assert sorted(m.obj.__name__ for m in told) == ["Closed", "function"]
