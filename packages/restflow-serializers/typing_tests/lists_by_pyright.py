"""`many=True` makes a list: what pyright sees, and mypy has no way to say (it takes `__new__` for the class's own)."""

from typing import assert_type

from restflow.serializers import ListSerializer, Serializer


class Item(Serializer):
    """An item."""

    n: int


listed = Item(data=[], many=True)
assert_type(listed, ListSerializer[Item])
assert_type(listed.validated_data[0].n, int)
assert_type(Item(data={}).validated_data.n, int)
