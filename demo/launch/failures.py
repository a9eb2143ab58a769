"""What goes wrong at the start: one clear line each."""

import errno


class StartError(Exception):
    """Ends the start with exit status 2 and its message; `--traceback` shows where it came from."""


class DiskFullError(StartError):
    """There is no room for the database."""

    def __init__(self, folder: object) -> None:
        super().__init__(
            f"The disk is full: {folder} needs up to 40 MB (with --all 150). Free some, or give --data DIR."
        )


def not_writable(folder: object, error: OSError) -> StartError:
    """The failure of a data folder that cannot be written."""
    if error.errno == errno.ENOSPC:
        return DiskFullError(folder)
    reason = error.strerror or str(error)
    return StartError(
        f"The data folder {folder} cannot be written ({reason}). Choose another with --data DIR or RESTFLOW_DEMO_DATA."
    )
