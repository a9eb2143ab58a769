"""Prints the names of the library's settings, as its source lists them: importing it needs a project."""

import re
from importlib.util import find_spec
from pathlib import Path

spec = find_spec("rest_framework_simplejwt")
source = Path(spec.submodule_search_locations[0], "settings.py").read_text()
print(*re.findall(r'^    "([A-Z_]+)": ', source, re.MULTILINE))
