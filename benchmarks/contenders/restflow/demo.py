"""The demonstration site by its command line, and its page in the machine's Chromium."""

import re
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

RUN = Path(__file__).resolve().parents[3] / "demo" / "run.py"
PAINTED = """() => new Promise((resolve) => new PerformanceObserver((list) => {
    resolve(list.getEntries().at(-1).startTime)
}).observe({type: "largest-contentful-paint", buffered: true}))"""


class RunningDemo:
    """A demo over a folder, from its command until its banner; `seconds` is how long that took."""

    def __init__(self, folder: str) -> None:
        begun = time.perf_counter()
        command = [sys.executable, str(RUN), "--data", folder, "--port", "0", "--quiet"]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout
        printed = ""
        for line in self.process.stdout:
            printed += line
            if "Ctrl-C stops" in line:
                break
        self.seconds = time.perf_counter() - begun
        found = re.search(r"Page +(http://\S+)", printed)
        if not found:
            sys.exit(f"benchmarks: the demo did not start\n{printed}")
        self.url = found[1]

    def close(self) -> None:
        self.process.send_signal(signal.SIGINT)
        self.process.communicate(timeout=30)


def _started(folder: str) -> float:
    demo = RunningDemo(folder)
    demo.close()
    return demo.seconds


class Starts:
    """Each sample loads a folder of its own, and starts over it again."""

    def __call__(self) -> dict[str, float]:
        with tempfile.TemporaryDirectory() as folder:
            return {"seconds": _started(folder), "again": _started(folder)}


class Visits:
    """Each sample is a visitor's first: a browser context without a cache."""

    def __init__(self) -> None:
        from playwright.sync_api import sync_playwright

        from demo.tests.running import chromium_path

        self.folder = tempfile.TemporaryDirectory()
        self.demo = RunningDemo(self.folder.name)
        self.playwright = sync_playwright().start()
        arguments = ["--headless=new", "--no-sandbox", "--disable-gpu"]
        self.browser = self.playwright.chromium.launch(executable_path=chromium_path(), args=arguments)
        self()  # warms the site, not the next sample's browser context

    def __call__(self) -> dict[str, float]:
        context = self.browser.new_context(viewport={"width": 1280, "height": 900})
        page = context.new_page()
        page.goto(self.demo.url)
        page.wait_for_selector("#feed-state[data-state=on]")
        seconds = page.evaluate(PAINTED) / 1000
        entries = "[...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')]"
        transferred = page.evaluate(f"{entries}.reduce((sum, one) => sum + one.transferSize, 0)")
        context.close()
        return {"seconds": seconds, "bytes": float(transferred)}

    def close(self) -> None:
        self.browser.close()
        self.playwright.stop()
        self.demo.close()
        self.folder.cleanup()


demo_start, demo_page = Starts, Visits
