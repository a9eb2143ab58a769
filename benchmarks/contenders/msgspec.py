"""msgspec: structs that are read from the objects' attributes."""

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any


def serializers(work: str) -> Callable[[], dict[str, float]]:
    from benchmarks.contenders.products import sample

    return sample(_works(), work)


def serializer_call(work: str) -> Callable[[], Any]:
    """One call of a work, for `instructions.py`."""
    return _works()[work][0]


def _works() -> Any:
    from benchmarks.contenders.products import COUNT, PAYLOAD, models

    made = models()
    from msgspec import Struct, convert, defstruct, json, to_builtins

    columns = [
        ("name", str),
        ("sku", str),
        ("price", Decimal),
        ("stock", int),
        ("made", date),
        ("created", datetime),
        ("active", bool),
    ]
    incoming: Any = defstruct("ProductIn", columns)
    outgoing: Any = defstruct("ProductOut", [("id", int), *columns])

    class Category(Struct):
        id: int
        name: str
        code: str

    nested: Any = defstruct("NestedOut", [("id", int), *columns, ("category", Category), ("parts", list[Category])])
    products, payloads = made.products, [PAYLOAD] * COUNT

    def read(struct: Any) -> Any:
        return convert(products, list[struct], from_attributes=True)

    return {
        "many": (lambda: to_builtins(read(outgoing)), COUNT),
        "json": (lambda: json.encode(read(outgoing)), COUNT),
        "one": (lambda: to_builtins(convert(products[0], outgoing, from_attributes=True)), 1),
        "nested": (lambda: to_builtins(read(nested)), COUNT),
        "validate_one": (lambda: convert(PAYLOAD, incoming), 1),
        "validate_many": (lambda: convert(payloads, list[incoming]), COUNT),
    }
