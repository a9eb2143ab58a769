"""Sets the project up, in a folder that is gone after the tests."""

import os
import shutil
import sys
import tempfile
from pathlib import Path

import django

HERE = Path(__file__).parent
FOLDER = tempfile.mkdtemp()
(Path(FOLDER) / "spool").mkdir()
os.environ |= {"SKELETON_TESTS": FOLDER, "DJANGO_SETTINGS_MODULE": "settings", "PYTHONPATH": str(HERE)}
sys.path.insert(0, str(HERE))
django.setup()


def pytest_unconfigure() -> None:
    """The end of the run."""
    shutil.rmtree(FOLDER, ignore_errors=True)
