"""Async validation: DRF's order at every depth, nothing skipped, and no more crossings than needed."""

import asyncio
from typing import Annotated, Any

import pytest
from rest_framework import serializers as drf_serializers
from serializers_testapp.models import Author

from restflow.serializers import ListSerializer, ModelSerializer, Serializer

calls: list[str] = []


@pytest.fixture(autouse=True)
def _no_calls() -> None:
    calls.clear()


async def is_even(value: int) -> None:
    await asyncio.sleep(0)
    calls.append(f"validator {value}")
    if value % 2:
        raise drf_serializers.ValidationError("odd", code="odd")


class Inner(Serializer):
    n: Annotated[int, is_even]

    async def validate_n(self, value: int) -> int:
        calls.append(f"validate_n {value}")
        return value * 10


class Outer(Serializer):
    first: int
    inner: Inner
    many: list[Inner]
    named: dict[str, Inner]
    numbers: list[Annotated[int, is_even]]
    pair: tuple[int, Annotated[int, is_even]]
    bag: set[Annotated[int, is_even]]

    def validate_first(self, value: int) -> int:
        calls.append("validate_first")
        return value

    async def avalidate(self, attrs: Any) -> Any:
        calls.append("avalidate")
        return {**attrs, "seen": True}


GOOD = {
    "first": 1,
    "inner": {"n": 2},
    "many": [{"n": 4}, {"n": 6}],
    "named": {"a": {"n": 8}},
    "numbers": [10],
    "pair": [1, 12],
    "bag": [14, 14],
}


async def test_hooks_run_in_order_at_every_depth() -> None:
    serializer = Outer(data=GOOD)
    assert await serializer.ais_valid(raise_exception=True)
    assert calls == [
        "validate_first",
        *("validator 2", "validate_n 2", "validator 4", "validate_n 4", "validator 6", "validate_n 6"),
        *("validator 8", "validate_n 8", "validator 10", "validator 12", "validator 14", "validator 14", "avalidate"),
    ]
    assert serializer.validated_data == {
        "first": 1,
        "inner": {"n": 20},
        "many": [{"n": 40}, {"n": 60}],
        "named": {"a": {"n": 80}},
        "numbers": [10],
        "pair": (1, 12),
        "bag": {14},
        "seen": True,
    }


async def test_errors_stand_where_drf_puts_them() -> None:
    odd = {"inner": {"n": 1}, "named": {"a": {"n": 3}}, "numbers": [2, 5], "pair": [1, 7], "bag": [9]}
    serializer = Outer(data={**GOOD, **odd})
    assert not await serializer.ais_valid()
    assert serializer.errors == {
        "inner": {"n": ["odd"]},
        "named": {"a": {"n": ["odd"]}},
        "numbers": {1: ["odd"]},
        "pair": {1: ["odd"]},
        "bag": {0: ["odd"]},
    }
    assert "avalidate" not in calls


@pytest.mark.parametrize("bad", [None, [], "x", 3, {"inner": 3, "many": {}, "named": [], "numbers": "x", "pair": [1]}])
async def test_hostile_shapes_are_errors(bad: Any) -> None:
    serializer = Outer(data=bad)
    assert not await serializer.ais_valid()
    assert serializer.errors


async def test_lists_have_the_async_face() -> None:
    serializer = Inner(data=[{"n": 2}, {"n": 4}], many=True)
    assert type(serializer) is ListSerializer
    assert serializer.has_async_hooks
    assert await serializer.ais_valid()
    assert serializer.validated_data == [{"n": 20}, {"n": 40}]
    assert serializer.validated_data[0].n == 20


def test_sync_calls_refuse_before_the_data_is_read() -> None:
    for call in (
        lambda: Outer(data={}).is_valid(),
        lambda: Outer().run_validation({}),
        lambda: Outer().to_internal_value({}),
        lambda: Inner(data=[{}], many=True).is_valid(),
    ):
        with pytest.raises(TypeError, match=r"is async, and this call is sync\. Use `await` with ais_valid"):
            call()
    assert calls == []


async def test_a_hook_that_raises_comes_out_unchanged() -> None:
    class Broken(Serializer):
        n: int

        async def validate_n(self, value: int) -> int:
            raise KeyError("bug")

    with pytest.raises(KeyError, match="bug"):
        await Broken(data={"n": 1}).ais_valid()


async def test_an_awaitable_from_a_sync_hook_is_refused_on_the_sync_face_and_awaited_on_the_other() -> None:
    async def later(value: int) -> int:
        return value + 1

    class Hidden(Serializer):
        n: int

        def validate_n(self, value: int) -> Any:
            return later(value)

    with pytest.raises(TypeError, match="ais_valid"):
        Hidden(data={"n": 1}).is_valid()


