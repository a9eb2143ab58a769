"""What schemathesis reports and no OpenAPI document can say: reason by reason, each for the operations that have it.

A refusal of valid data passes only where every message in it is such a reason.
"""

import json
import re
from collections.abc import Iterator
from typing import Any

import schemathesis

EXISTING_COUNTRY = r'country: (Invalid pk ".*" - object does not exist\.|This field may not be null\.)'  # "" is a null
TIME_ZONE = r"timezone: .* is no time zone, such as Asia/Dhaka\."
RANGE_OF_TEXT = r"(latitude|longitude): Ensure this value is (less|greater) than or equal to -?\d+\."  # of a decimal
BLANK = r".*: This field may not be blank\."  # spaces, which are trimmed; an empty text breaks the schema's minLength
CITY = (EXISTING_COUNTRY, TIME_ZONE, RANGE_OF_TEXT, BLANK)

REFUSALS = {
    "POST /api/cities/": CITY,
    "PUT /api/cities/{id}/": CITY,
    "PATCH /api/cities/{id}/": CITY,
    "PATCH /api/cities/bulk/": (r"id: No object has this value\.", r"id: Another item has the same value\."),
    "POST /api/token/": (BLANK,),
    "POST /api/token/refresh/": (BLANK,),
    "POST /api/token/logout/": (BLANK,),
    "GET /api/cities/": (
        r"non_field_errors: No more than 20 filter parameters are allowed\.",
        r"bbox: (Enter four numbers:|Longitudes go from) .*",  # what a method of the filter set asks for
    ),
}
PAGES = ("GET /api/changes/", "GET /api/cities/", "GET /api/countries/")
"""A page size that is none is the default one, as in REST framework."""
FILTERED = ("GET /api/cities/", "GET /api/countries/")
"""A filter that is left empty is none, as forms send it."""


@schemathesis.hook
def filter_failure(context: Any, failure: Any, case: Any, response: Any) -> bool:
    """Whether a failure is one."""
    operation = case.operation.label
    if "positive_data_acceptance" in failure.checks and response.status_code == 400:
        messages = list(_messages("", json.loads(response.content)["error"]["details"]))
        reasons = REFUSALS.get(operation, ())
        return not messages or any(
            not any(re.fullmatch(one, message, re.DOTALL) for one in reasons) for message in messages
        )
    if "negative_data_rejection" in failure.checks:
        ignored = ({"page_size"} if operation in PAGES else set()) | (_empty(case) if operation in FILTERED else set())
        return not _changed(case) <= ignored
    return True


def _messages(field: str, details: Any) -> Iterator[str]:
    """The messages, each after its innermost field; a place in a list is no field."""
    if isinstance(details, dict):
        for name, inner in details.items():
            yield from _messages(field if name.isdigit() else name, inner)
    else:
        yield from (f"{field}: {message}" for message in details)


def _changed(case: Any) -> set[str]:
    """The names of the parameters that were made invalid."""
    data = case.meta.phase.data
    return {mutation.parameter for mutation in data.mutations} or {data.parameter}


def _empty(case: Any) -> set[str]:
    """The names of the parameters of the query that are left empty."""
    return {name for name, value in case.query.items() if value == ""}
