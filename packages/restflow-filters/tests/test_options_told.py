"""The page about filter sets tells every option; that its samples run is tested with all pages."""

from pathlib import Path

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "filter-sets.md"


def test_every_option_is_told():
    from restflow.filters.options import OPTION_NAMES

    text = PAGE.read_text()
    untold = {name for name in OPTION_NAMES if name not in text}
    assert untold == set()
