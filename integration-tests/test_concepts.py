"""Every sample of `docs/concepts.md`, as it stands there, in an application with the names it takes for granted."""

import asyncio
import datetime as dt
import decimal
import itertools
import json
import re
import sys
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import pytest
from concept_shop.models import Order, Product, Review
from django.contrib.auth import get_user_model
from django.core.cache import cache
from django.core.validators import EmailValidator
from django.http import QueryDict
from django.test import override_settings
from django.urls import include, path
from django.utils import timezone
from rest_framework.exceptions import ValidationError
from rest_framework.response import Response
from rest_framework.routers import SimpleRouter
from rest_framework.test import APIRequestFactory

import restflow.caching as caching
import restflow.filters as filters
import restflow.serializers as serializers
import restflow.views as views
from restflow.authentication import AccessToken, RefreshToken
from restflow.core.subsystems import subsystems
from restflow.filters import Email, FilterSet, IPAddress
from restflow.test import AsyncAPIClient, AsyncAPIRequestFactory, aiter_sse, force_authenticate

PAGE = Path(__file__).resolve().parent.parent / "docs" / "concepts.md"
SAMPLES = dict(re.findall(r"^<!-- sample: ([\w-]+) -->\n```\w+\n(.*?)^```$", PAGE.read_text(), re.M | re.S))

User = get_user_model()
pytestmark = pytest.mark.django_db


class Sample:
    """A module in which samples run one after the other, with the names that they take for granted."""

    def __init__(self, name: str) -> None:
        self.module = types.ModuleType(name)
        sys.modules[name] = self.module

    def run(self, *samples: str, **names: Any) -> types.ModuleType:
        vars(self.module).update(names)
        for sample in samples:
            exec(compile(SAMPLES[sample], f"{PAGE}:{sample}", "exec"), vars(self.module))
        return self.module


@pytest.fixture
def sample() -> Iterator[Sample]:
    made = Sample("shop.caches")  # whose functions may be declared again
    cache.clear()
    yield made
    cache.clear()
    del sys.modules[made.module.__name__]


@pytest.fixture
def products() -> list[Product]:
    rows = [("pen", 1, True), ("pencil", 2, True), ("table", 90, False)]
    return [Product.objects.create(name=name, price=price, in_stock=stock) for name, price, stock in rows]


class Named(serializers.ModelSerializer):
    class Meta:
        model = Product
        fields = ["id", "name"]


def names(filter_set: type[FilterSet], query: str) -> list[str]:
    found = filter_set(QueryDict(query)).filter_queryset(Product.objects.all())
    return [product.name for product in found.order_by("id")]


async def answer(view: Any, request: Any, **kwargs: Any) -> Response:
    response = await view(request, **kwargs)
    if hasattr(response, "render"):
        response.render()
    return response


