"""The files of the studio's page: what they may hold, and that each is told of."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "vidcolor/studio/page"
SOURCES = sorted(PAGE.iterdir())
NAMESPACE = "http://www.w3.org/2000/svg"


def test_the_table_is_the_folder() -> None:
    told = (ROOT / "docs/architecture.md").read_text().partition("### The page of the studio\n")[2]
    table = told.partition("\n### ")[0]
    assert sorted(re.findall(r"^\| `(\S+)` \|", table, re.M)) == [each.name for each in SOURCES]


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.name)
def test_nothing_is_loaded_from_elsewhere(source: Path) -> None:
    text = source.read_text().replace(NAMESPACE, "")
    assert not re.search(r"https?:|//[a-z]+\.|@import|url\((?!#)|\beval\b", text)


def test_the_document_holds_no_script_and_no_style() -> None:
    """Else the policy that the server sends would leave it without them."""
    text = (PAGE / "index.html").read_text()
    assert not re.search(r"<style|\sstyle=|\son\w+=|javascript:", text)
    assert re.findall(r"<script[^>]*>", text) == ['<script type="module" src="/static/main.js">']


def test_all_modules_are_asked_for_at_once() -> None:
    """Else one would wait for the next, and the page for all."""
    text = (PAGE / "index.html").read_text()
    preloaded = re.findall(r'<link rel="modulepreload" href="/static/([^"]+)"', text)
    assert {*preloaded, "main.js"} == {each.name for each in SOURCES if each.suffix == ".js"}


@pytest.mark.parametrize("module", [s for s in SOURCES if s.suffix == ".js"], ids=lambda s: s.name)
def test_a_module_says_what_it_is_for(module: Path) -> None:
    lines = module.read_text().splitlines()
    assert lines[0].startswith("/** ")
    assert len(lines) <= 250
