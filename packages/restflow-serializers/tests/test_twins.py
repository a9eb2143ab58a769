"""The first class in the MRO that defines either twin decides which one each face runs."""

from typing import Any

import pytest

from restflow.serializers import Serializer

PAIRS = {"validate": "avalidate", "create": "acreate", "update": "aupdate", "to_internal_value": "ato_internal_value"}
PAIRS |= {"run_validation": "arun_validation", "to_representation": "ato_representation"}


def method(label: str, *, is_async: bool) -> Any:
    async def awaited(self: Any, *arguments: Any) -> Any:
        return {"n": label}

    def plain(self: Any, *arguments: Any) -> Any:
        return {"n": label}

    return awaited if is_async else plain


def bodies(name: str) -> dict[str, tuple[dict[str, Any], str | None, str]]:
    """Row -> (class body, what the sync face runs or `None` for a refusal, what the async face runs)."""
    aname = PAIRS[name]
    return {
        "sync": ({name: method("sync", is_async=False)}, "sync", "sync"),
        "async-def": ({name: method("async-def", is_async=True)}, None, "async-def"),
        "a-name": ({aname: method("a-name", is_async=True)}, None, "a-name"),
        "both": ({name: method("one", is_async=False), aname: method("two", is_async=True)}, "one", "two"),
    }


class Plain(Serializer):
    n: str


def shaped(body: dict[str, Any], shape: str) -> type[Serializer]:
    namespace = {"__module__": __name__, **body}
    older = {name: method("older", is_async=name.startswith("a")) for pair in PAIRS.items() for name in pair}
    if shape == "own":
        return type("S", (Plain,), namespace)
    if shape == "inherited twice":
        return type("S", (type("B", (type("A", (Plain,), namespace),), {}),), {})
    if shape == "mixin before":
        return type("S", (type("Mixin", (), namespace), Plain), {})
    related = {name: older[name] for name in older if name in body or PAIRS.get(name) in body}
    related |= {name: older[name] for name, aname in PAIRS.items() if aname in body}
    return type("S", (type("A", (Plain,), {"__module__": __name__, **related}),), namespace)


def sync_face(cls: type[Serializer], name: str) -> Any:
    if name == "to_representation":
        return cls({"n": "x"}).data
    serializer = cls({"n": "x"} if name == "update" else None, data={"n": "x"})
    serializer.is_valid(raise_exception=True)
    return serializer.save() if name in ("create", "update") else serializer.validated_data


async def async_face(cls: type[Serializer], name: str) -> Any:
    if name == "to_representation":
        return await cls({"n": "x"}).adata
    serializer = cls({"n": "x"} if name == "update" else None, data={"n": "x"})
    await serializer.ais_valid(raise_exception=True)
    return await serializer.asave() if name in ("create", "update") else serializer.validated_data


@pytest.mark.parametrize("shape", ["own", "inherited twice", "mixin before", "over another"])
@pytest.mark.parametrize("row", ["sync", "async-def", "a-name", "both"])
@pytest.mark.parametrize("name", PAIRS)
class TestTwins:
    def test_sync_face(self, name: str, row: str, shape: str) -> None:
        body, sync, _async = bodies(name)[row]
        cls = shaped(body, shape)
        if sync is None:
            with pytest.raises(TypeError, match=r"is async, and this call is sync"):
                sync_face(cls, name)
        else:
            assert sync_face(cls, name) == {"n": sync}

    async def test_async_face(self, name: str, row: str, shape: str) -> None:
        body, _sync, awaited = bodies(name)[row]
        cls = shaped(body, shape)
        assert await async_face(cls, name) == {"n": awaited}
        assert cls(data={}).has_async_hooks is (row != "sync")


async def test_super_of_an_async_hook_is_the_default() -> None:
    class Some(Plain):
        async def avalidate(self, attrs: Any) -> Any:
            return {**await super().avalidate(attrs), "a": 1}

        async def ato_internal_value(self, data: Any) -> Any:
            return {**await super().ato_internal_value(data), "b": 2}

        async def arun_validation(self, data: Any = None) -> Any:
            return {**await super().arun_validation(data), "c": 3}

        async def ato_representation(self, instance: Any) -> Any:
            return {**await super().ato_representation(instance), "d": 4}

    serializer = Some(data={"n": "x"})
    assert await serializer.ais_valid()
    assert serializer.validated_data == {"n": "x", "a": 1, "b": 2, "c": 3}
    assert await Some([{"n": "x"}], many=True).adata == [{"n": "x", "d": 4}]


async def test_overridden_is_valid_and_save_are_honoured() -> None:
    class Some(Plain):
        def is_valid(self, *, raise_exception: bool = False) -> bool:
            self.seen = True
            return super().is_valid(raise_exception=raise_exception)

        def save(self, **kwargs: Any) -> Any:
            return super().save(extra=1, **kwargs)

        def create(self, validated_data: Any) -> Any:
            return validated_data

    serializer = Some(data={"n": "x"})
    assert await serializer.ais_valid()
    assert serializer.seen
    assert await serializer.asave() == {"n": "x", "extra": 1}


async def test_a_serializer_without_create_says_so() -> None:
    with pytest.raises(NotImplementedError, match=r"`acreate\(\)` must be implemented\."):
        await Plain().acreate({})
    with pytest.raises(NotImplementedError, match=r"`aupdate\(\)` must be implemented\."):
        await Plain().aupdate(object(), {})
