"""PostgreSQL: arrays, search, trigrams and accents on the real server, and what is refused without its app."""

import pytest
from django.conf import settings as django_settings
from django.core.checks import run_checks
from django.db import connections
from django.test import modify_settings

from restflow.core import ConfigError
from restflow.filters import DecimalField, FilterSet, IntegerField, ListField, StringField, filterset

pytest.importorskip("psycopg")
if "postgres" not in django_settings.DATABASES:
    pytest.skip("no database 'postgres' in this environment", allow_module_level=True)

from filters_testapp.models import Product
from filters_testapp.postgres_models import Paper

pytestmark = [pytest.mark.needs("postgres"), pytest.mark.django_db(databases=["default", "postgres"])]


@pytest.fixture
def contrib(db):
    """django.contrib.postgres with its extensions, for as long as the test runs."""
    with modify_settings(INSTALLED_APPS={"append": "django.contrib.postgres"}):
        with connections["postgres"].cursor() as cursor:
            for extension in ("unaccent", "pg_trgm"):
                cursor.execute(f"CREATE EXTENSION IF NOT EXISTS {extension}")
        yield


@pytest.fixture
def papers(db):
    from django.contrib.postgres.search import SearchVector

    rows = [
        {"title": "Running héros", "tags": ["red", "big"], "pages": [1, 2], "prices": ["1.50"]},
        {"title": "The runner", "tags": ["red"], "pages": [2], "prices": []},
        {"title": "cats", "tags": [], "pages": None, "prices": None},
        {"title": None, "tags": None, "pages": [], "prices": ["999.99"]},
    ]
    manager = Paper.objects.using("postgres")
    for row in rows:
        manager.create(**row)
    manager.update(vector=SearchVector("title", config="english"))
    return manager


def made(meta=None, **body):
    return type("PaperFilterSet", (FilterSet,), {**body, "Meta": type("Meta", (), {"model": Paper, **(meta or {})})})


ALL = {"Running héros", "The runner", "cats", None}


def both(cls, papers, name, value):
    """What a parameter selects, having made sure that its negation is the complement."""
    chosen, left_out = (
        [paper.title for paper in cls({key: value}).filter_queryset(papers.all())] for key in (name, f"{name}!")
    )
    assert set(left_out) == ALL - set(chosen)
    assert len(chosen) + len(left_out) == len(ALL)
    return set(chosen)


class TestArrays:
    cls = made(
        tags=ListField(lookups=["pg_array", "overlap", "len", "isnull", "exact"]),
        pages=ListField(child=IntegerField(), lookups=["pg_array", "len__gte"]),
        prices=ListField(child=DecimalField(max_digits=20, decimal_places=4), lookups=["pg_array"]),
        words=ListField(db_field="pages", lookups=["contains"]),
    )

    @pytest.mark.parametrize(
        ("name", "value", "expected"),
        [
            ("tags", "red,big", {"Running héros"}),
            ("tags", "big,red", set()),
            ("tags", "", {"cats"}),
            ("tags__exact", "red", {"The runner"}),
            ("tags__contains", "red", {"Running héros", "The runner"}),
            ("tags__contains", "red,big", {"Running héros"}),
            ("tags__overlaps", "big,none", {"Running héros"}),
            ("tags__overlap", "big,none", {"Running héros"}),
            ("tags__contained_by", "red,blue", {"The runner", "cats"}),
            ("tags__len", "2", {"Running héros"}),
            ("tags__len", "0", {"cats"}),
            ("tags__isnull", "true", {None}),
            ("pages", "1,2", {"Running héros"}),
            ("pages__contains", "2", {"Running héros", "The runner"}),
            ("pages__len__gte", "1", {"Running héros", "The runner"}),
            ("prices__contains", "1.50", {"Running héros"}),
        ],
    )
    def test_lookups_select_and_negations_are_complements(self, papers, name, value, expected):
        assert both(self.cls, papers, name, value) == expected

    @pytest.mark.parametrize(
        ("name", "value", "expected"),
        [
            ("pages", "1,99999", set()),
            ("pages__contains", "2,9223372036854775807", set()),
            ("pages__overlaps", "1,99999", {"Running héros"}),
            ("pages__contained_by", "2,99999", {"The runner", None}),
            ("tags__contains", "a-tag-longer-than-the-column", set()),
            ("tags__contains", "redredred", set()),
            ("prices__contains", "123456.5000", set()),
            ("prices__contains", "1.5001", set()),
        ],
    )
    def test_items_that_the_column_cannot_hold_match_nothing(self, papers, name, value, expected):
        assert both(self.cls, papers, name, value) == expected

    def test_items_that_the_column_rejects_are_a_400(self):
        filterset = self.cls({"words": "one"})
        assert not filterset.is_valid()
        assert [detail.code for detail in filterset.errors["words"]] == ["invalid"]

    def test_a_model_array_gives_a_list_of_its_items_with_array_lookups(self):
        cls = made({"fields": ["tags", "pages"]})
        fields = cls().fields
        assert [name for name in fields if "!" not in name] == [
            *("tags", "tags__contains", "tags__overlaps", "tags__contained_by"),
            *("pages", "pages__contains", "pages__overlaps", "pages__contained_by"),
        ]
        assert (type(fields["tags"].child), type(fields["pages"].child)) == (StringField, IntegerField)

    @pytest.mark.parametrize("lookup", ["in", "range", "icontainz"])
    def test_what_an_array_lacks_is_refused(self, lookup):
        with pytest.raises(ConfigError, match=rf"PaperFilterSet\.tags: a ArrayField has no lookup '{lookup}'"):
            made(tags=ListField(lookups=[lookup]))


