"""Names that files may have, and the places where they may lie."""

import os
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from clips import make_clip, times_of

LONGEST = "n" * 251 + ".mkv"
NAMES = [
    "two  words.mkv",
    " around .mkv",
    'it\'s "quoted".mkv',
    "[1] {2} (3) *?.mkv",
    "-o.mkv",
    "--help.mkv",
    ".hidden.mkv",
    "%d %05d.mkv",
    "a:b.mkv",
    "file:a.mkv",
    "concat:a|b.mkv",
    "$HOME ~ & ; #.mkv",
    "back\\slash.mkv",
    "line\nbreak.mkv",
    "fïlm 映画 🎞.mkv",
    os.fsdecode(b"caf\xe9.mkv"),
    LONGEST,
    "é" * 125 + "n.mkv",
    "a.b.MKV",
]


@pytest.fixture
def colorize(
    vidcolor: Callable, weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable:
    """Runs `vidcolor colorize` in an empty folder."""
    (tmp_path / "place").mkdir()
    monkeypatch.chdir(tmp_path / "place")
    return lambda *arguments: vidcolor("colorize", "--weights", weights, *arguments)


def names(folder: str = ".") -> list[str]:
    return sorted(path.name for path in Path(folder).iterdir())


def refused(run, code: int, *words: object) -> None:
    assert (run.code, run.out) == (code, "")
    assert re.fullmatch(r"Error: .+\n", run.err), run.err
    for word in words:
        assert str(word) in run.err


@pytest.mark.parametrize("name", NAMES)
def test_names_of_inputs_and_outputs(colorize, name):
    make_clip(Path("film.mkv"), times=(0, 40, 80))
    Path("film.mkv").rename(name)
    run = colorize("-o", "out.mkv", "--", name)
    assert (run.code, run.err) == (0, "")
    run = colorize("out.mkv", "-y", "-q", "-o", name)
    assert (run.code, run.err) == (0, "")
    assert names() == sorted([name, "out.mkv"])
    assert len(times_of(Path(name).absolute())) == 3
    if len(os.fsencode(name)) < 200:
        assert colorize("-q", "--", name).code == 0
        assert f"{name[:-4]}.color{name[-4:]}" in names()


@pytest.mark.parametrize("name", ["-dash.mkv", "--dashes.mkv"])
def test_the_remedy_for_a_name_that_looks_like_an_option_works(colorize, name):
    make_clip(Path(name), times=(0, 40))
    run = colorize(name)
    refused(run, 2, f"No such option '{name[:2] if name[1] != '-' else name}'")
    remedy = re.search(r"Write (\S+) for the file", run.err)
    assert remedy
    assert colorize("-q", remedy[1]).code == 0
    assert f"{name[:-4]}.color.mkv" in names()
    assert "Write" not in colorize("--no-such-option").err


@pytest.mark.parametrize("address", ["https://a.example/film.mkv", "rtmp://a/b.mkv"])
def test_addresses_are_refused(colorize, address):
    make_clip(Path("film.mkv"), times=(0, 40))
    remedy = "download the film first, or pipe it through -"
    refused(colorize(address), 2, address, remedy)
    refused(colorize("film.mkv", "-o", address), 2, address)


def test_a_name_of_two_lines_is_told_in_one(colorize):
    refused(colorize("two\nlines.mkv"), 1, r"two\nlines.mkv: no such file")
    make_clip(Path("two\nlines.mkv"), times=(0, 40), colored=True)
    run = colorize("two\nlines.mkv")
    assert run.err.splitlines() == [r"two\nlines.mkv: the source has colour: only its luma is used"]
    assert re.fullmatch(r"two\\nlines.color.mkv: 2 frames .+\n", run.out)
    assert re.fullmatch(
        r"two\\nlines.mkv: skipped, two\\nlines.color.mkv exists\n",
        colorize("two\nlines.mkv", "--skip-existing").err,
    )


@pytest.mark.parametrize("options", [(), ("--skip-existing",)])
def test_a_default_output_whose_name_would_be_too_long(colorize, options):
    make_clip(Path("film.mkv"))
    Path("film.mkv").rename(LONGEST)
    refused(
        colorize(LONGEST, *options), 1, "the name is too long; give a shorter one with --output"
    )
    assert names() == [LONGEST]


# Symbolic links


def test_a_linked_input_is_written_beside_the_link(colorize):
    Path("far").mkdir()
    make_clip(Path("far/film.mkv"))
    Path("link.mkv").symlink_to("far/film.mkv")
    assert colorize("link.mkv").code == 0
    assert names() == ["far", "link.color.mkv", "link.mkv"]


def test_an_output_goes_where_its_link_leads(colorize):
    make_clip(Path("film.mkv"))
    Path("far").mkdir()
    for name in ("link.mkv", "chain.mkv"):
        Path(name).symlink_to({"link.mkv": "far/new.mkv", "chain.mkv": "link.mkv"}[name])
    assert colorize("film.mkv", "-o", "chain.mkv").code == 0
    assert names("far") == ["new.mkv"]
    refused(colorize("film.mkv", "-o", "link.mkv"), 2, "link.mkv: exists already")
    assert colorize("film.mkv", "-o", "link.mkv", "-y").code == 0
    assert all(Path(name).is_symlink() for name in ("link.mkv", "chain.mkv"))
    assert names() == ["chain.mkv", "far", "film.mkv", "link.mkv"]
    Path("folder").symlink_to("far")
    assert colorize("film.mkv", "-o", "folder").code == 0
    assert names("far") == ["film.color.mkv", "new.mkv"]


@pytest.mark.parametrize(
    ("source", "output", "words"),
    [
        ("dangling.mkv", "out.mkv", ["dangling.mkv: a symbolic link that leads to no file"]),
        ("loop.mkv", "out.mkv", ["loop.mkv: a symbolic link that leads to no file"]),
        ("film.mkv", "loop.mkv", ["loop.mkv: its symbolic links lead in a circle"]),
        ("film.mkv", "astray.mkv", ["astray.mkv: its folder does not exist"]),
        ("film.mkv", "loop.mkv/out.mkv", ["loop.mkv/out.mkv: "]),
    ],
)
@pytest.mark.parametrize("more", [[], ["-y"]])
def test_links_that_lead_nowhere(colorize, source, output, words, more):
    make_clip(Path("film.mkv"))
    Path("dangling.mkv").symlink_to("nowhere.mkv")
    Path("astray.mkv").symlink_to("nowhere/out.mkv")
    Path("loop.mkv").symlink_to("pool.mkv")
    Path("pool.mkv").symlink_to("loop.mkv")
    before = names()
    refused(colorize(source, "-o", output, *more), 1, *words)
    assert names() == before


# Folders that are read-only


def test_a_folder_that_can_t_be_written_to(colorize, tmp_path, request):
    if os.geteuid() == 0:
        place = request.getfixturevalue("small_disk")
        make_clip(place / "film.mkv")
        subprocess.run(["mount", "-o", "remount,ro", place], check=True)
    else:
        place = tmp_path / "closed"
        place.mkdir()
        make_clip(place / "film.mkv")
        place.chmod(0o500)
    words = f"no permission to write into {place}; choose another folder"
    refused(colorize(place / "film.mkv"), 1, place / "film.color.mkv", words)
    assert colorize(place / "film.mkv", "-o", "out.mkv").code == 0
    assert names() == ["out.mkv"]
