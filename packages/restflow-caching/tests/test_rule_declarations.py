"""What a rule may say of itself: mistakes are refused where it is declared."""

import pytest
from caching_testapp.models import Book

from restflow.caching import ArgsKeyField, CacheConfigError, InvalidationRule, KeyConstructor, cache_result


class ByAuthor(KeyConstructor):
    author_id = ArgsKeyField("author_id", partition=True)

    class Meta:
        namespace = "declared-by-author"


def load(author_id):
    return author_id


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"field_mapping": {"author": "author_id"}}, CacheConfigError),
        ({"field_mapping": {}}, CacheConfigError),
        ({"invalidate_all": True}, CacheConfigError),
        ({"field_mapping": {}, "invalidator": 3}, TypeError),
        ({"model": 3}, CacheConfigError),
        ({"model": "Book"}, CacheConfigError),
        ({"watch_fields": "title"}, TypeError),
    ],
    ids=str,
)
def test_rules_that_make_no_sense_are_refused(options, error):
    declared = {"model": Book, "field_mapping": {"author_id": "author_id"}, **options}
    with pytest.raises(error):
        cache_result(key_constructor=ByAuthor, invalidates_on=[InvalidationRule(**declared)])(load)


def test_an_invalidator_by_path_is_found_or_refused():
    assert InvalidationRule(Book, invalidator="os.path.join").resolve_invalidator() is __import__("os").path.join
    with pytest.raises(ValueError, match="dotted"):
        InvalidationRule(Book, invalidator="nodots").resolve_invalidator()


def test_the_first_twelve_fields_are_positional():
    made = InvalidationRule(Book, False, {"a": "b"}, True, True, ["x"], {"y": 1}, None, "inline", {}, True, False)
    assert (made.trigger_on_create, made.watch_fields, made.batch, made.raise_exception) == (True, ("x",), True, False)
