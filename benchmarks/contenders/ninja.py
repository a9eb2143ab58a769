"""django-ninja: a `FilterSchema` with the ordering by hand, and async operations around one `sync_to_async`."""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any

from benchmarks.contenders import filter_work
from benchmarks.worker import timed


def filters(work: str, size: str = "four", query: str = "four") -> Callable[[], dict[str, float]]:
    return timed(filter_call(work, size, query))


def _filters() -> Any:
    """The set of four: its schema, and the orders that it takes."""
    from ninja import FilterLookup, FilterSchema

    class ProductFilters(FilterSchema):
        active: bool | None = None
        price__gte: Annotated[Decimal | None, FilterLookup("price__gte")] = None
        price__lte: Annotated[Decimal | None, FilterLookup("price__lte")] = None
        category: Annotated[int | None, FilterLookup("category__pk")] = None
        order_by: Annotated[str | None, FilterLookup(None)] = None

        def filter_order_by(self, value: str | None) -> Any:
            from django.db.models import Q

            return Q()

    return ProductFilters, {"name", "-name", "price", "-price"}


def filter_call(work: str, size: str = "four", query: str = "four") -> Callable[[], Any]:
    """One call of the work `filter`, on the set of four."""
    queryset = filter_work.products()
    from django.http import QueryDict

    ProductFilters, orders = _filters()  # noqa: N806 - a class
    data = QueryDict(filter_work.QUERIES[query])

    def filtered() -> Any:
        wanted = ProductFilters(**data.dict())
        found = wanted.filter(queryset)
        return found.order_by(wanted.order_by, "pk") if wanted.order_by in orders else found

    assert (work, size) == ("filter", "four")
    return filtered


def serializers(work: str) -> Callable[[], dict[str, float]]:
    from benchmarks.contenders.products import sample

    return sample(_serializer_works(), work)


def serializer_call(work: str) -> Callable[[], Any]:
    """One call of a work, for `instructions.py`."""
    return _serializer_works()[work][0]


def _serializer_works() -> Any:
    """The works by pydantic, through the schemas of ninja."""
    from benchmarks.contenders.products import COUNT, PAYLOAD, models

    made = models()
    from datetime import date

    from ninja import Schema
    from pydantic import TypeAdapter

    class CategoryOut(Schema):
        id: int
        name: str
        code: str

    class ProductIn(Schema):
        name: str
        sku: str
        price: Decimal
        stock: int
        made: date
        created: datetime
        active: bool

    class ProductOut(ProductIn):
        id: int

    class NestedOut(ProductOut):
        category: CategoryOut
        parts: list[CategoryOut]

    listed, nested, incoming = TypeAdapter(list[ProductOut]), TypeAdapter(list[NestedOut]), TypeAdapter(list[ProductIn])
    products, payloads = made.products, [PAYLOAD] * COUNT

    def read(adapter: Any) -> Any:
        return adapter.validate_python(products, from_attributes=True)

    return {
        "many": (lambda: listed.dump_python(read(listed), mode="json"), COUNT),
        "json": (lambda: listed.dump_json(read(listed)), COUNT),
        "one": (lambda: ProductOut.from_orm(products[0]).model_dump(mode="json"), 1),
        "nested": (lambda: nested.dump_python(read(nested), mode="json"), COUNT),
        "validate_one": (lambda: ProductIn.model_validate(PAYLOAD), 1),
        "validate_many": (lambda: incoming.validate_python(payloads), COUNT),
    }


def urlpatterns(work: str) -> list[Any]:
    """The works as operations."""
    from benchmarks.contenders import requesting

    models = requesting.configure()
    from asgiref.sync import sync_to_async
    from django.urls import path
    from ninja import NinjaAPI, Query, Schema

    class ProductIn(Schema):
        name: str
        sku: str
        price: Decimal
        stock: int
        active: bool
        created: datetime
        category: int
        description: str

    class ProductOut(ProductIn):
        id: int

        @staticmethod
        def resolve_category(obj: Any) -> int:
            return obj.category_id

    class Page(Schema):
        count: int
        results: list[ProductOut]

    api = NinjaAPI(docs_url=None, openapi_url=None)

    @api.get("/ping")
    async def ping(request: Any) -> Any:
        return {"status": "ok"}

    @api.get("/products/{pk}", response=ProductOut)
    async def retrieve(request: Any, pk: int) -> Any:
        return await models.Product.objects.aget(pk=pk)

    def page(size: int) -> dict[str, Any]:
        queryset = models.Product.objects.order_by("pk")
        return {"count": queryset.count(), "results": list(queryset[:size])}

    @api.get("/list20", response=Page)
    async def list20(request: Any) -> Any:
        return await sync_to_async(page)(20)

    @api.get("/list100", response=Page)
    async def list100(request: Any) -> Any:
        return await sync_to_async(page)(100)

    ProductFilters, orders = _filters()  # noqa: N806 - a class

    def filtered(wanted: Any) -> dict[str, Any]:
        queryset = wanted.filter(models.Product.objects.all())
        if wanted.order_by in orders:
            queryset = queryset.order_by(wanted.order_by)
        return {"count": queryset.count(), "results": list(queryset[:20])}

    @api.get("/filter", response=Page)
    async def listing(request: Any, wanted: ProductFilters = Query(...)) -> Any:  # type: ignore[valid-type]  # noqa: B008
        return await sync_to_async(filtered)(wanted)

    def store(data: dict[str, Any]) -> Any:
        if models.Product.objects.filter(sku=data["sku"]).exists():
            raise ValueError("taken")
        if not models.Category.objects.filter(pk=data["category"]).exists():
            raise ValueError("unknown")
        data["category_id"] = data.pop("category")
        return models.Product.objects.create(**data)

    @api.post("/products", response={201: ProductOut})
    async def create(request: Any, data: ProductIn) -> Any:
        return 201, await sync_to_async(store)(data.dict())

    return [path("", api.urls)]


def requests(work: str) -> Callable[[], dict[str, float]]:
    from benchmarks.contenders import requesting

    return requesting.timed_requests(urlpatterns(work), work)


def request_call(work: str) -> Callable[[], None]:
    """One request, for counting its instructions."""
    from benchmarks.contenders import requesting

    return requesting.Requests(urlpatterns(work), work)
