"""Patterns of clients: the safe subset is taken and runs everywhere, everything else is a 400."""

import re
import time

import pytest
from django.db import connections
from filters_testapp.models import Product
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from restflow.filters import FilterSet, StringField
from restflow.filters._patterns import PatternError, check


class PatternFilterSet(FilterSet):
    note = StringField(lookups=["unsafe"])

    class Meta:
        model = Product


@pytest.mark.parametrize(
    "pattern",
    [
        "",
        "tea",
        "^gr(e|a)y$",
        "colou?r",
        r"\d{3}-\d{4}",
        r"[a-z_]+@[^@]+",
        r"\.",
        r"[\]\-\\]",
        "[-a]",
        "[a-]",
        "[^-a]",
        "(ab)*",
        "a{2,}b{1,255}",
        ".*x.*y.*",
        "é+",
        "a b",
        "(a)(b)",
        "()",
        "a|",
        r"[\w.]",
        r"\S\W\D\s\w",
        "a,b:c=d!<>",
        "(a|b)c",
        "[a-cx-z]",
        "[.*+?(){}|^$]",
        "^",
        "$",
        ".{0,10}.{0,10}",
    ],
)
def test_the_safe_subset_is_accepted(pattern):
    check(pattern)
    re.compile(pattern)


@pytest.mark.parametrize(
    "pattern",
    [
        "(",
        ")",
        "a)",
        "[",
        "[]",
        "[^]",
        "[a",
        "]",
        "{",
        "}",
        "a{",
        "a{1",
        "a{,2}",
        "a{2,1}",
        "a{256}",
        "a{x}",
        "*",
        "+a",
        "?",
        "a**",
        "a*?",
        "a++",
        "a{2}{3}",
        "^*",
        "$+",
        "(?:a)",
        "(?i)a",
        "(?P<n>a)",
        "(?=a)",
        r"(a)\1",
        r"\b",
        r"\A",
        r"\x41",
        r"\n",
        r"\é",
        "\\",
        r"[\b]",
        "[[:alpha:]]",
        "[a-z[]",
        "[z-a]",
        "[a-c-e]",
        r"[\d-z]",
        r"[a-\d]",
        "[a--b]",
        "[a&&b]",
        "[a||b]",
        "[a~~b]",
        "(a+)+",
        "(a*)*",
        "(a|b)*",
        "(a{2}){3}",
        "((a)b+)?",
        "a+b+c+d+",
        ".*.*.*.*",
        "a" * 201,
        "a?" * 60,
        "(a|b)" * 30,
        "(a|aa)" * 20,
        "[--a]",
    ],
)
def test_everything_else_is_refused(pattern):
    with pytest.raises(PatternError):
        check(pattern)
    filterset = PatternFilterSet({"note__regex": pattern})
    assert not filterset.is_valid()
    (detail,) = filterset.errors["note__regex"]
    assert detail.code == "invalid_pattern"
    assert str(detail).startswith("Enter a valid pattern: ")


def test_patterns_are_not_stripped():
    assert PatternFilterSet({"note__regex": " a "}).model_dump() == {"note__regex": " a "}


def test_all_lookups_never_include_patterns():
    cls = type("All", (FilterSet,), {"note": StringField(lookups="__all__")})
    assert not [name for name in cls().fields if "regex" in name]


ATOMS = st.sampled_from(
    ["a", "b", "é", " ", ".", "^", "$", r"\d", r"\W", r"\.", "[a-c]", r"[^\w-]", "(a)", "()", "(^)", "(a|)", "-", "/"]
)
QUANTIFIERS = st.sampled_from(["", "", "", "*", "+", "?", "{2}", "{0}", "{1,}", "{0,3}", "{0,255}"])
PATTERNS = st.one_of(
    st.lists(st.tuples(ATOMS, QUANTIFIERS).map("".join), max_size=8).map("".join),
    st.text(alphabet="ab.^$*+?{}[]()|\\-,123dwsDWS é", max_size=20),
)


@pytest.mark.parametrize("using", ["default", pytest.param("postgres", marks=pytest.mark.needs("postgres"))])
@pytest.mark.django_db(databases=["default", "postgres"])
def test_every_accepted_pattern_compiles_and_runs_in_little_time(using):
    if using not in connections:
        pytest.skip(f"no database {using!r} in this environment")
    for note in ("a" * 60, "ab " * 30, None, ""):
        Product.objects.using(using).create(note=note)
    accepted = []

    @settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))
    @given(pattern=PATTERNS)
    def run(pattern):
        data = {"note__regex": pattern, "note__iregex!": pattern}
        if not PatternFilterSet(data).is_valid():
            return
        accepted.append(pattern)
        for name in data:
            start = time.process_time()
            list(PatternFilterSet({name: pattern}).filter_queryset(Product.objects.using(using)))
            assert time.process_time() - start < 2, pattern

    run()
    assert len(accepted) > 50