class TestCaching:
    def test_the_key_of_the_documented_call(self, sample: Sample) -> None:
        calls = []
        module = sample.run(
            "user-key",
            "user-key-call",
            **{name: getattr(caching, name) for name in caching.__all__},
            some_expensive_query=lambda: calls.append(1),
        )
        key = module.UserKey().generate_key(module.get_user_data, (1, "full"), {})
        assert calls == [1]
        assert key == "users::get_user_data::1::production::full"
        assert key == module.UserKey().generate_key(module.get_user_data, (), {"scope": "full", "user_id": 1})

    def test_a_hashed_field_takes_the_place_of_its_value(self, sample: Sample) -> None:
        module = sample.run("key-constructor")

        class Hashed(module.UserKey):  # type: ignore[name-defined]
            scope = caching.ArgsKeyField("scope", hash=True)
            environment = caching.ConstantKeyField("v", "production", partition=True)

        key = Hashed().generate_key(lambda user_id, scope: None, (1, "full"), {})
        assert re.fullmatch(r"users::.*::[0-9a-f]{32}", key)
        assert "full" not in key

    def test_the_key_constructor(self, sample: Sample) -> None:
        module = sample.run("key-constructor")

        def load(user_id: int) -> None: ...

        assert (
            module.UserKey().generate_key(load, (7,), {}).endswith("::7::'1'")
        )  # the text "1", which no number 1 can be taken for

    def test_inline_and_default_constructors(self) -> None:
        def load(user_id: int, *more: int, deep: bool = False) -> None: ...

        inline = caching.InlineKeyConstructor({"user": caching.ArgsKeyField("user_id")})()
        assert inline.generate_key(load, (7,), {}) == inline.generate_key(load, (7, 8), {"deep": True})
        default = caching.DefaultKeyConstructor()
        calls = [((7,), {}), ((8,), {}), ((7, 8), {}), ((7,), {"deep": True})]
        assert len({default.generate_key(load, *call) for call in calls}) == 4

    @pytest.fixture
    def counted(self) -> dict[str, Any]:
        calls: list[int] = []

        def expensive_lookup(user_id: int) -> dict[str, Any]:
            calls.append(user_id)
            return {"id": user_id, "call": len(calls)}

        return {"expensive_lookup": expensive_lookup, "calls": calls}

    def test_cache_result(self, sample: Sample, counted: dict[str, Any]) -> None:
        module = sample.run("key-constructor", "cache-result", **counted)
        # the page's own calls: a miss, a hit, a refresh, a bypass; then everything was dropped
        assert module.calls == [42, 42, 42]
        assert module.metadata["cache_status"] == "HIT"
        assert module.data == {"id": 42, "call": 3}
        wrapper = module.get_user_payload
        statuses = [wrapper.get_with_metadata(42)[1]["cache_status"] for _ in range(2)]
        assert statuses == ["MISS", "HIT"]
        for drop in (
            lambda: wrapper.delete_cache(42),
            lambda: wrapper.delete_by_prefix(user_id=42),
            wrapper.invalidate_all,
        ):
            drop()
            assert wrapper.get_with_metadata(42)[1]["cache_status"] == "MISS"
            assert wrapper.get_with_metadata(42)[1]["cache_status"] == "HIT"
        wrapper.delete_by_prefix(user_id=43)
        assert wrapper.get_with_metadata(42)[1]["cache_status"] == "HIT"

    async def test_an_async_function_has_the_same_with_a_prefix(self, sample: Sample) -> None:
        module = sample.run("key-constructor")
        calls = []

        @caching.cache_result(key_constructor=module.UserKey, ttl=300)
        async def get_user_payload(user_id: int) -> int:
            calls.append(user_id)
            return len(calls)

        call = get_user_payload(1)
        assert asyncio.iscoroutine(call)
        assert await call == 1
        value, metadata = await get_user_payload.aget_with_metadata(1)
        assert (value, metadata["cache_status"]) == (1, "HIT")
        assert await get_user_payload.arefresh(1) == 2
        assert await get_user_payload.abypass_cache(1) == 3
        assert await get_user_payload(1) == 2
        await get_user_payload.adelete_cache(1)
        assert await get_user_payload(1) == 4
        await get_user_payload.adelete_by_prefix(user_id=1)
        assert await get_user_payload(1) == 5
        await get_user_payload.ainvalidate_all()
        assert await get_user_payload(1) == 6

    @pytest.mark.django_db(transaction=True)
    def test_invalidation_rule(self, sample: Sample) -> None:
        calls: list[int] = []

        def expensive_lookup(user_id: int) -> str:
            calls.append(user_id)
            return User.objects.get(pk=user_id).email

        module = sample.run(
            "key-constructor",
            "invalidation-rule",
            cache_result=caching.cache_result,
            User=User,
            expensive_lookup=expensive_lookup,
        )
        user = User.objects.create(username="ada", email="old@example.org")
        payload = module.get_user_payload
        assert payload(user.pk) == "old@example.org"
        user.first_name = "Ada"
        user.save(update_fields=["first_name"])  # not watched
        assert payload(user.pk) == "old@example.org"
        assert len(calls) == 1
        user.email = "new@example.org"
        user.save(update_fields=["email"])  # watched: run again by the rule itself
        assert len(calls) == 2
        value, metadata = payload.get_with_metadata(user.pk)
        assert (value, metadata["cache_status"], len(calls)) == ("new@example.org", "HIT", 2)

    def test_dispatcher(self, sample: Sample) -> None:
        sample.run("dispatcher", InvalidationRule=caching.InvalidationRule, User=User)

    def test_the_dispatchers_have_their_names(self) -> None:
        engines = {"celery", "django_rq", "django_q", "dramatiq"}
        assert {"inline", "threadpool", "asyncio", *engines} <= set(caching.registered_dispatcher_names())


