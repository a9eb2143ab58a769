"""Settings of a project whose only database is on a server: `SERVER` names it, `SERVER_DATABASE` the test database."""

import os

from testsite import services
from testsite.settings import *  # noqa: F403
from testsite.settings import INSTALLED_APPS, TEST_APPS

# not the test apps of other packages, whose models want more of a server
INSTALLED_APPS = [name for name in INSTALLED_APPS if name not in TEST_APPS or name == "test_testapp"]

_entries = {"postgres": services.postgres_database, "mariadb": services.mariadb_database}
DATABASES = {"default": _entries[os.environ["SERVER"]]() | {"TEST": {"NAME": os.environ["SERVER_DATABASE"]}}}
