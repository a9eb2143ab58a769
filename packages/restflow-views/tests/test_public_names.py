"""What the import packages offer is what is documented."""

import restflow.responses
import restflow.views

KINDS = ["List", "Create", "Retrieve", "Update", "Destroy"]
COMBINED = ["ListCreate", "RetrieveUpdate", "RetrieveDestroy", "RetrieveUpdateDestroy"]
VIEWS = {
    "APIViewHelpersMixin",
    "api_view",
    "ActionConfig",
    "PostFetch",
    *(
        prefix + name
        for prefix in ("", "Async")
        for name in (
            "APIView",
            "GenericAPIView",
            *(f"{kind}APIView" for kind in KINDS + COMBINED),
            *(f"{kind}ModelMixin" for kind in KINDS),
            "ViewSetMixin",
            "ViewSet",
            "GenericViewSet",
            "ReadOnlyModelViewSet",
            "ModelViewSet",
        )
    ),
}
RESPONSES = {
    "Response",
    "StreamingJSONListResponse",
    "NDJSONResponse",
    "SSEResponse",
    "JSONEncoder",
    "JSONRenderer",
    "NDJSONRenderer",
    "EventStreamRenderer",
    "last_event_id",
}


def test_views() -> None:
    assert set(restflow.views.__all__) == VIEWS
    assert all(hasattr(restflow.views, name) for name in VIEWS)


def test_responses() -> None:
    assert set(restflow.responses.__all__) == RESPONSES
    assert all(hasattr(restflow.responses, name) for name in RESPONSES)
