"""The command line as its users meet it: outputs, exit codes, messages, signals."""

import json
import os
import pty
import re
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path

import click
import cv2
import numpy as np
import pytest
from clips import make_clip, planes_of, tags_of, times_of

from vidcolor.cli.main import cli
from vidcolor.cli.types import read_cuts
from vidcolor.colorize.controls import OFF, Controls
from vidcolor.temporal.kernel import ExponentialDecay

COLOR = "the source has colour: only its luma is used"


@pytest.fixture
def films(tmp_path: Path) -> Path:
    """A folder with a black-and-white film in it, film.mkv."""
    folder = tmp_path / "films"
    folder.mkdir()
    make_clip(folder / "film.mkv")
    return folder


@pytest.fixture
def colorize(vidcolor: Callable, weights: Path) -> Callable:
    """Runs `vidcolor colorize` with the small weights and a fast encoder."""

    def run(*arguments: object, preset: str = "ultrafast") -> object:
        return vidcolor("colorize", "--weights", weights, "--preset", preset, *arguments)

    return run


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def one_line(run, code: int, *parts: object) -> None:
    """The run said nothing but one error of these parts, and ended with this code."""
    assert (run.code, run.out) == (code, "")
    assert re.fullmatch(r"Error: .+\n", run.err), run.err
    for part in parts:
        assert str(part) in run.err


def process(*arguments: object) -> list[str]:
    return [sys.executable, "-m", "vidcolor", *map(str, arguments)]


# Outputs


def test_the_output_lies_beside_the_film(films, colorize):
    run = colorize(films / "film.mkv")
    output = films / "film.color.mkv"
    assert (run.code, run.err) == (0, "")
    assert run.out.startswith(f"{output}: 12 frames in ")
    assert names(films) == ["film.color.mkv", "film.mkv"]
    assert times_of(output) == times_of(films / "film.mkv")
    assert any((u != 128).any() for _, u, _ in planes_of(output))


@pytest.mark.parametrize("suffix", [".avi", ".ts", ".flv"])
def test_old_containers_become_matroska(films, colorize, suffix):
    make_clip(
        films / f"old{suffix}", codec="libx264", times=range(12), time_base=Fraction(1, 25)
    )  # fmt: skip
    assert colorize(films / f"old{suffix}").code == 0
    assert len(times_of(films / "old.color.mkv")) == 12


@pytest.mark.parametrize("name", ["other.mkv", "other.mp4", "other.mov"])
def test_a_file_may_be_named(films, colorize, name):
    assert colorize(films / "film.mkv", "-o", films / name).code == 0
    assert names(films) == ["film.mkv", name]


def test_a_folder_may_be_named(films, colorize):
    (films / "out").mkdir()
    assert colorize(films / "film.mkv", "-o", films / "out").code == 0
    assert names(films / "out") == ["film.color.mkv"]


def test_several_inputs_go_into_one_folder_which_is_made(films, colorize):
    make_clip(films / "second.mp4", codec="libx264")
    cv2.imwrite(str(films / "photo.png"), np.full((20, 30), 99, np.uint8))
    inputs = [films / name for name in ("film.mkv", "second.mp4", "photo.png")]
    run = colorize(*inputs, "-o", films / "deep/out")
    assert run.code == 0
    assert names(films / "deep/out") == ["film.color.mkv", "photo.color.png", "second.color.mp4"]
    assert run.out.count("\n") == 3


def test_webm_gets_its_own_encoder(films, colorize):
    run = colorize(films / "film.mkv", "-o", films / "film.webm", preset="8")
    assert run.code == 0
    assert len(times_of(films / "film.webm")) == 12


def test_settings_reach_the_film(films, colorize):
    options = {
        "temperature": 0.75, "rebalance": 0.5, "saturation": 1.5, "min-confidence": 0.25,
        "decay": 0.1, "window": 3,
        "working-size": 96, "batch-size": 2, "precision": "fp32", "device": "cpu",
        "engine": "torch",
    }  # fmt: skip
    given = [part for name, value in options.items() for part in (f"--{name}", value)]
    assert colorize(films / "film.mkv", *given, "--crf", 30).code == 0
    comment = tags_of(films / "film.color.mkv")["comment"]
    for name, value in options.items():
        if name not in ("device", "precision"):
            assert f"{name}={value}" in comment
    assert "weights=small" in comment
    assert re.search(r"vidcolor \d", comment)