class TestFiltering:
    def test_filter_set(self, sample: Sample, products: list[Product]) -> None:
        module = sample.run("filter-set", Product=Product)
        assert names(module.ProductFilterSet, "name=pen") == ["pen"]
        assert names(module.ProductFilterSet, "price=2&in_stock=true") == ["pencil"]
        assert names(module.ProductFilterSet, "") == ["pen", "pencil", "table"]
        with pytest.raises(ValidationError) as error:
            names(module.ProductFilterSet, "price=cheap")
        assert set(error.value.detail) == {"price"}

    def test_declaration_styles(self, sample: Sample, products: list[Product]) -> None:
        module = sample.run("filter-styles", Product=Product, FilterSet=FilterSet)
        assert names(module.ProductFilterSet, "name__icontains=PEN") == ["pen", "pencil"]
        assert names(module.ProductFilterSet, "description=&in_stock=false") == ["table"]
        assert names(module.ProductFilterSet, "price=90") == ["table"]
        with pytest.raises(ValidationError) as error:
            names(module.ProductFilterSet, "price=-1")
        assert set(error.value.detail) == {"price"}

    def test_db_field(self, sample: Sample, products: list[Product]) -> None:
        module = sample.run("db-field", FilterSet=FilterSet, IntegerField=filters.IntegerField)
        found = {
            query: names(module.ProductFilterSet, query) for query in ("product_price__lt=2", "product_price__gte=2")
        }
        assert found == {"product_price__lt=2": ["pen"], "product_price__gte=2": ["pencil", "table"]}

    def test_filter_by_takes_a_lookup_or_a_callable(self, products: list[Product]) -> None:
        from django.db.models import Q

        class ProductFilterSet(FilterSet):
            part = filters.StringField(filter_by="name__icontains")
            cheap = filters.IntegerField(filter_by=lambda value: Q(price__lte=value))
            exact = filters.StringField(filter_by=lambda value: {"name": value})

            class Meta:
                model = Product

        assert names(ProductFilterSet, "part=PEN") == ["pen", "pencil"]
        assert names(ProductFilterSet, "cheap=1") == ["pen"]
        assert names(ProductFilterSet, "exact=table") == ["table"]

    def test_variants(self, sample: Sample, products: list[Product]) -> None:
        field = sample.run("variants", IntegerField=filters.IntegerField).price
        made = type("ProductFilterSet", (FilterSet,), {"price": field, "Meta": type("Meta", (), {"model": Product})})
        accepted = {"price", "price__gte", "price__lte", "price!", "price__gte!", "price__lte!"}
        assert {parameter["name"] for parameter in made.get_schema_operation_parameters()} == accepted
        assert names(made, "price!=1") == ["pencil", "table"]
        assert names(made, "price__gte!=2") == ["pen"]
        assert names(made, "price__lte=2") == ["pen", "pencil"]

    @pytest.mark.parametrize(
        ("category", "lookups"),
        re.findall(r"^\| `(\w+)` \| ([a-z_, ]+) \|$", PAGE.read_text(), re.M),
    )
    def test_categories(self, category: str, lookups: str) -> None:
        assert filters.LOOKUP_CATEGORIES[category] == tuple(lookups.split(", "))

    def test_operators_and_processors(self, sample: Sample, products: list[Product]) -> None:
        Product.objects.filter(name="pencil").update(archived=True)
        seen = []

        def apply_tenant_scope(filterset: Any, queryset: Any) -> Any:
            seen.append("tenant")
            return queryset

        module = sample.run(
            "processors",
            Product=Product,
            FilterSet=FilterSet,
            exclude_archived=lambda filterset, queryset: queryset.exclude(archived=True),
            apply_tenant_scope=apply_tenant_scope,
            ensure_distinct=lambda filterset, queryset: queryset.distinct(),
        )
        assert names(module.ProductFilterSet, "name=pencil") == []
        assert names(module.ProductFilterSet, "name=pen") == ["pen"]
        assert seen == ["tenant", "tenant"]

    @pytest.mark.parametrize(
        ("annotation", "field"),
        [
            (str, "StringField"),
            (int, "IntegerField"),
            (float, "FloatField"),
            (bool, "BooleanField"),
            (decimal.Decimal, "DecimalField"),
            (dt.date, "DateField"),
            (dt.datetime, "DateTimeField"),
            (dt.time, "TimeField"),
            (dt.timedelta, "DurationField"),
            (Email, "EmailField"),
            (IPAddress, "IPAddressField"),
            (list[int], "ListField"),
            (Literal["a", "b"], "ChoiceField"),
            (int | None, "IntegerField"),
        ],
        ids=lambda value: value if isinstance(value, str) else "type",
    )
    def test_types(self, annotation: Any, field: str) -> None:
        made = type(
            "AnyFilterSet",
            (FilterSet,),
            {"__annotations__": {"value": annotation}, "__module__": __name__, "Meta": type("Meta", (), {})},
        )
        assert type(made().fields["value"]) is getattr(filters, field)


