"""The README's project, as it stands there, runs."""

from pathlib import Path

from testsite.dispatched import readme

README = Path(__file__).resolve().parent.parent / "README.md"


def test_its_project_invalidates_in_a_worker(tmp_path: Path) -> None:
    command = ["dramatiq", "shop.worker", "--processes=1", "--threads=1"]
    readme.its_project_invalidates_in_a_worker(README, tmp_path, command, without="RabbitmqBroker")
