"""What goes wrong at the start is one clear line, without a traceback; `--traceback` shows it."""

import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture
def taken() -> Iterator[int]:
    """A port that another program listens on."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        yield other.getsockname()[1]


def one_line(finished: Any) -> str:
    assert finished.returncode == 2
    assert finished.stdout == ""
    lines = finished.stderr.splitlines()
    assert len(lines) == 1, finished.stderr
    return str(lines[0])


def test_a_busy_port_that_was_asked_for(run: Any, copy: Path, taken: int) -> None:
    line = one_line(run("--data", copy, "--port", taken))
    assert line == (
        f"demo: Port {taken} is in use (by another program, or a demo that is still running). "
        "Try --port 0 for any free one."
    )


def test_a_busy_default_port_gives_way_to_the_next_free_one(start: Any, copy: Path) -> None:
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            other.bind(("127.0.0.1", 8000))
            other.listen()
        except OSError:
            pass  # somebody else has it: busy it is
        site = start("--data", copy)
        port = int(site.url.rstrip("/").rpartition(":")[2])
        assert 8000 < port <= 8020
        assert site.interrupt()[0] == 0


def test_a_host_of_another_machine(run: Any, copy: Path) -> None:
    assert "Cannot listen on 192.0.2.1 port 8123" in one_line(
        run("--data", copy, "--host", "192.0.2.1", "--port", 8123)
    )


def test_a_data_folder_beneath_a_file(run: Any, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    folder = tmp_path / "file" / "data"
    line = one_line(run("--data", folder, "--port", 0))
    assert line == (
        f"demo: The data folder {folder} cannot be written (Not a directory). "
        "Choose another with --data DIR or RESTFLOW_DEMO_DATA."
    )


def test_a_data_folder_on_a_read_only_file_system(run: Any) -> None:
    assert "The data folder /proc/restflow cannot be written" in one_line(run("--data", "/proc/restflow", "--port", 0))


def test_a_disk_that_fills_up_while_loading(run: Any, tmp_path: Path) -> None:
    resource = pytest.importorskip("resource")

    def small_files() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (2_000_000, 2_000_000))

    line = one_line(run("--data", tmp_path / "data", "--port", 0, "--quiet", preexec_fn=small_files))
    assert f"The database in {tmp_path / 'data'} cannot be written" in line
    assert not (tmp_path / "data" / "world.sqlite3").exists()


def test_a_damaged_database(run: Any, copy: Path) -> None:
    (copy / "world.sqlite3").write_bytes(b"not a database" * 1000)
    line = one_line(run("--data", copy, "--port", 0))
    assert "is damaged" in line
    assert "--reset" in line


def test_a_traceback_is_there_for_those_who_ask(run: Any, copy: Path, taken: int) -> None:
    finished = run("--data", copy, "--port", taken, "--traceback")
    assert finished.returncode == 2
    assert "Traceback" in finished.stderr
    assert finished.stderr.splitlines()[-1].startswith("demo: Port")


@pytest.mark.parametrize("options", [["--service"], ["--port", "http"], ["--port", "70000"], ["--res"]])
def test_options_that_do_not_exist(run: Any, options: list[str]) -> None:
    finished = run(*options)
    assert finished.returncode == 2
    assert "usage: dev.py demo" in finished.stderr
    assert "Traceback" not in finished.stderr