class TestSerializers:
    GOOD = {
        "name": "Ada",
        "age": 36,
        "email": "ada@example.org",
        "bio": None,
        "role": "admin",
        "tags": ["x"],
        "extra": "e",
    }

    def test_annotations(self, sample: Sample) -> None:
        module = sample.run("serializer")
        serializer = module.UserSerializer(data=self.GOOD)
        assert serializer.is_valid(), serializer.errors
        assert serializer.validated_data == self.GOOD
        assert "extra" not in serializer.data
        bad = module.UserSerializer(data=self.GOOD | {"role": "owner", "email": "no", "tags": "x", "name": None})
        assert not bad.is_valid()
        assert set(bad.errors) == {"role", "email", "tags", "name"}

    def test_model_serializer(self, sample: Sample) -> None:
        module = sample.run("model-serializer", User=User)
        user = User.objects.create(username="ada")
        user.full_name = "Ada Lovelace"
        assert module.UserModelSerializer(user).data == {"id": user.pk, "username": "ada", "full_name": "Ada Lovelace"}

    def test_inline_serializer(self, sample: Sample) -> None:
        made = sample.run("inline-serializer").AddressSerializer
        assert made.__name__ == "Address"
        serializer = made(data={"city": "Paris", "country": "FR", "zip": "75001"})
        assert serializer.is_valid()
        assert not made(data={"city": "Paris"}).is_valid()

    async def test_async_surface(self, sample: Sample) -> None:
        stored = []

        class Storing(serializers.Serializer):
            name: str

            async def acreate(self, validated_data: Any) -> Any:
                stored.append(dict(validated_data))
                return types.SimpleNamespace(**validated_data)

        module = sample.run("async-surface", UserSerializer=Storing, Response=Response)
        request = types.SimpleNamespace(data={"name": "Ada"})
        response = await module.view(request)
        assert (response.data, stored) == ({"name": "Ada"}, [{"name": "Ada"}])
        for name in ("ais_valid", "asave", "acreate", "aupdate", "ato_internal_value", "arun_validation"):
            assert callable(getattr(Storing, name))

    def test_sync_methods_refuse_async_hooks(self) -> None:
        class Careful(serializers.Serializer):
            name: str

            async def validate_name(self, value: str) -> str:
                return value

        with pytest.raises(TypeError, match="validate_name"):
            Careful(data={"name": "Ada"}).is_valid()