@pytest.mark.parametrize(
    ("span", "frames"),
    [
        (["--start", "0.2"], 7),
        (["--start", "0:00.2", "--duration", "0:00:00.12"], 3),
        (["--duration", "0.1"], 3),
    ],
)
def test_a_part_of_the_film(films, colorize, span, frames):
    assert colorize(films / "film.mkv", *span).code == 0
    assert len(times_of(films / "film.color.mkv")) == frames


def test_the_settings_of_smoothing_and_their_defaults(films, colorize):
    def made(*options):
        assert colorize(films / "film.mkv", "-y", *options).code == 0
        return tags_of(films / "film.color.mkv")["comment"]

    (films / "cuts.txt").write_text("# reel 2\n0.2\n\n0:00.28 # a card\n")
    defaults = "window=20 look-ahead=10 motion=on every=3 cuts=auto two-pass=off"
    assert defaults in made()
    published = "window=20 look-ahead=0 motion=off every=1 cuts=off"
    assert published in made("--motion=off", "--cuts=off")
    assert "motion=on every=5" in made("--every", 5)
    assert "motion=off every=1" in made("--motion=off", "--every", 5)
    assert "window=0 look-ahead=0 motion=on" in made("--window", 0)
    assert "look-ahead=4 motion=off" in made("--motion", "off", "--look-ahead", 4)
    assert "cuts=0.2,0.28 two-pass=on" in made("--cuts", films / "cuts.txt", "--two-pass")
    assert "refine=off" in made("--refine", "off")
    assert "refine=levin" in made("--refine", "levin")


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize(
    ("encoding", "mark"),
    [
        ("utf-8", b""),
        ("utf-8", b"\xef\xbb\xbf"),
        ("utf-16-le", b"\xff\xfe"),
        ("utf-16-be", b"\xfe\xff"),
        ("utf-32-le", b"\xff\xfe\0\0"),
        ("cp1252", b""),
        ("cp1251", b""),
    ],
)
def test_cuts_in_every_encoding(tmp_path, encoding, mark, end):
    comment = "кадр" if encoding == "cp1251" else "zurück"
    text = end.join(["0:00:00.2", f"1:30 # {comment}", f"# {comment}", ""])
    (tmp_path / "cuts.txt").write_bytes(mark + text.encode(encoding))
    assert read_cuts(str(tmp_path / "cuts.txt")).times == (Fraction(1, 5), 90)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, ["cuts.txt: can't be read", "give --cuts auto, off, or a file of times"]),
        (b"\xff\xfe\x00", ["cuts.txt: can't be read"]),
        ("1:00\n".encode("utf-16-le"), ["cuts.txt: can't be read: not a text file"]),
        (b"1:00\ncaf\xe9\n", ["cuts.txt: line 2: 'caf\\xe9' is not a time"]),
        (b"1:00\nsoon\n", ["cuts.txt: line 2: 'soon' is not a time"]),
    ],
)
def test_cuts_that_can_t_be_read(films, colorize, content, words):
    if content is not None:
        (films / "cuts.txt").write_bytes(content)
    one_line(colorize(films / "film.mkv", "--cuts", films / "cuts.txt"), 2, *words)
    assert not (films / "film.color.mkv").exists()


# What exists is kept


def test_an_existing_output_is_refused(films, colorize):
    (films / "film.color.mkv").write_text("precious")
    one_line(colorize(films / "film.mkv"), 2, films / "film.color.mkv", "--overwrite")
    assert (films / "film.color.mkv").read_text() == "precious"


def test_an_existing_output_is_refused_before_any_work(films, colorize):
    make_clip(films / "second.mkv")
    (films / "second.color.mkv").write_text("precious")
    one_line(colorize(films / "film.mkv", films / "second.mkv"), 2, "second.color.mkv")
    assert names(films) == ["film.mkv", "second.color.mkv", "second.mkv"]