class TestSearch:
    @pytest.mark.parametrize(
        ("options", "value", "expected"),
        [
            ({"lookup": "search", "config": "english"}, "run", {"Running héros"}),
            ({"lookup": "search", "config": "english", "search_type": "websearch"}, "run -cats", {"Running héros"}),
            ({"lookup": "search", "config": "english", "search_type": "phrase"}, "running héros", {"Running héros"}),
            ({"lookup": "search", "config": "simple"}, "run", set()),
            ({"lookup": "search"}, "cat", {"cats"}),
        ],
    )
    def test_a_text_column_and_a_vector(self, contrib, papers, options, value, expected):
        cls = made(title=StringField(lookups={"find": options}))
        assert both(cls, papers, "title__find", value) == expected
        if options.get("config") == "english":
            cls = made(found=StringField(db_field="vector", allow_base=False, lookups={"find": options}))
            assert both(cls, papers, "found__find", value) == expected

    @pytest.mark.parametrize("kind", ["plain", "phrase", "websearch"])
    @pytest.mark.parametrize("value", ["'", '"', "a & | ! (", "\\", "a:*b", "<->", "-", "é" * 50])
    def test_no_text_is_a_server_error(self, contrib, papers, kind, value):
        cls = made(title=StringField(lookups={"find": {"lookup": "search", "search_type": kind}}))
        both(cls, papers, "title__find", value)


def test_trigrams_and_accents(contrib, papers):
    cls = made(title=StringField(lookups=["postgres", "unaccent__icontains", "trigram_word_similar"]))
    assert both(cls, papers, "title__trigram_similar", "the runer") == {"The runner"}
    assert both(cls, papers, "title__trigram_word_similar", "runner") == {"The runner"}
    assert both(cls, papers, "title__unaccent", "Running heros") == {"Running héros"}
    assert both(cls, papers, "title__unaccent__icontains", "HEROS") == {"Running héros"}


@pytest.mark.parametrize(
    "lookups", [["postgres"], ["unaccent__icontains"], {"find": {"lookup": "search", "config": "english"}}]
)
def test_without_its_app_they_are_refused(lookups):
    with pytest.raises(ConfigError, match=r"PaperFilterSet\.title.*django\.contrib\.postgres"):
        made(title=StringField(lookups=lookups))
    with pytest.raises(ConfigError, match=r"PaperFilterSet\.title.*django\.contrib\.postgres"):
        made(title=StringField(filter_by="title__unaccent__icontains"))


def test_a_lookup_of_another_database_is_a_warning(contrib):
    cls = made(
        tags=ListField(lookups=["overlap"]),
        title=StringField(lookups=["unaccent"]),
        pages=ListField(allow_base=False, lookups=["len"]),
    )
    found = [
        message for message in run_checks(tags=["restflow"]) if message.id == "restflow.W201" and message.obj is cls
    ]
    filterset.declared.discard(cls)
    assert [message.msg.split("'")[1] for message in found] == [
        "tags",
        "tags__overlap",
        "title__unaccent",
        "pages__len",
    ]
    assert "sqlite" in found[0].msg


def test_a_nul_never_reaches_the_server(papers):
    cls = made(title=StringField(lookups=["in"]), tags=ListField(lookups=["contains"]))
    for name in ("title", "title__in", "tags", "tags__contains"):
        assert not cls({name: "a\x00"}).is_valid()


def test_integers_and_intervals_have_the_servers_range(db):
    from restflow.filters import DurationField

    class Ranges(FilterSet):
        stock = IntegerField(lookups=["gte", "in", "range"])
        lasts = DurationField(lookups=["gte", "in", "range"])

        class Meta:
            model = Product

    longest = "106751991 04:00:54.775807"
    for name in Ranges.compiled().parameters:
        for value in ("9223372036854775807", "-9223372036854775808", longest, f"-{longest}", f"0,{longest}"):
            filterset = Ranges({name: value})
            if filterset.is_valid():
                list(filterset.filter_queryset(Product.objects.using("postgres")))


def test_related_conditions_are_one_semi_join(db):
    class Reviewed(FilterSet):
        rating = IntegerField(db_field="reviews__rating", lookups=["gte"])
        author = StringField(db_field="reviews__author")

        class Meta:
            model = Product

    queryset = Reviewed({"rating__gte": "4", "author": "ann"}).filter_queryset(Product.objects.using("postgres"))
    plan = queryset.explain()
    assert plan.count("filters_testapp_review") >= 1
    assert queryset.query.get_compiler("postgres").as_sql()[0].count("INNER JOIN") == 1
    assert "SubPlan" not in plan  # no work for each row
