"""The files of the judges' page."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "vidcolor/sitting/page"
SOURCES = sorted(PAGE.iterdir())


def test_the_table_is_the_folder() -> None:
    told = (ROOT / "docs/architecture.md").read_text().partition("In `vidcolor/sitting/page/`:")[2]
    table = told.partition("\n### ")[0]
    assert sorted(re.findall(r"^\| `(\S+)` \|", table, re.M)) == [each.name for each in SOURCES]


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.name)
def test_nothing_is_loaded_from_elsewhere(source: Path) -> None:
    assert not re.search(r"https?:|//[a-z]+\.|@import|url\(|\beval\b", source.read_text())


def test_the_document_holds_no_script_and_no_style() -> None:
    """Else the policy that the server sends would leave it without them."""
    text = (PAGE / "index.html").read_text()
    assert not re.search(r"<style|\sstyle=|\son\w+=|javascript:", text)
    scripts = re.findall(r"<script[^>]*>", text)
    assert scripts == ['<script type="module" src="/static/judging.js">']


def test_nothing_on_the_page_has_a_colour() -> None:
    """It would change how the pictures' colours look."""
    style = (PAGE / "judging.css").read_text()
    for color in re.findall(r"#[0-9a-f]{3,8}\b", style):
        digits = color[1:]
        size = len(digits) // 3
        assert len({digits[at : at + size] for at in range(0, len(digits), size)}) == 1