@pytest.mark.parametrize("option", ["--overwrite", "-y"])
def test_overwrite_replaces_it(films, colorize, option):
    (films / "film.color.mkv").write_text("precious")
    assert colorize(films / "film.mkv", option).code == 0
    assert len(times_of(films / "film.color.mkv")) == 12


@pytest.mark.parametrize("option", ["--skip-existing", "-n"])
def test_skip_existing_passes_over_it(films, colorize, option):
    make_clip(films / "second.mkv")
    (films / "film.color.mkv").write_text("precious")
    run = colorize(films / "film.mkv", films / "second.mkv", option)
    assert run.code == 0
    assert run.err == f"{films / 'film.mkv'}: skipped, {films / 'film.color.mkv'} exists\n"
    assert (films / "film.color.mkv").read_text() == "precious"
    assert len(times_of(films / "second.color.mkv")) == 12


def test_overwrite_and_skip_existing_exclude_each_other(films, colorize):
    one_line(colorize(films / "film.mkv", "-y", "-n"), 2, "--overwrite", "--skip-existing")


@pytest.mark.parametrize("name", ["film.mkv", "link.mkv", "hard.mkv", "./film.mkv"])
def test_the_input_is_never_the_output(films, colorize, monkeypatch, name):
    monkeypatch.chdir(films)
    Path("link.mkv").symlink_to("film.mkv")
    Path("hard.mkv").hardlink_to("film.mkv")
    before = Path("film.mkv").read_bytes()
    one_line(colorize("film.mkv", "-o", name, "-y"), 2, "is the input itself")
    assert Path("film.mkv").read_bytes() == before


def test_an_input_is_not_the_output_of_another(films, colorize):
    make_clip(films / "film.color.mkv")
    before = (films / "film.color.mkv").read_bytes()
    run = colorize(films / "film.mkv", films / "film.color.mkv", "-y")
    one_line(run, 2, films / "film.color.mkv", "output of another input")
    assert (films / "film.color.mkv").read_bytes() == before


def test_two_inputs_with_one_output(films, colorize):
    (films / "film.avi").write_bytes((films / "film.mkv").read_bytes())
    one_line(colorize(films / "film.mkv", films / "film.avi"), 2, "same file")
    assert names(films) == ["film.avi", "film.mkv"]


# Wrong usage


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--temperature", "5"], "temperature"),
        (["--temperature", "nan"], "temperature"),
        (["--rebalance", "-1"], "rebalance"),
        (["--decay", "inf"], "decay"),
        (["--window", "-1"], "window"),
        (["--working-size", "0"], "working-size"),
        (["--batch-size", "0"], "batch-size"),
        (["--batch-size", "many"], "batch-size"),
        (["--device", "gpu"], "cuda:N"),
        (["--precision", "int8"], "fp32"),
        (["--start", "soon"], "0:01:30.5"),
        (["--start", "-1"], "'-1' is not a time"),
        (["--start", "1e999999999"], "0:01:30.5"),
        (["--start", "99"], "the film is 0.480 s long"),
        (["--duration", "0"], "more than 0"),
        (["--encoder", "libx999"], "libx264"),
        (["--encoder", "libvpx-vp9", "-o", "b.mov"], "libvpx-vp9"),
        (["--encoder", "ffv1"], "--preset"),
        (["--crf", "99"], "crf 99"),
        (["--preset", "fastest"], "ultrafast"),
        (["--encoder-option", "speed"], "KEY=VALUE"),
        (["--encoder-option", "speed=9"], "speed"),
        (["--loud"], "--loud"),
        (["-o", "b.gif"], ".mkv, .mp4"),
        (["-o", "b"], "no suffix"),
    ],
)
def test_wrong_options_are_named_in_one_line(films, colorize, monkeypatch, arguments, words):
    monkeypatch.chdir(films)
    one_line(colorize("film.mkv", *arguments), 2, words)
    assert names(films) == ["film.mkv"]


def test_several_inputs_need_a_folder(films, colorize):
    make_clip(films / "second.mkv")
    (films / "out.mkv").write_text("precious")
    run = colorize(films / "film.mkv", films / "second.mkv", "-o", films / "out.mkv")
    one_line(run, 2, films / "out.mkv", "folder")
    assert (films / "out.mkv").read_text() == "precious"
    run = colorize(films / "film.mkv", films / "second.mkv", "-o", films / "new.mp4")
    one_line(run, 2, films / "new.mp4", "folder")
    assert not (films / "new.mp4").exists()