class TestAuthentication:
    @pytest.fixture(autouse=True)
    def configured(self, sample: Sample) -> Iterator[None]:
        # a project that has just been started has DEBUG on, where a cache of one process will do for revocations
        with override_settings(RESTFLOW_SETTINGS=sample.run("jwt-settings").RESTFLOW_SETTINGS, DEBUG=True):
            yield

    def test_lifetimes(self) -> None:
        user = User.objects.create(username="ada")
        lived = [token["exp"] - token["iat"] for token in (AccessToken.for_user(user), RefreshToken.for_user(user))]
        assert lived == [15 * 60, 7 * 24 * 3600]

    def test_tokens(self, sample: Sample) -> None:
        user = User.objects.create(username="ada")
        module = sample.run("tokens", user=user)
        for token in (module.access, module.new_access):
            assert AccessToken.verify(str(token))["user_id"] == user.pk
        assert str(module.refresh).count(".") == 2

    async def test_token_views(self, sample: Sample) -> None:
        user = await User.objects.acreate(username="ada")
        user.set_password("correct horse")
        await user.asave()
        urls = sample.run("token-views")
        with override_settings(ROOT_URLCONF=urls.__name__):
            client = AsyncAPIClient()
            wrong = await client.post("/auth/token/", {"username": "ada", "password": "no"})
            assert wrong.status_code == 401
            pair = (await client.post("/auth/token/", {"username": "ada", "password": "correct horse"})).json()
            renewed = await client.post("/auth/refresh/", {"refresh": pair["refresh"]})
            assert renewed.status_code == 200
            last = renewed.json().get("refresh", pair["refresh"])
            assert (await client.post("/auth/blacklist/", {"refresh": last})).status_code < 300
            assert (await client.post("/auth/refresh/", {"refresh": last})).status_code == 401

    async def test_protected_view(self, sample: Sample, products: list[Product]) -> None:
        view = sample.run("protected-view").ProductView
        view.queryset, view.serializer_class = Product.objects.all(), Named
        user = await User.objects.acreate(username="ada")
        factory = AsyncAPIRequestFactory()
        assert (await answer(view.as_view(), factory.get("/"))).status_code == 401
        token = {"HTTP_AUTHORIZATION": f"Bearer {AccessToken.for_user(user)}"}
        response = await answer(view.as_view(), factory.get("/", **token))
        assert [row["name"] for row in response.data] == ["pen", "pencil", "table"]

    def test_the_simplejwt_adapter_is_there(self) -> None:
        from restflow.authentication.simplejwt import SimpleJWTAuthentication

        assert asyncio.iscoroutinefunction(SimpleJWTAuthentication.aauthenticate)


