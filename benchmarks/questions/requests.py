"""What does a request cost, through Django's whole ASGI handler in process?"""

from benchmarks.question import Bound, Question, Ratio

GOALS = {"ping": 1.2, "retrieve": 1.2, "list20": 1.2, "list100": 1.2, "create": 1.2, "filter": 1.2}
CROSSINGS = {"ping": 2}
"""Django's own two; every CRUD action has one more, however many rows it lists."""


def question(work: str) -> Question:
    """One work, against hand-written Django and against what else there is."""
    drf = "django_filter" if work == "filter" else "drf"  # REST framework has no typed filters of its own
    adrf = () if work == "filter" else ("adrf",)
    return Question(
        title=f"{work}: one request in process, SQLite",
        work="requests",
        arguments={"work": work},
        contenders=("restflow", "plain", drf, *adrf, "drf_restflow", "ninja"),
        figure="seconds",
        unit="s",
        ratios=(
            Ratio(subject="restflow", against="plain", at_most=GOALS[work]),
            Ratio(subject="restflow", against=drf, at_most=1.0),
            Ratio(subject="restflow", against="drf_restflow", at_most=0.9),
        ),
        bounds=(Bound(contender="restflow", figure="crossings", at_most=CROSSINGS.get(work, 3)),),
    )


QUESTIONS = {work: question(work) for work in GOALS}