def test_a_folder_in_which_nothing_came_to_lie_is_removed(films, colorize):
    for name in ("a.mkv", "b.mkv"):
        (films / name).write_text("no film")
    run = colorize(films / "a.mkv", films / "b.mkv", "-o", films / "out")
    assert run.code == 1
    assert not (films / "out").exists()


def test_an_earlier_demonstration_is_kept(films, vidcolor):
    before = (films / "film.mkv").read_bytes()
    one_line(vidcolor("demo", "-o", films), 2, films / "film.mkv", "--overwrite")
    assert (films / "film.mkv").read_bytes() == before
    assert names(films) == ["film.mkv"]


def test_a_folder_on_a_read_only_disk(films, small_disk, vidcolor):
    subprocess.run(["mount", "-o", "remount,ro", small_disk], check=True)
    for command in (["demo"], ["colorize", films / "a.mkv", films / "b.mkv"]):
        run = vidcolor(*command, "-o", small_disk / "out")
        one_line(run, 1, small_disk / "out", "its disk is read-only; write elsewhere")


def test_without_inputs(vidcolor):
    one_line(vidcolor("colorize"), 2, "INPUT")
    one_line(vidcolor("frobnicate"), 2, "frobnicate")


def test_a_device_that_is_not_there(films, colorize):
    one_line(colorize(films / "film.mkv", "--device", "cuda:99"), 1, "cuda:99", "cpu")


def test_weights_that_are_not_there(films, vidcolor):
    run = vidcolor("colorize", films / "film.mkv", "--weights", "nowhere")
    one_line(run, 1, "nowhere", "landscape")


# Bad input


@pytest.mark.parametrize(
    ("name", "code", "words"),
    [
        ("missing.mkv", 1, "no such file"),
        ("folder.mkv", 2, "folder"),
        ("text.mkv", 1, "not a film"),
        ("note.txt", 1, "text file"),
        ("empty.mkv", 1, "empty"),
        ("cut.mp4", 1, "incomplete"),
        ("n" * 300, 1, "too long"),
        ("empty.png", 1, "photograph"),
        ("missing.png", 1, "No such file"),
    ],
)
def test_bad_input_is_one_line_and_leaves_nothing(films, colorize, name, code, words):
    (films / "folder.mkv").mkdir()
    (films / "text.mkv").write_text("no film\n" * 200)
    (films / "note.txt").write_text("no film\n" * 200)
    (films / "empty.mkv").touch()
    (films / "empty.png").touch()
    make_clip(films / "whole.mp4", codec="libx264")
    (films / "cut.mp4").write_bytes((films / "whole.mp4").read_bytes()[:900])
    before = names(films)
    output = films / f"out{Path(name).suffix or '.mkv'}"
    run = colorize(films / name, "-o", output if output.suffix != ".txt" else films / "out.mkv")
    one_line(run, code, films / name, words)
    assert names(films) == before


def test_libraries_do_not_chatter_over_bad_input(films, weights):
    noise = np.random.default_rng(1).integers(0, 255, (64, 64), np.uint8)
    make_clip(films / "whole.mp4", codec="libx264")
    for kind, source in (("mp4", "whole.mp4"), ("mkv", "film.mkv"), ("png", "a.png"),
                         ("tif", "a.tif")):  # fmt: skip
        if kind in ("png", "tif"):
            cv2.imwrite(str(films / source), noise)
        content = (films / source).read_bytes()
        (films / f"cut.{kind}").write_bytes(content[: 300 if kind == "mkv" else -900])
    cv2.imwrite(str(films / "float.tif"), noise.astype(np.float32))
    (films / "out").mkdir()
    bad = [films / name for name in ("cut.mp4", "cut.mkv", "cut.png", "cut.tif", "float.tif")]
    command = process("colorize", *bad, "-o", films / "out", "--weights", weights)
    run = subprocess.run(command, capture_output=True, text=True)
    assert (run.returncode, run.stdout) == (1, "")
    *lines, closing = run.stderr.splitlines()
    assert len(lines) == len(bad), run.stderr
    for line, path in zip(lines, bad, strict=True):
        assert line.startswith(f"Error: {path}"), run.stderr
    assert closing.startswith("Error: 5 of 5 inputs failed: ")


