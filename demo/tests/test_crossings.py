"""Every request costs one crossing from the event loop to a thread, and the same queries whatever the page."""

import json
import os
import subprocess
import sys
from pathlib import Path

SCRIPT = Path(__file__).with_name("count_crossings.py")
CITY = {
    "name": "Atlantis",
    "country": "IS",
    "population": 12,
    "latitude": "31.5",
    "longitude": "-24.25",
    "timezone": "Atlantic/Azores",
}
REQUESTS = [
    # method, path, body, account, status, crossings beyond Django's own, queries
    ("GET", "/api/", None, "", 200, 0, 0),
    ("GET", "/api/cities/?population__gte=1000000&order_by=-population", None, "", 200, 1, 1),
    ("GET", "/api/cities/?page_size=100&q=a&country!=CN", None, "", 200, 1, 1),
    ("GET", "/api/cities/1/", None, "", 200, 1, 3),  # city, names, last change
    ("GET", "/api/countries/?page_size=100", None, "", 200, 1, 4),  # count, page, largest cities, totals
    ("GET", "/api/countries/?page_size=100", None, "", 200, 1, 3),  # the count is known for a minute
    ("GET", "/api/countries/BD/", None, "", 200, 1, 3),  # country, languages, neighbours
    ("GET", "/api/countries/IS/report/", None, "", 200, 1, 1),
    ("GET", "/api/countries/IS/report/", None, "", 200, 0, 0),  # from the cache
    ("GET", "/api/changes/", None, "", 200, 1, 1),
    ("GET", "/api/cities/?population__gte=abc", None, "", 400, 0, 0),  # refused on the event loop
    ("POST", "/api/cities/", CITY, "", 401, 0, 0),
    ("GET", "/api/me/", None, "editor", 200, 1, 1),  # the user
    # with an account: one crossing and one query more
    ("POST", "/api/cities/", {**CITY, "population": "many"}, "editor", 400, 2, 3),  # user, begin, country
    ("POST", "/api/cities/", CITY, "editor", 201, 2, 8),
    ("PATCH", "/api/cities/1/", {"population": 5, "version": 1}, "editor", 200, 2, 8),
    ("PATCH", "/api/cities/1/", {"population": 5, "version": 1}, "editor", 409, 2, 3),  # user, begin, city
    ("DELETE", "/api/cities/2/", None, "admin", 204, 2, 7),
]


def test_a_request_costs_one_crossing(copy: Path) -> None:
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "demo.settings", "RESTFLOW_DEMO_DATA": str(copy)}
    asked = json.dumps([request[:4] for request in REQUESTS])
    finished = subprocess.run(
        [sys.executable, str(SCRIPT), asked], env=environment, capture_output=True, text=True, timeout=60
    )
    assert finished.returncode == 0, finished.stderr
    costs = json.loads(finished.stdout)
    own = costs[0][1]  # what Django's handler takes for a view that does nothing; it logs an error in one more
    told = [
        (*request[:2], status, crossings - own - (status >= 400), queries)
        for request, (status, crossings, queries) in zip(REQUESTS, costs, strict=True)
    ]
    assert told == [(*request[:2], *request[4:]) for request in REQUESTS]
