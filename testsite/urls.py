"""No routes: a test that needs some names a URLconf of its own (`@pytest.mark.urls`)."""

urlpatterns: list[object] = []