def test_encoders_do_not_chatter(films, weights, colorize):
    """SVT-AV1 is told so by the environment, before it is loaded."""
    run = colorize(films / "film.mkv", "-y", "-q", "--encoder", "libx265")
    assert (run.code, run.out, run.err) == (0, "", "")
    command = process("colorize", films / "film.mkv", "--weights", weights, "-y", "-q")
    alone = subprocess.run(
        [*command, "--encoder", "libsvtav1", "--preset", "12"], capture_output=True, text=True
    )
    assert (alone.returncode, alone.stdout, alone.stderr) == (0, "", "")


def test_several_inputs_go_on_after_a_failure(films, colorize):
    (films / "bad.mkv").write_text("no film\n" * 200)
    inputs = [films / name for name in ("bad.mkv", "film.mkv", "missing.mkv")]
    run = colorize(*inputs, "--json")
    assert run.code == 1
    assert [json.loads(line)["frames"] for line in run.out.splitlines()] == [12]
    first, second, closing = run.err.splitlines()
    assert "not a film" in first
    assert "no such file" in second
    assert closing == f"Error: 2 of 3 inputs failed: {inputs[0]}, {inputs[2]}"
    assert names(films) == ["bad.mkv", "film.color.mkv", "film.mkv"]


@pytest.mark.parametrize(
    ("output", "code"), [("missing/b.mkv", 1), ("film.mkv/b.mkv", 1), ("folder/b.mkv", 0)]
)
def test_folders_of_the_output(films, colorize, output, code):
    (films / "folder").mkdir()
    run = colorize(films / "film.mkv", "-o", films / output)
    assert run.code == code
    if code:
        one_line(run, code, films / output)


def test_a_folder_that_can_t_be_made(films, colorize):
    make_clip(films / "second.mkv")
    run = colorize(films / "film.mkv", films / "second.mkv", "-o", films / "film.mkv/out")
    one_line(run, 1, films / "film.mkv/out")


# What is printed


def test_json_is_one_line_a_file(films, colorize):
    cv2.imwrite(str(films / "photo.png"), np.full((20, 30), 99, np.uint8))
    run = colorize(films / "film.mkv", films / "photo.png", "--json")
    film, photo = map(json.loads, run.out.splitlines())
    assert film["input"] == str(films / "film.mkv")
    assert film["output"] == str(films / "film.color.mkv")
    assert film["device"] == "cpu" or film["device"].startswith(("cuda", "mps"))
    assert film["engine"] in ("torch", "openvino")
    assert (film["frames"], photo["frames"]) == (12, 1)
    for line in (film, photo):
        assert line["seconds"] >= 0
        assert line["fps"] > 0


def test_strict_refuses_what_would_be_left_out(films, colorize):
    make_clip(films / "film.mkv", second_video=True)
    one_line(colorize(films / "film.mkv", "--strict"), 1, "left out: video stream 1", "--strict")
    assert names(films) == ["film.mkv"]
    assert colorize(films / "film.mkv", "--strict", "--keep-video").code == 0
    one_line(colorize(films / "film.mkv", "--keep-video", "--start", 0), 2, "--keep-video")


def test_strict_refuses_a_photograph_with_alpha(films, colorize):
    cv2.imwrite(str(films / "a.png"), np.full((16, 16, 4), 99, np.uint8))
    refused = colorize(films / "a.png", "--strict", "-o", films / "a.jpg")
    one_line(refused, 1, "alpha channel")
    assert colorize(films / "a.png", "--strict").code == 0  # a PNG keeps it
    assert colorize(films / "a.png", "-o", films / "a.jpg").code == 0


def test_quiet_prints_nothing(films, colorize):
    make_clip(films / "colour.mkv", colored=True)
    run = colorize(films / "film.mkv", films / "colour.mkv", "-q")
    assert (run.code, run.out, run.err) == (0, "", "")
    again = colorize(films / "film.mkv", "-q", "-n")
    assert (again.code, again.out, again.err) == (0, "", "")


