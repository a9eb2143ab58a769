"""Cached functions about the books of authors, and which of their entries are there."""

from caching_testapp.models import Book
from restflow.caching import CACHE_MISSING, ArgsKeyField, InvalidationRule, KeyConstructor, cache_result


class ByAuthor(KeyConstructor):
    author_id = ArgsKeyField("author_id", partition=True)
    page = ArgsKeyField("page", partition=False)

    class Meta:
        namespace = "by-author"


def books_of(*rules, constructor=ByAuthor):
    runs = []

    def load(author_id, page=1):
        runs.append(author_id)
        return len(runs)

    wrapper = cache_result(key_constructor=constructor, invalidates_on=list(rules))(load)
    wrapper.runs = runs
    return wrapper


def rule(**options):
    return InvalidationRule(**{"model": Book, "field_mapping": {"author_id": "author_id"}, **options})


def cached(wrapper, authors):
    """Which authors' entries are there; all are filled again after it."""
    present = [wrapper.get_cache_only(author.pk) is not CACHE_MISSING for author in authors]
    for author in authors:
        wrapper(author.pk)
    return present
