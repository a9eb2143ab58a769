"""The work that serializers are asked for: one model of eight columns, and 1,000 of its objects in memory."""

import asyncio
import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

from benchmarks.contenders.requesting import Routes
from benchmarks.worker import timed

PAYLOAD = {
    "name": "Product 1",
    "sku": "sku-1",
    "price": "12.50",
    "stock": 3,
    "made": "2024-01-02",
    "created": "2024-01-02T03:04:05Z",
    "active": True,
}
COUNT = 1_000
Works = dict[str, tuple[Callable[[], Any], int]]
"""Work -> a call, and of how many objects or payloads it is."""


def models() -> SimpleNamespace:
    """The models, and `COUNT` objects that hold what rendering reads."""
    from django.conf import settings

    settings.configure(USE_TZ=True, INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth"])
    import django

    django.setup()
    from django.db import models

    class Category(models.Model):  # noqa: DJ008
        name = models.CharField(max_length=80)
        code = models.CharField(max_length=20)

        class Meta:
            app_label = "auth"

    class Product(models.Model):  # noqa: DJ008
        name = models.CharField(max_length=80)
        sku = models.CharField(max_length=20)
        price = models.DecimalField(max_digits=10, decimal_places=2)
        stock = models.IntegerField()
        made = models.DateField()
        created = models.DateTimeField()
        active = models.BooleanField()
        category = models.ForeignKey(Category, models.CASCADE)

        class Meta:
            app_label = "auth"

    created = dt.datetime(2024, 1, 2, 3, 4, 5, 600, tzinfo=dt.UTC)
    values = PAYLOAD | {"price": Decimal("12.50"), "made": dt.date(2024, 1, 2), "created": created}
    category = Category(id=1, name="Category", code="c")
    products = [Product(id=number, category=category, **values) for number in range(COUNT)]
    for product in products:
        product.parts = [category] * 3
    return SimpleNamespace(Category=Category, Product=Product, products=products)


def sampler(library: Callable[[], Any], work: str) -> Callable[[], dict[str, float]]:
    """A sample of `work` with the serializers of `library`, an object or a payload at a time."""
    return sample(works(library), work)


def call(library: Callable[[], Any], work: str) -> Callable[[], Any]:
    """The call of `work`, for `instructions.py`."""
    return works(library)[work][0]


def sample(known: Works, work: str) -> Callable[[], dict[str, float]]:
    called, items = known[work]
    measure = timed(called)
    if work != "adata":
        return lambda: {"seconds": measure()["seconds"] / items}
    sync = timed(known["many"][0])

    def both() -> dict[str, float]:
        seconds = measure()["seconds"]
        return {"seconds": seconds / items, "of_sync": seconds / sync()["seconds"]}

    return both


def _linked(library: Any) -> Any:
    """The library's hyperlinked serializer, or REST framework's, and somewhere for the links to lead to."""
    from django.conf import settings
    from django.urls import path
    from rest_framework import serializers

    paths = [path(f"{name}/<int:pk>", str, name=f"{name}-detail") for name in ("product", "category")]
    settings.ROOT_URLCONF = Routes(paths)
    return getattr(library, "HyperlinkedModelSerializer", serializers.HyperlinkedModelSerializer)


def works(load: Callable[[], Any]) -> Works:
    """The works of a library whose serializers have DRF's shape; it is loaded when Django is set up."""
    made = models()
    library = load()
    from rest_framework import serializers as drf

    class ProductSerializer(library.ModelSerializer):  # type: ignore[misc, name-defined]
        class Meta:
            model = made.Product
            fields = ["id", *PAYLOAD]

    class CategorySerializer(library.ModelSerializer):  # type: ignore[misc, name-defined]
        class Meta:
            model = made.Category
            fields = ["id", "name", "code"]

    class NestedSerializer(ProductSerializer):
        category = CategorySerializer()
        parts = CategorySerializer(many=True)

        class Meta(ProductSerializer.Meta):
            fields = ["id", *PAYLOAD, "category", "parts"]

    class DeepSerializer(ProductSerializer):
        class Meta(ProductSerializer.Meta):
            fields = ["id", "name", "category"]
            depth = 1

    class DottedSerializer(library.Serializer):  # type: ignore[misc, name-defined]
        name = drf.CharField()
        category = drf.CharField(source="category.name")
        code = drf.CharField(source="category.code")

    class LinkedSerializer(_linked(library)):  # type: ignore[misc]
        class Meta:
            model = made.Product
            fields = ["url", "name", "sku", "category"]

    class Loud(drf.CharField):
        def to_representation(self, value: Any) -> str:
            return str(super().to_representation(value)).upper()

        def to_internal_value(self, data: Any) -> Any:
            return super().to_internal_value(data)

    class CustomSerializer(library.Serializer):  # type: ignore[misc, name-defined]
        name = Loud()
        sku = Loud()
        label = drf.SerializerMethodField()
        total = drf.SerializerMethodField()

        def get_label(self, product: Any) -> str:
            return str(product.name)

        def get_total(self, product: Any) -> int:
            return int(product.stock)

    products = made.products
    wrong = PAYLOAD | {"name": "", "stock": "x", "made": "never"}

    def to_json() -> bytes:
        from rest_framework.renderers import JSONRenderer

        serializer = ProductSerializer(products, many=True)
        render = getattr(serializer, "render_json", None)
        return (render and render()) or JSONRenderer().render(serializer.data)

    def valid(cls: Any, data: Any, *, many: bool = False, expected: bool = True) -> Callable[[], None]:
        def validate() -> None:
            assert cls(data=data, many=many).is_valid() is expected

        return validate

    loop = asyncio.new_event_loop()

    def awaited() -> None:
        async def read() -> None:
            await ProductSerializer(products, many=True).adata

        loop.run_until_complete(read())

    def listed(cls: Any) -> tuple[Callable[[], Any], int]:
        return lambda: cls(products, many=True).data, COUNT

    def declare() -> Any:
        kinds = {"str": str, "int": int, "float": float, "bool": bool}
        annotations = {f"{name}{number}": kind for name, kind in kinds.items() for number in range(5)}
        if library is drf:  # which has fields instead
            fields = {str: drf.CharField, int: drf.IntegerField, float: drf.FloatField, bool: drf.BooleanField}
            return type("Twenty", (library.Serializer,), {name: fields[kind]() for name, kind in annotations.items()})
        return type("Twenty", (library.Serializer,), {"__annotations__": annotations, "__module__": __name__})

    return {
        "many": listed(ProductSerializer),
        "json": (to_json, COUNT),
        "one": (lambda: ProductSerializer(products[0]).data, 1),
        "validate_one": (valid(ProductSerializer, PAYLOAD), 1),
        "validate_many": (valid(ProductSerializer, [PAYLOAD] * COUNT, many=True), COUNT),
        "adata": (awaited, COUNT),
        "nested": listed(NestedSerializer),
        # what must not be slower than in DRF
        "construct": (lambda: ProductSerializer(products[0]), 1),
        "depth": listed(DeepSerializer),
        "dotted": listed(DottedSerializer),
        "custom": listed(CustomSerializer),
        "hyperlinked": (lambda: LinkedSerializer(products, many=True, context={"request": None}).data, COUNT),
        "custom_validation": (valid(CustomSerializer, PAYLOAD), 1),
        "errors": (valid(ProductSerializer, wrong, expected=False), 1),
        "declare": (declare, 1),
    }