def test_colour_in_the_source_is_one_line(films, colorize):
    make_clip(films / "colour.mkv", colored=True)
    assert colorize(films / "colour.mkv").err == f"{films / 'colour.mkv'}: {COLOR}\n"


def test_names_that_are_no_text_are_told_all_the_same(films, weights):
    odd = films / os.fsdecode(b"caf\xe9.mkv")
    (films / "film.mkv").rename(odd)
    run = subprocess.run(
        process("colorize", odd, "--weights", weights), capture_output=True, text=True,
        env={**os.environ, "PYTHONIOENCODING": "utf-8:strict"},
    )  # fmt: skip
    assert (run.returncode, run.stderr) == (0, "")
    assert r"caf\udce9.color.mkv: 12 frames" in run.stdout


def test_photographs_have_no_start(films, colorize):
    cv2.imwrite(str(films / "photo.png"), np.full((20, 30), 99, np.uint8))
    one_line(colorize(films / "photo.png", "--start", "1"), 2, films / "photo.png", "--start")
    assert not (films / "photo.color.png").exists()


@pytest.mark.parametrize("content", ["cut", pytest.param("whole", marks=pytest.mark.long)])
def test_a_terminal_shows_progress(films, weights, content):
    """Also over a film that holds less than it says."""
    film = films / "film.mkv"
    make_clip(film, times=range(0, 4000, 40))
    if content == "cut":
        film.write_bytes(film.read_bytes()[: film.stat().st_size // 2])
    ours, theirs = pty.openpty()
    os.set_blocking(ours, False)
    termios.tcsetwinsize(theirs, (24, 100))
    command = process("colorize", film, "--weights", weights, "--preset", "ultrafast")
    with subprocess.Popen(command, stderr=theirs, stdout=subprocess.PIPE, text=True) as run:
        shown = b""
        while run.poll() is None:
            shown += b"".join(_available(ours))
            time.sleep(0.02)
        assert run.stdout is not None
        assert f"{films / 'film.color.mkv'}: " in run.stdout.read()
    shown += b"".join(_available(ours))
    os.close(ours)
    os.close(theirs)
    assert run.returncode == 0, shown
    assert b"film.mkv" in shown
    assert re.search(rb"/4 s \[.* fps\]", shown), shown
    assert b"Traceback" not in shown


def _available(terminal: int) -> Iterator[bytes]:
    try:
        while part := os.read(terminal, 4096):
            yield part
    except BlockingIOError:
        return


# Help


def test_help_imports_nothing_heavy():
    script = (
        "import sys; from vidcolor.cli.main import cli; cli(['--help'], standalone_mode=False);"
        "print(*sys.modules)"
    )
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    modules = set(run.stdout.split())
    assert "colorize" in modules
    assert not modules & {"torch", "av", "cv2", "numpy", "tqdm"}


def test_help_ends_well(vidcolor):
    for arguments in (["--help"], ["-h"], ["colorize", "--help"], ["train", "--help"]):
        run = vidcolor(*arguments)
        assert (run.code, run.err) == (0, "")
        assert re.match(r"Usage: .*vidcolor", run.out)
    assert vidcolor("--version").out.startswith("vidcolor")


def _commands(group: click.Group, path: str) -> Iterator[tuple[str, click.Command]]:
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        yield f"{path} {name}", command
        if isinstance(command, click.Group):
            yield from _commands(command, f"{path} {name}")


@pytest.mark.parametrize(("path", "command"), list(_commands(cli, "vidcolor")))
def test_every_command_and_option_has_help(path, command):
    assert command.help, path
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            assert parameter.help, f"{path} {parameter.opts[0]}"


def test_the_defaults_that_help_shows_are_the_librarys() -> None:
    """They are written twice because the library is imported only when a command runs."""
    shown = {option.name: option.default for option in cli.commands["colorize"].params}
    kernel = ExponentialDecay()
    assert (shown["decay"], shown["window"]) == (kernel.decay, kernel.window)
    assert Controls(min_confidence=shown["min_confidence"]) == OFF
