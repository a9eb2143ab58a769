"""The README tells every option; that its samples run is tested where a package is installed alone."""

from pathlib import Path

README = Path(__file__).parent.parent / "README.md"


def test_every_option_is_told():
    from restflow.filters.options import OPTION_NAMES

    text = README.read_text()
    untold = {name for name in OPTION_NAMES if name not in text}
    assert untold == set()