class TestViews:
    async def test_permission(self, sample: Sample, products: list[Product]) -> None:
        owner, other = [await User.objects.acreate(username=name) for name in ("owner", "other")]
        await Product.objects.filter(name="pen").aupdate(owner_id=owner.pk)
        sample_class = sample.run("permission").IsOwner

        class ProductView(views.AsyncRetrieveAPIView):
            queryset = Product.objects.all()
            serializer_class = Named
            permission_classes = [sample_class]

        statuses = []
        for user in (owner, other):
            request = AsyncAPIRequestFactory().get("/")
            force_authenticate(request, user=user)
            statuses.append((await answer(ProductView.as_view(), request, pk=products[0].pk)).status_code)
        assert statuses == [200, 403]

    async def test_combinators(self, sample: Sample, products: list[Product]) -> None:
        classes = sample.run("combinators").permission_classes

        class ProductView(views.AsyncListAPIView):
            queryset = Product.objects.all()
            serializer_class = Named
            permission_classes = classes

        anonymous = AsyncAPIRequestFactory().get("/")
        known = AsyncAPIRequestFactory().get("/")
        force_authenticate(known, user=await User.objects.acreate(username="ada"))
        assert [(await answer(ProductView.as_view(), request)).status_code for request in (anonymous, known)] == [
            403,
            200,
        ]

    async def test_async_api_view(self, sample: Sample, products: list[Product]) -> None:
        class OrderCreate(serializers.ModelSerializer):
            class Meta:
                model = Order
                fields = ["product", "quantity"]

        class OrderOut(serializers.ModelSerializer):
            class Meta:
                model = Order
                fields = ["id", "product", "quantity"]

        view = sample.run(
            "async-api-view", OrderCreateSerializer=OrderCreate, OrderSerializer=OrderOut, Order=Order
        ).CreateOrderView
        post = AsyncAPIRequestFactory().post
        made = await answer(view.as_view(), post("/", {"product": products[0].pk, "quantity": 2}))
        stored = await Order.objects.aget()
        assert (made.status_code, made.data) == (201, {"id": stored.pk, "product": products[0].pk, "quantity": 2})
        refused = await answer(view.as_view(), post("/", {"product": 10**6, "quantity": -1}))
        assert refused.status_code == 400
        assert await Order.objects.acount() == 1

    def test_the_named_views_exist(self) -> None:
        verbs = ["List", "Create", "Retrieve", "Update", "Destroy"]
        combined = ["ListCreate", "RetrieveUpdate", "RetrieveDestroy", "RetrieveUpdateDestroy"]
        classes = [f"Async{name}APIView" for name in verbs + combined]
        classes += [f"Async{verb}ModelMixin" for verb in verbs]
        classes += ["AsyncViewSet", "AsyncGenericViewSet", "AsyncReadOnlyModelViewSet", "AsyncModelViewSet"]
        assert [name for name in classes if not isinstance(getattr(views, name, None), type)] == []

    async def test_action_config(self, sample: Sample, products: list[Product]) -> None:
        class ListOnly(serializers.ModelSerializer):
            class Meta:
                model = Product
                fields = ["name"]

        view_set = sample.run(
            "action-config", Product=Product, ProductSerializer=Named, ProductListSerializer=ListOnly
        ).ProductViewSet
        router = SimpleRouter()
        router.register("products", view_set)
        sample.module.urlpatterns = [path("", include(router.urls))]  # type: ignore[attr-defined]
        framework = {"PAGE_SIZE": 2}
        with override_settings(ROOT_URLCONF=sample.module.__name__, REST_FRAMEWORK=framework):
            client = AsyncAPIClient()
            listed = (await client.get("/products/")).json()
            assert listed["results"] == [{"name": "pen"}, {"name": "pencil"}]
            assert "count" not in listed
            one = await client.get(f"/products/{products[0].pk}/")
            assert one.json() == {"id": products[0].pk, "name": "pen"}
            assert (await client.delete(f"/products/{products[0].pk}/")).status_code in (401, 403)
            client.force_authenticate(await User.objects.acreate(username="root", is_staff=True))
            assert (await client.delete(f"/products/{products[0].pk}/")).status_code == 204

    def test_post_fetch(self, sample: Sample, products: list[Product]) -> None:
        day = timezone.now()
        for product, rating in itertools.product(products[:2], (1, 5)):
            Review.objects.create(product=product, rating=rating, created_at=day + dt.timedelta(days=rating))
        fetch = sample.run("post-fetch", Review=Review).review_fetch
        rows = list(Product.objects.order_by("id"))
        fetch.fetch(rows)
        latest = [row.latest_review for row in rows]
        assert [review and review["rating"] for review in latest] == [5, 5, None]
        assert set(latest[0]) == {"id", "rating", "created_at", "product_id"}  # and what joins them

    async def test_pagination(self, sample: Sample, products: list[Product]) -> None:
        view = sample.run("pagination", Product=Product, ProductSerializer=Named).ProductView
        with override_settings(REST_FRAMEWORK={"PAGE_SIZE": 2}):
            first, second = [
                (await answer(view.as_view(), AsyncAPIRequestFactory().get("/", {"page": page}))).data
                for page in (1, 2)
            ]
        assert "count" not in first
        assert [len(page["results"]) for page in (first, second)] == [2, 1]
        assert (first["previous"], second["next"]) == (None, None)

    async def test_throttle_rates(self, sample: Sample) -> None:
        from restflow.throttling import ScopedRateThrottle

        settings = sample.run("throttle-rates").REST_FRAMEWORK

        class Upload(views.AsyncAPIView):
            throttle_classes = [ScopedRateThrottle]
            throttle_scope = "uploads"

            async def get(self, request: Any) -> Response:
                return Response({})

        with override_settings(REST_FRAMEWORK=settings):
            view = Upload.as_view()
            statuses = [(await answer(view, AsyncAPIRequestFactory().get("/"))).status_code for _ in range(12)]
        assert statuses == [200] * 10 + [429] * 2

    async def test_server_sent_events(self, sample: Sample) -> None:
        async def clock() -> Any:
            for tick in (1, 2):
                yield tick

        response = await sample.run("sse", clock=clock).heartbeat(None)
        assert response["Content-Type"].startswith("text/event-stream")
        events = [event async for event in aiter_sse(response)]
        assert [(event.event, json.loads(event.data)) for event in events] == [("tick", {"at": 1}), ("tick", {"at": 2})]


