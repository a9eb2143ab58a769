"""`manage.py restflow_cache`: list, explain, wipe, prune."""

import io
import json

import pytest
from caching_testapp.models import Author
from django.core.management import CommandError
from django.core.management.base import BaseCommand
from django.http import HttpResponse
from django.test import RequestFactory

from restflow.caching import (
    CACHE_MISSING,
    ArgsKeyField,
    InlineKeyConstructor,
    InvalidationRule,
    cache_response,
    cache_result,
)
from restflow.caching.management.commands.restflow_cache import Command


def run(*words):
    """The command as `manage.py` runs it, also where the app is not installed."""
    command: BaseCommand = Command(stdout=io.StringIO(), no_color=True)
    parser = command.create_parser("manage.py", "restflow_cache")
    command.handle(**vars(parser.parse_args(list(words))))
    return command.stdout.getvalue()


@pytest.fixture
def load():
    constructor = InlineKeyConstructor(
        {"user": ArgsKeyField("user", partition=True), "page": ArgsKeyField("page")}, namespace="command"
    )
    rules = [InvalidationRule(model=Author, field_mapping={"user": "pk"}, dispatcher="threadpool")]

    @cache_result(key_constructor=constructor, ttl=60, stale_ttl=60, invalidates_on=rules)
    def load(user, page=1):
        return [user, page]

    return load


def test_list_tells_functions_and_rules(load):
    (told,) = [function for function in json.loads(run("list", "--json")) if function["path"] == load.path]
    assert told["ttl"] == 60
    assert told["fields"] == ["user", "page"]
    assert told["rules"][0]["dispatcher"] == "threadpool"
    assert load.path in run("list")


def explain(load, *values):
    return json.loads(run("explain", load.path, *values, "--json"))


def test_explain_tells_fresh_stale_dead_and_absent(load, monkeypatch):
    assert explain(load, "user=1")["entry"] == "absent"
    load(1)
    told = explain(load, "user=1", "page=1")
    assert (told["entry"], told["dimensions"], told["partition"], told["suffix"]) == ("fresh", ["user"], ["1"], "1")
    assert told["key"] == load.get_cache_key(1)
    import time

    now = time.time()
    monkeypatch.setattr("time.time", lambda: now + 90)
    assert explain(load, "user=1")["entry"] == "stale"
    load.delete_by_prefix(user=1)
    told = explain(load, "user=1")
    assert (told["entry"], told["dead by"]) == ("dead", load.plan.doomed((), {"user": 1}))
    assert "dead by" in run("explain", load.path, "user=1")


def test_explain_tells_the_variants_of_a_cached_response():
    def detail(request, pk):
        return HttpResponse(f"{pk} {request.GET.get('page', '')}")

    detail.__qualname__ = "detail"  # a longer name would have its keys hashed, which cannot be listed by what they hold
    detail = cache_response(ttl=60)(detail)
    get = RequestFactory().get
    assert explain(detail, "pk=1")["variants"] == {}
    detail(get("/1/"), pk=1)
    detail(get("/1/?page=2"), pk=1)
    detail(get("/1/", HTTP_AUTHORIZATION="Token a"), pk="1")
    detail(get("/2/"), pk=2)
    told = explain(detail, "pk=1")
    assert [*told["variants"].values()] == ["fresh"] * 3
    assert detail.get_cache_key(get("/1/"), pk=1) in told["variants"]
    assert told["dimensions"] == ["pk"]
    detail.delete_cache(get("/1/?page=2"), pk=1)
    states = explain(detail, "pk=1")["variants"]
    assert {key: state[:4] for key, state in states.items()} == {
        key: "dead" if key == detail.get_cache_key(get("/1/?page=2"), pk=1) else "fres" for key in states
    }
    detail.delete_by_prefix(pk=1)
    assert all(state.startswith("dead by @ResponseCache") for state in explain(detail, "pk=1")["variants"].values())
    assert [*explain(detail, "pk=2")["variants"].values()] == ["fresh"]
    assert "variants" in run("explain", detail.path, "pk=2")


def test_wipe_reaches_what_it_is_told_and_refuses_to_guess(load):
    load(1), load(2), load("x")
    run("wipe", load.path, "user=1")
    assert load.get_cache_only(1) is CACHE_MISSING
    assert load.get_cache_only(2) == [2, 1]
    run("wipe", load.path, "user=x")
    assert load.get_cache_only("x") is CACHE_MISSING
    with pytest.raises(CommandError, match="--all"):
        run("wipe", load.path)
    run("wipe", load.path, "--all")
    assert load.get_cache_only(2) is CACHE_MISSING


@pytest.mark.django_db(transaction=True)
def test_wipe_by_model(load):
    from restflow.caching.dispatchers.registry import plugins

    load(1)
    run("wipe", "--model", "caching_testapp.Author")
    assert plugins.get("threadpool")().flush(10)
    assert load.get_cache_only(1) is CACHE_MISSING


@pytest.mark.parametrize(
    ("words", "essence"),
    [
        (("wipe", "no.such.function", "a=1"), "There is no cached function"),
        (("explain", "{path}x"), "Did you mean"),
        (("wipe", "{path}", "usr=1"), "Did you mean 'user'"),
        (("wipe", "{path}", "user"), "NAME=VALUE"),
        (("wipe",), "--model"),
        (("wipe", "--model", "caching_testapp.Authr"), "Author"),
        (("explain", "{path}"), "missing 1 required"),
        (("prune", "{path}"), "cannot be pruned"),
    ],
)
def test_mistakes_are_told_with_what_is_known(load, words, essence):
    with pytest.raises(CommandError, match=essence):
        run(*(word.format(path=load.path) for word in words))


def test_prune_deletes_the_dead_and_nothing_servable(load, redis_backend):
    for user in range(20):
        load(user)
    load.delete_by_prefix(user=1)
    load.delete_cache(2)
    load.delete_by_prefix(user=3)
    load(3)
    assert run("prune", load.path, "--dry-run") == "19 entries seen, 1 dead ones would be deleted\n"
    assert run("prune", load.path, "--batch", "3") == "19 entries seen, 1 dead ones deleted\n"
    assert run("prune").startswith("18 entries seen, 0 dead")
    assert [user for user in range(20) if load.get_cache_only(user) is CACHE_MISSING] == [1, 2]


def test_prune_leaves_alone_what_writers_do_meanwhile(load, redis_backend, threads):
    import threading

    stop, lost = threading.Event(), []

    def write():
        user = 0
        while not stop.is_set():
            user = (user + 1) % 10
            load.delete_by_prefix(user=user)
            load(user)
            if load.get_cache_only(user) is CACHE_MISSING:
                lost.append(user)

    def prune():
        for _ in range(30):
            run("prune", load.path, "--batch", "5")
        stop.set()

    threads(write, prune)
    assert lost == []
