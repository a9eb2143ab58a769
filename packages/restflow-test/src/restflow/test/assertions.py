"""Assertions about responses."""

from collections.abc import Iterable
from typing import Any


def assert_error(
    response: Any, status: int, code: str, *, message: str | None = None, fields: Iterable[str] | None = None
) -> dict[str, Any]:
    """Asserts that a response is restflow's error envelope, or problem details, with this status and code.

    `message` is a part of the error's message, `fields` the exact set of keys of its `details`. Returns the error
    object; the `AssertionError` shows the whole body.
    """
    code = str(getattr(code, "value", code))
    body = response.json()
    error = _error_of(body)
    shown = f"The response has status {response.status_code} and body {body!r}"
    assert response.status_code == status, f"{shown}; expected the status {status}."
    assert error is not None, f"{shown}; expected an error envelope or problem details."
    assert error.get("code") == code, f"{shown}; expected the code {code!r}."
    if message is not None:
        text = str(error.get("message", error.get("detail", "")))
        assert message in text, f"{shown}; expected {message!r} in the message."
    if fields is not None:
        found = set(error.get("details") or {})
        assert found == set(fields), f"{shown}; expected details about {sorted(fields)}, found {sorted(found)}."
    return error


def _error_of(body: Any) -> dict[str, Any] | None:
    if not isinstance(body, dict):
        return None
    error = body.get("error", body if "status" in body and "title" in body else None)
    return error if isinstance(error, dict) else None