class TestErrors:
    def test_the_envelope(self, sample: Sample) -> None:
        handler = sample.run("exception-handler").REST_FRAMEWORK["EXCEPTION_HANDLER"]

        class Address(serializers.Serializer):
            email: Email

        class Signup(views.APIView):
            permission_classes: Any = []

            def post(self, request: Any) -> Response:
                Address(data=request.data).is_valid(raise_exception=True)
                return Response({})

        with override_settings(REST_FRAMEWORK={"EXCEPTION_HANDLER": handler}):
            request = APIRequestFactory().post("/", {"email": "nobody"}, format="json")
            response = Signup.as_view()(request)
        assert response.status_code == 400
        expected = json.loads(SAMPLES["envelope"])
        expected["error"]["details"]["email"] = [str(EmailValidator.message)]  # the words are Django's
        assert json.loads(json.dumps(response.data)) == expected

    def test_an_own_error(self, sample: Sample) -> None:
        from restflow.exceptions import APIException, exception_handler

        user = User.objects.create(username="ada")
        with pytest.raises(APIException) as raised:
            sample.run("own-error", user=user)
        response = exception_handler(raised.value, {"view": None, "request": None})
        assert response.status_code == 409
        assert response.data == {
            "error": {
                "code": "conflict",
                "message": "The product is locked for editing.",
                "details": {"locked_by": user.pk},
            }
        }

    def test_the_codes(self) -> None:
        from restflow.exceptions import ErrorCode

        codes = (
            "not_authenticated authentication_failed permission_denied validation_error parse_error not_found "
            "method_not_allowed unsupported_media_type not_acceptable throttled conflict internal_error "
            "service_unavailable"
        )
        assert set(codes.split()) <= {code.value for code in ErrorCode}


class TestTools:
    def test_schema_class(self, sample: Sample, products: list[Product]) -> None:
        from drf_spectacular.generators import SchemaGenerator

        framework = sample.run("schema-class").REST_FRAMEWORK

        class ProductFilterSet(FilterSet):
            price = filters.IntegerField(lookups=["gte"])

            class Meta:
                model = Product

        with override_settings(REST_FRAMEWORK=framework):

            class ProductView(views.AsyncListAPIView):
                queryset = Product.objects.all()
                serializer_class = Named
                filter_backends = [filters.RestflowFilterBackend]
                filterset_class = ProductFilterSet
                schema = __import__("restflow.spectacular", fromlist=["x"]).RestflowAutoSchema()

            document = SchemaGenerator(patterns=[path("products/", ProductView.as_view())]).get_schema(public=True)
        parameters = {parameter["name"] for parameter in document["paths"]["/products/"]["get"]["parameters"]}
        assert {"price", "price__gte", "price!", "price__gte!"} <= parameters

    def test_the_test_case(self, sample: Sample) -> None:
        import unittest

        module = sample.run("test-case")

        class ProductsView(views.AsyncListAPIView):
            queryset = Product.objects.all()
            serializer_class = Named

        module.urlpatterns = [path("api/products/", ProductsView.as_view())]
        with override_settings(ROOT_URLCONF=module.__name__):
            result = unittest.TestResult()
            unittest.defaultTestLoader.loadTestsFromTestCase(module.TestProducts).run(result)
        assert (result.testsRun, result.failures, result.errors) == (1, [], [])

    def test_every_subsystem_is_registered(self) -> None:
        assert {"core", "serializers", "filters", "views", "caching"} <= {one.name for one in subsystems()}


def test_every_sample_of_the_page_has_its_test() -> None:
    source = Path(__file__).read_text()
    assert [name for name in SAMPLES if f'"{name}"' not in source] == []
    assert len(SAMPLES) == 32
