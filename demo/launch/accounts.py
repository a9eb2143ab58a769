"""The two accounts: known passwords where only this machine reaches the site, random ones elsewhere."""

import json
import secrets
from dataclasses import dataclass
from pathlib import Path

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.db import transaction

from demo.world.permissions import EDITORS

FIXED = {"editor": "editor-demo", "admin": "admin-demo"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Accounts:
    """What the banner tells of the accounts."""

    passwords: dict[str, str] | None
    """By user name; `None` where random ones were told at an earlier start."""


def ensure(marker: Path, database: str, *, known: bool) -> Accounts:
    """Makes the accounts, and gives them other passwords where the kind of host has changed since the last start.

    `marker` is the file that says which passwords `database` has: hashing them takes a second, so it is done once.
    """
    state = {"database": database, "known": known}
    if _read(marker) == state:
        return Accounts(passwords=FIXED if known else None)
    passwords = FIXED if known else {name: secrets.token_urlsafe(12) for name in FIXED}
    with transaction.atomic():
        editors, _ = Group.objects.get_or_create(name=EDITORS)
        for name, password in passwords.items():
            users = get_user_model().objects
            user, _ = users.get_or_create(username=name, defaults={"is_staff": name == "admin"})
            user.is_staff = user.is_superuser = name == "admin"
            user.set_password(password)
            user.save()
            user.groups.add(editors)
    partial = marker.with_name("loading-accounts")
    partial.write_text(json.dumps(state))
    partial.replace(marker)
    return Accounts(passwords=passwords)


def _read(marker: Path) -> object:
    try:
        return json.loads(marker.read_text())
    except (OSError, ValueError):
        return None
