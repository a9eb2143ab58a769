"""What does reading `list[Annotated[str, MinLen(1)] | None]` cost, the first time and again?"""

from benchmarks.question import Bound, Question

QUESTIONS = {
    "first": Question(
        title="Describing an annotation that was not seen before",
        work="annotation_read",
        arguments={"repeated": False},
        contenders=("restflow",),
        figure="seconds",
        unit="µs",
        bounds=(Bound(contender="restflow", figure="seconds", at_most=20e-6, enforced=False),),
    ),
    "again": Question(
        title="Describing an annotation again",
        work="annotation_read",
        arguments={"repeated": True},
        contenders=("restflow",),
        figure="seconds",
        unit="ns",
        bounds=(Bound(contender="restflow", figure="seconds", at_most=1e-6, enforced=False),),
    ),
}
