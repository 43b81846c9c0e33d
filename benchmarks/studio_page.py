"""How long the studio's page takes in a browser, with the server as a process of its own.

Told are, for each film, in seconds from the start of the command

    address     until it prints its address
    grey        until the page shows the first frame as it is
    colored     until that has its colours

then how many shots the list holds, as far as they are found within --patience, and, while it is
scrolled from its top to its end and back within 10 s, the median and the 95th percentile of what
passes between two frames of the browser, and the longest, in ms.

    python benchmarks/studio_page.py FILM... [--patience 60]
"""

import argparse
import json
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, sync_playwright

CHROMIUM = "chromium", "chromium-browser", "google-chrome"
"""What the browser's program may be called."""
SHOWN = "document.querySelector('#{}').dataset.at !== undefined"
SCROLL = """() => new Promise((done) => {
    const list = document.querySelector("#shots");
    const far = list.scrollHeight - list.clientHeight;
    const waits = [];
    let begun, before;
    requestAnimationFrame(function step(now) {
        begun ??= now;
        if (before !== undefined) waits.push(now - before);
        before = now;
        const part = (now - begun) / 5000;
        list.scrollTop = far * (part < 1 ? part : 2 - part);
        if (part < 2) requestAnimationFrame(step);
        else done(waits);
    });
})"""


def wait_for(page: Page, told: str) -> None:
    """Wait until JavaScript is true; the page's policy forbids what Playwright has for it."""
    while not page.evaluate(told):
        page.wait_for_timeout(20)


def measure(film: Path, browser: Any, patience: float) -> dict[str, Any]:
    """Return the figures of a film."""
    with tempfile.TemporaryDirectory() as folder:
        link = Path(folder) / film.name
        link.symlink_to(film.resolve())
        command = [sys.executable, "-m", "vidcolor", "studio", str(link), "--no-browser"]
        began = time.monotonic()
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            try:
                assert process.stdout is not None
                told: dict[str, Any] = {"film": film.name}
                (address,) = re.findall(r"http://\S+", process.stdout.readline())
                told["address"] = round(time.monotonic() - began, 2)
                page = browser.new_page(viewport={"width": 1280, "height": 720})
                page.goto(address)
                for name, canvas in (("grey", "grey"), ("colored", "colored")):
                    wait_for(page, SHOWN.format(canvas))
                    told[name] = round(time.monotonic() - began, 2)
                end = time.monotonic() + patience
                counted = page.locator("#shot-count")
                while "looking" in counted.inner_text() and time.monotonic() < end:
                    page.wait_for_timeout(500)
                told["shots"] = int(counted.inner_text().split()[0])
                waits = sorted(page.evaluate(SCROLL))
                late = waits[int(0.95 * len(waits))]
                told["scroll"] = [round(w, 1) for w in (statistics.median(waits), late, waits[-1])]
                page.close()
            finally:
                process.terminate()
    return told


def main() -> None:
    """Measure the films of the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("films", type=Path, nargs="+")
    parser.add_argument("--patience", type=float, default=60)
    asked = parser.parse_args()
    program = next(filter(None, map(shutil.which, CHROMIUM)))
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=program, args=["--no-sandbox"])
        for film in asked.films:
            print(json.dumps(measure(film, browser, asked.patience)), flush=True)


if __name__ == "__main__":
    main()
