"""Pages as a browser lays them out, wide and narrow, in the light and in the dark."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from functools import cache
from html import escape, unescape
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from page_cases import CONTENTS, page

BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
QUIET = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    "--enable-logging=stderr",
    "--window-size=1400,900",
]
WIDTHS = (1280, 390)
DARK = "--blink-settings=preferredColorScheme=0"
PROBE = (Path(__file__).parent / "browser_probe.js").read_text()

pytestmark = pytest.mark.skipif(BROWSER is None, reason="no Chromium is installed")
schemes = pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])


@cache
def laid_out(*, dark: bool) -> tuple[list[dict[str, Any]], str]:
    """What the probe finds of each page at each width, and what the browser complains of."""
    frames = "".join(
        f'<iframe name="{name}" style="width:{width}px; height:900px; border:0"'
        f' srcdoc="{escape(page(name))}"></iframe>'
        for name in CONTENTS
        for width in WIDTHS
    )
    html = f'<!DOCTYPE html><meta charset="utf-8"><pre id="found"></pre>{frames}<script>{PROBE}</script>'
    with TemporaryDirectory() as folder:
        driver = Path(folder) / "driver.html"
        driver.write_text(html)
        options = [
            f"--user-data-dir={folder}/profile",
            *([DARK] if dark else []),
            "--dump-dom",
            f"file://{driver}",
        ]
        ran = subprocess.run(
            [str(BROWSER), *QUIET, *options], capture_output=True, text=True, timeout=120, check=True
        )
    found = re.search(r'<pre id="found">(.*?)</pre>', ran.stdout, re.DOTALL)
    assert found, ran.stderr
    return json.loads(unescape(found[1])), "\n".join(re.findall(r".*CONSOLE.*", ran.stderr))


@schemes
def test_every_page_is_laid_out_at_every_width_without_a_complaint(dark: bool) -> None:
    found, complaints = laid_out(dark=dark)
    assert not complaints
    assert [(each["page"], each["width"]) for each in found] == [(n, w) for n in CONTENTS for w in WIDTHS]
    assert all(each["texts"] > 20 for each in found)
    assert {each["dark"] for each in found} == {dark}


@schemes
def test_nothing_is_wider_than_the_page(dark: bool) -> None:
    for each in laid_out(dark=dark)[0]:
        assert (each["overflow"], each["wide"]) == (0, []), each


@schemes
def test_all_text_stands_out_from_what_is_behind_it(dark: bool) -> None:
    for each in laid_out(dark=dark)[0]:
        assert each["faint"] == [], each


def test_the_keyboard_reaches_whatever_is_scrolled() -> None:
    assert not any(each["scrollers"] for each in laid_out(dark=False)[0])


def test_formulas_are_drawn_and_a_verdict_is_large() -> None:
    found = {(each["page"], each["width"]): each for each in laid_out(dark=False)[0]}
    for width in WIDTHS:
        assert found["explain", width]["formulas"] > 5
        # The largest letters are several times those of the text, which are 16 high.
        assert found["failing", width]["verdict"] >= 16 * (6 if width > 1000 else 2)
