"""Settings of a project whose only database is on a server: `SERVER` names it, `SERVER_DATABASE` the test database."""

import os

from testsite import services
from testsite.settings import *  # noqa: F403

_entries = {"postgres": services.postgres_database, "mariadb": services.mariadb_database}
DATABASES = {"default": _entries[os.environ["SERVER"]]() | {"TEST": {"NAME": os.environ["SERVER_DATABASE"]}}}
SILENCED_SYSTEM_CHECKS = ["postgres.E005"]  # of other packages' test models: the app that they want is not needed here
