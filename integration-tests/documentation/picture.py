"""Makes the picture of the demonstration site that the README shows: `docs/assets/demo.png`.

`python integration-tests/documentation/picture.py`, after the page changed; look at what it made.
"""

import re
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT))

from playwright.sync_api import expect, sync_playwright  # noqa: E402

from demo.tests.running import chromium_path, command, environment  # noqa: E402
from demo.tests.tabs import ready  # noqa: E402

PICTURE = ROOT / "docs" / "assets" / "demo.png"
STATE = "?country=DE&population__gte=600000"


def picture(address: str) -> None:
    """Photographs the page at the address of a running demo."""
    with sync_playwright() as playwright:
        arguments = ["--headless=new", "--no-sandbox", "--disable-gpu"]
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=arguments)
        page = browser.new_page(viewport={"width": 1280, "height": 1024}, color_scheme="light", reduced_motion="reduce")
        page.goto(address + STATE)
        expect(ready(page).locator("#report-status")).to_be_visible()
        page.screenshot(path=PICTURE)
        browser.close()


def main() -> None:
    with (
        tempfile.TemporaryDirectory() as folder,
        subprocess.Popen(
            command("--data", folder, "--port", 0), env=environment(), text=True, stdout=subprocess.PIPE
        ) as demo,
    ):
        assert demo.stdout is not None
        try:
            found = next(filter(None, (re.search(r"Page +(http://\S+)", line) for line in demo.stdout)))
            picture(found[1])
        finally:
            demo.send_signal(signal.SIGINT)
            demo.communicate()


if __name__ == "__main__":
    main()
