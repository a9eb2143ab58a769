import datetime
import uuid

import pytest
from filters_testapp.models import Category, Country, Product, Review, Tag


def _fill(using):
    country = Country.objects.using(using).create(name="France")
    nowhere = Country.objects.using(using).create(name=None)
    red, big = (Tag.objects.using(using).create(name=name) for name in ("red", "big"))
    tea = Category.objects.using(using).create(name="tea", country=country)
    anon = Category.objects.using(using).create(name=None, country=nowhere)
    bare = Category.objects.using(using).create(name="bare", country=None)
    rows = [
        {"name": "", "category": None},
        {
            "name": "green tea",
            "note": "good",
            "price": "5.00",
            "stock": 5,
            "weight": 1.5,
            "active": True,
            "made": datetime.date(2024, 1, 2),
            "seen": datetime.datetime(2024, 1, 2, 3, 4, 5, tzinfo=datetime.UTC),
            "opens": datetime.time(9, 30),
            "lasts": datetime.timedelta(hours=1),
            "key": uuid.UUID(int=5),
            "email": "a@example.com",
            "address": "10.0.0.1",
            "status": "live",
            "data": {"colour": "red"},
            "category": tea,
        },
        {"name": "black", "note": "", "price": "7.50", "stock": -5, "active": False, "data": {}, "category": anon},
        {"name": "Smith, John", "stock": 5, "status": "draft", "data": {"colour": None}, "category": bare},
        {"name": "other", "price": "5.00", "data": {"colour": "blue"}, "category": tea},
    ]
    products = [Product.objects.using(using).create(**row) for row in rows]
    products[1].tags.set([red, big])
    products[2].tags.set([red])
    for product, rating, author in ((1, 5, "ann"), (1, 4, "bob"), (2, 5, None), (2, None, "ann"), (3, 1, "bob")):
        Review.objects.using(using).create(product=products[product], rating=rating, author=author)


@pytest.fixture(params=["default", pytest.param("postgres", marks=pytest.mark.needs("postgres"))])
def products(request, django_db_blocker):
    """The products, on each database; tests mark themselves with both databases."""
    from django.conf import settings

    if request.param not in settings.DATABASES:
        pytest.skip(f"no database {request.param!r} in this environment")
    request.getfixturevalue("db")
    _fill(request.param)
    return Product.objects.using(request.param)


@pytest.fixture
def filled(db):
    """The products on the default database."""
    _fill("default")


@pytest.fixture(scope="session")
def fill():
    """Makes the products on a database, by its alias."""
    return _fill
