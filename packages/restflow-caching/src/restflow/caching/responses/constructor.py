"""The key constructor of responses."""

from restflow.caching.keys.arguments import ViewKwargsKeyField
from restflow.caching.keys.constructor import KeyConstructor
from restflow.caching.keys.requests import QueryParamsKeyField


class ResponseCacheKeyConstructor(KeyConstructor):
    """URL arguments as the partition, and the query. Subclass it to narrow it, or to add partitions."""

    query_params = QueryParamsKeyField("*", hash=True)
    path_params = ViewKwargsKeyField("*", partition=True)

    class Meta:
        namespace = "ResponseCache"
        key_identifier = "{module}.{qualname}"
