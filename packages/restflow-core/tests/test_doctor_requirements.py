"""Whether installed versions satisfy requirements."""

from importlib.metadata import distributions

import pytest

from restflow.core._requirements import Version, satisfies, unmet

ORDER = ["0.9", "1.0.dev1", "1.0a1", "1.0a2", "1.0b1", "1.0rc1", "1.0", "1.0.post1.dev1", "1.0.post1", "1.0.1", "1!0.1"]


def test_versions_are_ordered_as_pep_440_orders_them():
    versions = [Version.parse(text) for text in ORDER]

    assert versions == sorted(versions)
    assert len(set(versions)) == len(ORDER)
    assert Version.parse("1.0") == Version.parse("1.0.0") == Version.parse("v1") == Version.parse("1.0+local.2")
    assert Version.parse("next") is None


@pytest.mark.parametrize(
    ("version", "clauses", "met"),
    [
        ("0.1.0", ">=0.1.0,<0.2", True),
        ("0.1.9", ">=0.1.0,<0.2", True),
        ("0.10.0", ">=0.2,<0.11", True),
        ("0.2.0", ">=0.1.0,<0.2", False),
        ("0.2rc1", ">=0.1.0,<0.2", False),
        ("0.2.dev1", "<0.2", False),
        ("0.2a1", "<0.2b1", True),
        ("0.1.0rc1", ">=0.1.0,<0.2", False),
        ("0.1.0+local", "==0.1.0", True),
        ("1.4.5", "~=1.4.2", True),
        ("1.5", "~=1.4.2", False),
        ("2.0", "~=1.4", False),
        ("1.4.9", "==1.4.*", True),
        ("1", "==1.0.*", True),
        ("1.5", "!=1.5", False),
        ("1.5.1", "!=1.5.*", False),
        ("1.0.post1", ">1.0", False),
        ("1.0.1", ">1.0", True),
        ("1.0", "<=1.0", True),
        ("1.0", "(>=0.9, <2)", True),
        ("1.0", "", True),
        ("1.0", "===1.0", None),
        ("1.0", ">=1.*", None),
        ("one", ">=1", None),
        ("0.1", ">=1,<next", False),
    ],
)
def test_a_version_meets_its_clauses(version, clauses, met):
    assert satisfies(version, clauses) is met


def test_requirements_between_distributions_of_restflow_are_judged(make_distribution):
    folder = make_distribution("restflow-core", "0.2.0")
    make_distribution("restflow-old", "0.1.0", requires=["restflow-core[x] (>=0.1.0,<0.2)", "Restflow.Gone"])

    assert unmet(distributions(path=[str(folder)])) == [
        "restflow-old 0.1.0 requires restflow-core[x] (>=0.1.0,<0.2), but restflow-core 0.2.0 is installed.",
        "restflow-old 0.1.0 requires Restflow.Gone, which is not installed.",
    ]


def test_what_cannot_be_judged_raises_no_alarm(make_distribution):
    folder = make_distribution("restflow_core", "0.2.0")
    make_distribution(
        "restflow-new",
        requires=[
            "Restflow.Core>=0.2,<0.3",
            "restflow-auth; extra == 'auth'",
            "restflow-gone<1; python_version < '3'",
            "restflow-url @ https://example.com/x.whl",
            "django>=99",
            "???",
        ],
    )

    assert unmet(distributions(path=[str(folder)])) == []