class TestCrossings:
    async def test_none_for_a_tree_that_cannot_block(self, crossings: Any) -> None:
        class Pure(Serializer):
            n: int
            tags: list[str] = ["a"]

        assert await Pure(data={"n": 1}).ais_valid()
        assert await Inner(data={"n": 2}).ais_valid()
        assert crossings.count == 0

    async def test_one_for_any_number_of_sync_hooks_and_items(self, crossings: Any) -> None:
        class Sync(Serializer):
            n: int

            def validate_n(self, value: int) -> int:
                return value

            def validate(self, attrs: Any) -> Any:
                return attrs

        assert await Sync(data=[{"n": 1}] * 100, many=True).ais_valid()
        assert crossings.count == 1

    async def test_one_more_for_each_awaited_hook_at_most(self, crossings: Any) -> None:
        assert await Outer(data=GOOD).ais_valid()
        assert crossings.count <= 1 + len(calls)

    @pytest.mark.django_db
    async def test_one_for_uniqueness_and_relations(self, crossings: Any) -> None:
        class AuthorSerializer(ModelSerializer):
            name: str
            friends: list[Author]

            class Meta:
                model = Author
                fields = ["id"]

        serializer = AuthorSerializer(data={"name": "x", "friends": [1, 2, 3]})
        assert not await serializer.ais_valid()
        assert crossings.count == 1


async def test_a_cancelled_hook_leaves_no_coroutine_behind() -> None:
    started = asyncio.Event()

    class Slow(Serializer):
        n: int

        async def validate_n(self, value: int) -> int:
            started.set()
            await asyncio.sleep(60)
            return value

    task = asyncio.create_task(Slow(data={"n": 1}).ais_valid())
    await started.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_an_async_hook_beneath_a_foreign_container_is_refused_on_both_faces() -> None:
    class Foreign(drf_serializers.ListField):
        def to_internal_value(self, data: Any) -> Any:
            return super().to_internal_value(data)

    class Holder(Serializer):
        items = Foreign(child=Inner())

    with pytest.raises(TypeError, match="nothing awaits it"):
        Holder(data={"items": []}).is_valid()
    with pytest.raises(TypeError, match="nothing awaits it"):
        await Holder(data={"items": []}).ais_valid()


class Quiet(Serializer):
    n: int


class Holder(Serializer):
    plain = Quiet()


async def never(value: Any) -> None:
    raise AssertionError("not called")


class TestAskingForHooks:
    """`has_async_hooks` is known per class, and follows what one instance was given."""

    @pytest.mark.parametrize("many", [False, True])
    def test_it_makes_no_fields(self, many: bool) -> None:
        for cls, expected in ((Inner, True), (Quiet, False), (Holder, False)):
            serializer: Any = cls(data=[] if many else {}, many=many)
            assert serializer.has_async_hooks is expected
            assert "_bound_fields" not in vars(serializer.child if many else serializer)

    def test_an_instance_may_be_given_hooks(self) -> None:
        assert Quiet(validators=[never]).has_async_hooks
        assert Quiet(many=True, validators=[never]).has_async_hooks
        assert not Quiet().has_async_hooks
        assert not Quiet(many=True).has_async_hooks
        with pytest.raises(TypeError, match="the validator never is async"):
            Quiet(data={}, validators=[never]).is_valid()

    def test_fields_of_an_instance_may_be_changed(self) -> None:
        holder: Any = Holder()
        holder.fields["plain"] = Quiet(validators=[never])
        assert holder.has_async_hooks
        listed: Any = Holder(many=True)
        listed.child.fields["inner"] = Inner()
        assert listed.has_async_hooks
        assert not Holder(many=True).has_async_hooks

    def test_nested_instances_and_subclasses_count(self) -> None:
        class WithHook(Serializer):
            plain = Quiet(validators=[never])

        class Below(Quiet):
            async def acreate(self, validated_data: Any) -> Any:
                raise AssertionError("not called")

        class Listed(ListSerializer):
            async def aupdate(self, instance: Any, validated_data: Any) -> Any:
                raise AssertionError("not called")

        class WithList(Quiet):
            class Meta:
                list_serializer_class = Listed

        assert WithHook().has_async_hooks
        assert Below().has_async_hooks
        assert Below(many=True).has_async_hooks
        assert WithList(many=True).has_async_hooks
        assert not WithList().has_async_hooks
