"""The root README's sample works as it stands: the example, the request below it, and what is said of mistakes."""

import re
import subprocess
import sys
from pathlib import Path

README = Path(__file__).resolve().parent.parent / "README.md"

PROJECT = """
import sys, types
import django
from django.conf import settings

settings.configure(
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
    INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth", "rest_framework"],
    ROOT_URLCONF="urls",
    ALLOWED_HOSTS=["testserver"],
    USE_TZ=True,
)
django.setup()
from django.db import connection, models
from django.test import Client
from rest_framework.routers import SimpleRouter


class Product(models.Model):
    name = models.CharField(max_length=80)
    sku = models.CharField(max_length=40)
    price = models.IntegerField()
    in_stock = models.BooleanField(default=True)

    class Meta:
        app_label = "shop"


def module(name, **names):
    sys.modules[name] = types.ModuleType(name)
    vars(sys.modules[name]).update(names)


module("shop")
module("shop.models", Product=Product)
with connection.schema_editor() as editor:
    editor.create_model(Product)
for name, price in (("chair", 100), ("lamp, refurbished", 50), ("table", 400), ("sofa", 900)):
    Product.objects.create(name=name, sku=name, price=price)

sample = {"__name__": "shop.api"}
exec(SAMPLE, sample)
router = SimpleRouter()
router.register("products", sample["ProductViewSet"])
module("urls", urlpatterns=router.urls)

answer = Client().get(REQUEST)
assert answer.status_code == 200, answer.content
assert [row["name"] for row in answer.json()] == ["table", "chair"], answer.content

refused = Client().get("/products/?price__lte=abc")
assert refused.status_code == 400, refused.content
assert "price__lte" in refused.json(), refused.content

from restflow.core import ConfigError

try:
    exec(SAMPLE.replace("name = StringField", "nmae = StringField"), {"__name__": "shop.api"})
except ConfigError as error:
    assert "ProductFilterSet.nmae" in str(error), error
else:
    raise AssertionError("a misspelt column was accepted")
"""


def test_the_sample_of_the_readme_works() -> None:
    text = README.read_text()
    (sample,) = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    (request,) = re.findall(r"`GET (/products/\S+)`", text)
    code = f"SAMPLE, REQUEST = {sample!r}, {request!r}\n{PROJECT}"
    result = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, cwd="/")
    assert result.returncode == 0, result.stderr


def test_the_first_pages_show_the_same_sample() -> None:
    samples = [
        re.findall(r"```python\n(from restflow.filters import .*?)```", (README.parent / page).read_text(), re.DOTALL)
        for page in ("README.md", "docs/index.md", "docs/quickstart.md", "packages/restflow/README.md")
    ]
    assert all(len(found) == 1 for found in samples)
    assert len({found[0] for found in samples}) == 1


def test_its_picture_is_there_and_light() -> None:
    (picture,) = re.findall(r"^!\[.{40,}\]\((\S+\.png)\)$", README.read_text(), re.MULTILINE)
    assert (README.parent / picture).stat().st_size < 200_000
