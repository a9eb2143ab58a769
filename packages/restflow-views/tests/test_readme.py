"""The samples of the README serve."""

import re
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from views_testapp.models import Product

README = Path(__file__).parent.parent / "README.md"


@pytest.fixture(scope="module")
def samples() -> dict[str, Any]:
    shop, models = ModuleType("shop"), ModuleType("shop.models")
    models.__dict__["Product"] = Product
    namespace: dict[str, Any] = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "shop", shop)
        patch.setitem(sys.modules, "shop.models", models)
        for code in re.findall(r"^```python\n(.*?)```", README.read_text(), re.DOTALL | re.MULTILINE):
            exec(compile(code, str(README), "exec"), namespace)
    return namespace


@pytest.fixture
def product(db: None) -> Any:
    return Product.objects.create(name="Lamp")


def test_the_first_viewset(samples: Any, product: Any, factory: Any, answer: Any) -> None:
    view = samples["ProductViewSet"].as_view({"get": "list", "post": "create"})
    assert answer(view, factory.post("/", {"name": "Desk"}, format="json")).status_code == 201
    assert Product.objects.get(name="Desk").owner == "me"
    assert [row["name"] for row in answer(view, factory.get("/")).data] == ["Lamp", "Desk"]


def test_the_configs(samples: Any, product: Any, factory: Any, answer: Any) -> None:
    viewset = samples["CatalogueViewSet"]
    assert answer(viewset.as_view({"get": "list"}), factory.get("/")).status_code == 200
    assert answer(viewset.as_view({"delete": "destroy"}), factory.delete("/"), pk=product.pk).status_code in (401, 403)
    assert Product.objects.filter(pk=product.pk).exists()


def test_the_stream(samples: Any, product: Any, factory: Any) -> None:
    async def body() -> bytes:
        response = await samples["Export"].as_view()(factory.get("/"))
        return b"".join([part async for part in response])

    assert async_to_sync(body)() == b'{"id":%d,"name":"Lamp"}\n' % product.pk
