"""What does one object rendered, or one payload validated, cost?"""

from benchmarks.question import Question, Ratio

_LIKE_DRF = ("restflow", "drf", "adrf", "drf_restflow")
_ALL = (*_LIKE_DRF, "ninja", "msgspec")
_AGAINST_NINJA = (Ratio(subject="restflow", against="ninja", at_most=1 / 3),)
_GOALS: dict[str, tuple[str, float, tuple[Ratio, ...]]] = {
    "many": ("Rendering 1,000 objects of 8 columns to primitives, an object", 1 / 5, _AGAINST_NINJA),
    "json": ("Rendering 1,000 objects of 8 columns to JSON bytes, an object", 1 / 8, ()),
    "one": ("Rendering one object with a new serializer", 1 / 40, ()),
    "nested": ("Rendering 1,000 objects with a nested one and a list of 3, an object", 1 / 3, ()),
    "validate_one": ("Validating one payload with a new serializer", 1 / 40, ()),
    "validate_many": ("Validating 1,000 payloads, a payload", 1 / 3.5, ()),
}
_NEVER_SLOWER = {
    "construct": "Making a serializer",
    "depth": "Rendering with `Meta.depth = 1`, an object",
    "dotted": "Rendering dotted sources, an object",
    "custom": "Rendering fields of the project's and method fields, an object",
    "custom_validation": "Validating with fields of the project's",
    "errors": "Validating one payload with three errors",
}

QUESTIONS = {
    **{
        work: Question(
            title=title,
            work="serializers",
            arguments={"work": work},
            contenders=_ALL,
            figure="seconds",
            unit="µs",
            ratios=(Ratio(subject="restflow", against="drf", at_most=goal), *more),
        )
        for work, (title, goal, more) in _GOALS.items()
    },
    "adata": Question(
        title="Rendering 1,000 objects of 8 columns by `await adata`, an object",
        work="serializers",
        arguments={"work": "adata"},
        contenders=("restflow", "adrf"),
        figure="seconds",
        unit="µs",
        ratios=(Ratio(subject="restflow", against="adrf", at_most=1 / 50),),
    ),
    **{
        work: Question(
            title=title,
            work="serializers",
            arguments={"work": work},
            contenders=("restflow", "drf"),
            figure="seconds",
            unit="µs",
            ratios=(Ratio(subject="restflow", against="drf", at_most=1.05),),
        )
        for work, title in _NEVER_SLOWER.items()
    },
}
