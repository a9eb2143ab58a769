from restflow.caching import ArgsKeyField, ConstantKeyField, InvalidationRule, KeyConstructor, cache_result
from shop.models import Author


class AuthorKey(KeyConstructor):
    author = ArgsKeyField("author_id", partition=True)
    version = ConstantKeyField("v", "one")

    class Meta:
        namespace = "shop"


calls = []


@cache_result(
    key_constructor=AuthorKey,
    ttl=300,
    invalidates_on=[InvalidationRule(model=Author, field_mapping={"author_id": "id"}, watch_fields=["name"])],
)
def author_card(author_id: int):
    calls.append(author_id)
    return {"name": Author.objects.get(pk=author_id).name, "call": len(calls)}
