"""What does filtering cost: the queryset built, not run; and what do class creation, schema and bad input?"""

from benchmarks.question import Bound, Question, Ratio

ALL = ("restflow", "drf_restflow", "django_filter")


def _filter(
    title: str, size: str, query: str, contenders: tuple[str, ...], *ratios: Ratio, work: str = "filter"
) -> Question:
    return Question(
        title=title,
        work="filters",
        arguments={"work": work, "size": size, "query": query},
        contenders=contenders,
        figure="seconds",
        unit="µs",
        ratios=ratios,
    )


def _counted(title: str, work: str, figure: str, at_most: float) -> Question:
    """A question that is answered by counting: one sample is as good as many, and its bound is enforced."""
    return Question(
        title=title,
        work=work,
        arguments={},
        contenders=("restflow",),
        figure="bytecodes",
        unit="bytecode instructions",
        bounds=(Bound(contender="restflow", figure=figure, at_most=at_most),),
        samples=1,
        short_samples=1,
    )


def _at_most(against: str, ratio: float) -> Ratio:
    return Ratio(subject="restflow", against=against, at_most=ratio)


QUESTIONS = {
    "four": _filter(
        "Four parameters and an ordering",
        "four",
        "four",
        (*ALL, "ninja", "handwritten"),
        *(_at_most("drf_restflow", 1 / 3), _at_most("django_filter", 1 / 5)),
        *(_at_most("ninja", 1.0), _at_most("handwritten", 2.0)),
    ),
    "wide": _filter(
        "Three parameters present of 190 declared",
        "wide",
        "wide",
        (*ALL, "handwritten"),
        *(_at_most("drf_restflow", 1 / 30), _at_most("django_filter", 1 / 25), _at_most("handwritten", 2.5)),
    ),
    "none": _filter(
        "No parameter present of 190 declared",
        "wide",
        "none",
        ALL,
        *(_at_most("drf_restflow", 1 / 200), _at_most("django_filter", 1 / 200)),
    ),
    "tenfold": _filter("Three parameters present of 1,900 declared", "tenfold", "wide", ("restflow",)),
    "bad": _filter(
        "Four parameters of which one is bad, to the raised error",
        "four",
        "bad",
        ALL,
        *(_at_most("drf_restflow", 1 / 4), _at_most("django_filter", 1 / 4)),
        work="refuse",
    ),
    "async": _filter("The async door, three parameters present of 190", "wide", "wide", ("restflow",), work="afilter"),
    "declare": _filter(
        "Creating the class of 190 parameters",
        "wide",
        "none",
        ALL,
        _at_most("drf_restflow", 1.5),
        work="declare",
    ),
    "first_schema": _filter(
        "The schema of 190 parameters, first call", "wide", "none", ("restflow",), work="first_schema"
    ),
    "schema": _filter("The schema of 190 parameters, second call", "wide", "none", ("restflow",), work="schema"),
    "growth": _counted("Ten times the filters declared, the same request", "filter_growth", "growth", 1.3),
    "doors": _counted("The async door against the sync one", "filter_doors", "against sync", 1.25),
    "idle": _counted("No parameter present", "filter_idle", "bytecodes", 150),
    "to_many": Question(
        title="Two conditions on one to-many relation, 100,000 products and 1,000,000 reviews",
        work="to_many",
        arguments={"reviews": 1_000_000},
        contenders=("restflow", "handwritten"),
        figure="seconds",
        unit="ms",
        ratios=(Ratio(subject="restflow", against="handwritten", at_most=1.2),),
        needs=("postgres",),
    ),
}
