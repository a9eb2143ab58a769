"""What does one object rendered, or one payload validated, cost?"""

from benchmarks.question import Bound, Question, Ratio

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
    "hyperlinked": "Rendering hyperlinks, an object",
    "custom_validation": "Validating with fields of the project's",
    "errors": "Validating one payload with three errors",
}
_AWAITED: dict[str, tuple[str, tuple[str, ...], int]] = {
    "ais_valid": (
        "Validating two unique columns, two foreign keys and a list of keys, awaited (REST framework's in a thread)",
        ("restflow", "drf", "drf_restflow"),
        1,
    ),
    "asave": (
        "Validating and storing the same, awaited (REST framework's in two threads)",
        ("restflow", "drf", "drf_restflow", "adrf"),
        2,
    ),
    "adata": (
        "Rendering 1,000 rows with keys of other rows, awaited (REST framework's in a thread), a row",
        ("restflow", "drf", "adrf"),
        1,
    ),
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
        bounds=(Bound(contender="restflow", figure="of_sync", at_most=1.1, enforced=False),),
    ),
    "declare": Question(
        title="Making a class with 20 fields",
        work="serializers",
        arguments={"work": "declare"},
        contenders=("restflow", "drf", "drf_restflow"),
        figure="seconds",
        unit="µs",
        bounds=(Bound(contender="restflow", figure="seconds", at_most=0.002, enforced=False),),
    ),
    **{
        f"awaited_{work}": Question(
            title=title,
            work="awaited_serializers",
            arguments={"work": work},
            contenders=contenders,
            figure="seconds",
            unit="µs",
            ratios=(Ratio(subject="restflow", against="drf", at_most=1.05),),
            bounds=(Bound(contender="restflow", figure="crossings", at_most=crossings),),
        )
        for work, (title, contenders, crossings) in _AWAITED.items()
    },
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
