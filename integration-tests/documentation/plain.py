"""Puts each page's Markdown beside its HTML, where `llms.txt` names it: `plain.py SITE`, after the site was built."""

import shutil
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from documentation.navigation import DOCS, pages


def main(site: Path) -> None:
    for path in [path for paths in pages().values() for path in paths]:
        target = site / path.relative_to(DOCS)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
