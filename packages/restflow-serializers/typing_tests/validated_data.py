"""What type checkers see of validated data, fields and annotations; checked by mypy and pyright, never run."""

from dataclasses import dataclass
from typing import Annotated, Any, Literal, assert_type

from restflow.serializers import (
    BlankableString,
    Email,
    Field,
    ListSerializer,
    ModelSerializer,
    NotRequired,
    Serializer,
    ValidatedData,
)


@dataclass
class Address:
    """A shape that is validated to an instance."""

    street: str
    city: str = "Dhaka"


class Card(Serializer):
    """A nested serializer."""

    kind: Literal["card"]
    number: str


class User(Serializer):
    """Every kind of annotation."""

    name: str
    email: Email
    note: BlankableString
    bio: str | None
    age: int = Field(min_value=0)
    limited: Annotated[str, Field(max_length=3)]
    nickname: NotRequired[str]
    later: NotRequired[int | None]
    address: Address
    card: Card
    cards: list[Card]


class Row(ModelSerializer):
    """A model serializer."""

    title: str


def takes(**values: Any) -> None:
    """Takes what `**` unpacks."""


def attributes(serializer: User) -> None:
    """Validated data have the types of the annotations."""
    data = serializer.validated_data
    assert_type(data, User)
    assert_type(data.name, str)
    assert_type(data.email, Email)
    assert_type(data.note, BlankableString)
    assert_type(data.bio, str | None)
    assert_type(data.age, int)
    assert_type(data.limited, str)
    assert_type(data.nickname, str)
    assert_type(data.later, int | None)
    assert_type(data.address, Address)
    assert_type(data.address.city, str)
    assert_type(data.card.number, str)
    assert_type(data.cards[0].kind, Literal["card"])
    _ = data.nope  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]


def mapping(serializer: User) -> None:
    """Validated data are a mapping."""
    data = serializer.validated_data
    assert_type(data["name"], Any)
    assert_type(data.get("name"), Any)
    assert_type(data.get("name", 3), Any)
    assert_type(data.to_json(indent=2), str)
    takes(**data)


def models(serializer: Row) -> None:
    """Model serializers are no different."""
    assert_type(serializer.validated_data, Row)
    assert_type(serializer.validated_data.title, str)


def lists(listed: ListSerializer[User]) -> None:
    """Of a list, each item has them."""
    assert_type(listed.validated_data, list[User])
    assert_type(listed.validated_data[0].age, int)


async def asynchronous() -> None:
    """Construction gives the class itself, and the async names are typed."""
    serializer = User(data={})
    assert_type(serializer, User)
    assert_type(await serializer.ais_valid(), bool)
    assert_type(serializer.has_async_hooks, bool)
    assert_type(serializer.render_json(), bytes | None)


def plain() -> None:
    """`ValidatedData` itself."""
    data = ValidatedData(a=1)
    assert_type(data["a"], Any)
    assert_type(data.a, Any)
    assert_type(data.copy(), ValidatedData)
    assert_type(data.to_json(), str)
