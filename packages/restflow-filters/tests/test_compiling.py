"""Compiling once: at import where models are loaded, on first use where not; system checks; nothing shared."""

import subprocess
import sys
import textwrap
import threading
from concurrent.futures import ThreadPoolExecutor
from weakref import WeakSet

import pytest
from django.apps import apps
from django.core.checks import run_checks
from django.http import QueryDict
from django.utils import translation
from filters_testapp.models import Product

from restflow.core import ConfigError, subsystems
from restflow.filters import FilterSet, IntegerField, StringField, filterset


@pytest.fixture
def models_not_loaded(monkeypatch):
    monkeypatch.setattr(apps, "models_ready", False)
    yield
    monkeypatch.undo()


def test_a_mistake_is_raised_at_import_with_class_filter_file_and_nearest_name():
    with pytest.raises(ConfigError) as caught:

        class ProductFilterSet(FilterSet):
            price = IntegerField(db_field="prise")

            class Meta:
                model = Product

    assert "ProductFilterSet.price: filters_testapp.Product has no field" in str(caught.value)
    assert "Did you mean 'price'?" in str(caught.value)
    assert __file__ in "\n".join(caught.value.__notes__)


def test_before_models_are_loaded_it_waits_for_the_first_use(monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(apps, "models_ready", False)

        class Early(FilterSet):
            price = IntegerField(db_field="prise")

            class Meta:
                model = "filters_testapp.Product"

    with pytest.raises(ConfigError, match="prise"):
        Early({}).is_valid()
    filterset.declared.discard(Early)


def test_the_first_use_from_many_threads_compiles_once(monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(apps, "models_ready", False)

        class Early(FilterSet):
            name = StringField(lookups="__all__")

            class Meta:
                model = Product

    compiled, original = [], filterset.compile_plan
    monkeypatch.setattr(filterset, "compile_plan", lambda *args: compiled.append(args) or original(*args))
    barrier = threading.Barrier(32)

    def use(number):
        barrier.wait()
        return Early({"name": str(number)}).model_dump()

    with ThreadPoolExecutor(32) as pool:
        dumps = list(pool.map(use, range(32)))
    assert len(compiled) == 1
    assert dumps == [{"name": str(number)} for number in range(32)]


def test_interleaved_requests_see_their_own_context_language_and_values():
    class Watching(IntegerField):
        def to_internal_value(self, data):
            value = super().to_internal_value(data)
            gate.wait()
            assert self.context["request"].number == value
            return value

    class Set(FilterSet):
        number = Watching()
        text = IntegerField()

    gate = threading.Barrier(2, timeout=10)

    def ask(number, language):
        request = type("Request", (), {"query_params": QueryDict(f"number={number}&text=x"), "number": number})()
        with translation.override(language):
            filterset = Set(request=request)
            filterset.is_valid()
            return str(filterset.errors["text"][0])

    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(ask, [1, 2], ["en", "de"]))
    assert found == ["A valid integer is required.", "Eine gültige Ganzzahl ist erforderlich."]


class TestChecks:
    @pytest.fixture(autouse=True)
    def none_declared_before(self, monkeypatch):
        monkeypatch.setattr(filterset, "declared", WeakSet())

    def messages(self):
        return [
            message
            for message in run_checks(tags=["restflow"])
            if message.id.startswith(("restflow.E2", "restflow.W2"))
        ]

    def test_all_is_well(self):
        assert self.messages() == []

    def test_a_set_that_does_not_compile_is_an_error_with_its_file(self, monkeypatch):
        with monkeypatch.context() as patch:
            patch.setattr(apps, "models_ready", False)

            class Early(FilterSet):
                price = IntegerField(lookups=["gtee"])

                class Meta:
                    model = "filters_testapp.Product"

        (message,) = self.messages()
        assert message.id == "restflow.E201"
        assert "Early.price" in message.msg
        assert __file__ in message.msg
        assert message.hint == "Did you mean 'gte'?"
        assert message.obj is Early

    def test_a_broken_urlconf_is_a_message(self, settings):
        settings.ROOT_URLCONF = "nowhere.urls"
        (message,) = self.messages()
        assert (message.id, "nowhere" in message.msg) == ("restflow.E201", True)

    def test_the_subsystem_names_its_checks(self):
        (own,) = [one for one in subsystems() if one.name == "filters"]
        assert (own.checks, own.app) == ("restflow.filters.checks", "restflow.filters")


def run(code):
    done = subprocess.run([sys.executable, "-W", "error", "-c", textwrap.dedent(code)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_importing_brings_no_views_and_no_other_subsystem():
    found = run(
        """
        import sys
        from django.conf import settings
        settings.configure()
        import rest_framework.filters, rest_framework.serializers
        before = set(sys.modules)
        import restflow.filters
        new = set(sys.modules) - before
        print(sorted(name for name in new if name.startswith("restflow.")))
        unwanted = ("drf_spectacular", "psycopg", "django.contrib", "rest_framework.views", "rest_framework.generics")
        assert not [name for name in new if name.startswith(unwanted)], new
        assert "rest_framework.views" not in sys.modules
        """
    )
    assert {name.split(".")[1] for name in eval(found)} == {"core", "filters"}


def test_it_can_be_named_in_the_frameworks_settings_and_imported_first():
    run(
        """
        from django.conf import settings
        settings.configure(
            INSTALLED_APPS=["restflow.filters", "rest_framework"],
            REST_FRAMEWORK={"DEFAULT_FILTER_BACKENDS": ["restflow.filters.RestflowFilterBackend"]},
        )
        import restflow.filters
        import django
        django.setup()
        from rest_framework.generics import ListAPIView
        assert ListAPIView.filter_backends == [restflow.filters.RestflowFilterBackend]
        """
    )


def test_a_set_may_be_declared_in_models_of_a_project_without_contenttypes(tmp_path):
    package = tmp_path / "shop"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "models.py").write_text(
        textwrap.dedent(
            """
            from django.db import models
            from restflow.filters import FilterSet

            class ItemFilterSet(FilterSet):
                name: str

                class Meta:
                    model = "shop.Item"
                    fields = ["price"]

            class Item(models.Model):
                name = models.CharField(max_length=9)
                price = models.IntegerField()
            """
        )
    )
    run(
        f"""
        import sys
        sys.path.insert(0, {str(tmp_path)!r})
        from django.conf import settings
        settings.configure(
            INSTALLED_APPS=["shop"],
            DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
            DATABASES={{"default": {{"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}}},
        )
        import django
        django.setup()
        from shop.models import Item, ItemFilterSet
        assert "price" in str(ItemFilterSet({{"price": "3"}}).filter_queryset(Item.objects.all()).query)
        """
    )
