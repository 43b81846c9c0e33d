"""What stands behind the page, by real requests to a real server, against `colorize` itself."""

import io
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from clips import make_clip, planes_of
from hint_films import (
    HEIGHT,
    SHOT,
    WIDTH,
    make_shots,
    middle_of,
    odd_film,
    shots,
    time_of,
)
from PIL import Image
from studio_requests import Page, page_of, point
from visitors import listening

from vidcolor.colorize.settings import ColorSettings
from vidcolor.serve.answers import Asked
from vidcolor.studio import drawing
from vidcolor.studio.cache import FilmCache
from vidcolor.studio.document import Edit
from vidcolor.studio.endpoints import endpoints
from vidcolor.studio.session import Session
from vidcolor.studio.shot_list import ShotList, StoppedError


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The cache lies with the test."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache/vidcolor/studio"


@pytest.fixture
def page(film: Path, weights: Path) -> Iterator[Page]:
    with page_of(film, weights) as page:
        yield page


def test_film_and_shots_are_told(page: Page) -> None:
    film = page.get("/api/film")
    assert (film["kind"], film["width"], film["height"]) == ("film", WIDTH, HEIGHT)
    assert film["settings"]["temperature"] == {"value": None, "default": 0.5, "min": 0, "max": 4}
    page.until(lambda: page.get("/api/shots")["done"])
    found = page.get("/api/shots")["shots"]
    assert [shot["frames"] for shot in found] == [SHOT] * 3
    assert [float(shot["begin"]) for shot in found] == [float(time_of(SHOT * n)) for n in range(3)]
    assert {shot["state"] for shot in found} <= {"automatic", "unsure"}
    assert not any(shot["stale"] for shot in found)


def test_grey_frames_are_the_films_own(page: Page) -> None:
    for number in (0, 7, 25):
        grey = page.frame(float(time_of(number)), view="grey")
        expected = (shots()[number].astype(float) - 16) * 255 / 219
        assert np.abs(grey[..., 0] - expected.round().clip(0, 255)).max() <= 1
        assert np.ptp(grey, 2).max() <= 1


def test_the_first_frame_is_shown_before_its_shot_is_found(film: Path, weights: Path) -> None:
    settings = ColorSettings(weights=str(weights))
    session = Session(film, film.with_name("hints.toml"), settings)
    answers = {each.path: each.work for each in endpoints(session)}
    query = {"at": session.film()["begin"], "view": "grey"}
    shown = answers["/api/frame"](Asked(query, {}, b"", lambda: False))
    grey = np.asarray(Image.open(io.BytesIO(shown.content)))
    expected = (shots()[0].astype(float) - 16) * 255 / 219
    assert np.abs(grey[..., 0] - expected.round().clip(0, 255)).max() <= 1
    assert session.shots()["shots"] == []


def test_a_search_ends_with_the_studio(film: Path) -> None:
    """Whoever waits for it: a shot may be hours long."""
    found = ShotList(film, None, FilmCache(film, "None"), (), lambda: None)
    found.stop()
    with pytest.raises(StoppedError):
        found.at(time_of(25))


def test_grey_frames_and_shots_are_there_before_the_network(film: Path, weights: Path) -> None:
    """In a process of its own, for here it has been loaded."""
    script = """
import sys
from fractions import Fraction
from pathlib import Path
from vidcolor.colorize.settings import ColorSettings
from vidcolor.studio.session import Session
film, weights = map(Path, sys.argv[1:])
session = Session(film, film.with_suffix(".hints.toml"), ColorSettings(weights=str(weights)))
print(session.film()["settings"]["temperature"]["default"], session.hints()["entries"])
print(session.open(session.beginning())["times"][:2], session.open(Fraction(1, 2))["open"])
print([shot["state"] for shot in session.shots()["shots"]])
shot, number = session.place(Fraction(0))
print(session.grey(shot.times[number], 64).kind, session.thumbnail(shot).kind)
print("torch" in sys.modules)
"""
    command = [sys.executable, "-c", script, film, weights]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.stdout.splitlines() == [
        "0.5 []",
        "['0', '0.04'] False",
        "['automatic', 'automatic']",
        "image/jpeg image/jpeg",
        "False",
    ], done.stderr


def test_a_click_shows_in_its_frame_and_follows_the_thing(page: Page) -> None:
    times = page.open("0.2")["times"]
    before = [page.frame(at, size=96).astype(int) for at in times]
    page.add(point(5))
    after = [page.frame(at, size=96).astype(int) for at in times]
    for number in (1, 5, 9):
        x, y = (round(f * side) for f, side in zip(middle_of(number), (WIDTH, HEIGHT), strict=True))
        change = np.abs(after[number] - before[number]).max(2)
        assert change[y, x] > 20
        assert change[y, x] > 3 * np.median(change)
    assert np.abs(page.frame("0.2", size=96, view="automatic") - before[5]).max() <= 2
    assert page.get("/api/shots")["shots"][0]["state"] == "hints"


@pytest.mark.parametrize("pixels", ["yuv420p", "yuv420p10le"])
def test_the_exact_frame_is_the_one_that_colorize_makes(
    tmp_path: Path, vidcolor: Any, weights: Path, pixels: str
) -> None:
    """To a code: its planes are those of the film, and they are what is drawn."""
    film, made = tmp_path / "deep.mkv", tmp_path / "made.mkv"
    depth = 10 if "10" in pixels else 8
    deep = [each.astype(np.uint16 if depth > 8 else np.uint8) << (depth - 8) for each in shots()]
    make_clip(film, pixels=pixels, depth=depth, pictures=deep, size=(WIDTH, HEIGHT),
              times=range(0, 40 * len(deep), 40))  # fmt: skip
    settings = ColorSettings(weights=str(weights), precision="fp32", batch_size=4)
    hints = film.with_name("deep.hints.toml")
    session = Session(film, hints, settings, {"weights"}, device="cpu")
    session.document.edit(1, [Edit("add", "point", fields=point(n)) for n in (5, 15)])
    session.set_settings({"temperature": 0.8})
    session.start()
    done = vidcolor("colorize", film, "-o", made, "--encoder", "ffv1", "--weights", weights,
                    "--precision", "fp32", "--batch-size", 4, "--device", "cpu")  # fmt: skip
    assert done.code == 0, done.err
    assert "settings: those of deep.hints.toml: temperature" in done.err
    planes = planes_of(made)
    for number in (3, 5, 17, 29):
        shot, there = session.place(time_of(number))
        luma, chroma = session.frames.codes(shot, there)
        for plane, expected in zip((luma, *chroma), planes[number], strict=True):
            assert np.array_equal(plane, expected)
        shown = session.frames.exact(shot, there, lambda: False)
        y, *uv = planes[number]
        assert shown == drawing.frame(session.material, y, np.stack(uv), None)
        assert np.ptp(uv) > 8  # there is colour
    session.stop()


def test_what_a_representative_frame_tells_is_not_decoded_anew(film: Path, weights: Path) -> None:
    """After a change of temperature a frame is as if it had been that from the beginning."""
    hints, shown = film.with_name(f"{film.stem}.hints.toml"), []
    for first in (None, 0.9):
        given = "" if first is None else f"temperature = {first}\n"
        hints.write_text(f"version = 1\n[settings]\nrepresentative = true\n{given}")
        with page_of(film, weights) as page:
            page.open("0.6")
            if first is None:
                page.send("/api/settings", "PUT", temperature=0.9)
                page.open("0.6")
            shown.append(page.frame("0.6", size=96))
    assert np.array_equal(*shown)


def test_suggestions_and_the_plane_of_chroma(page: Page) -> None:
    page.open()
    found = page.send("/api/suggest", at="0.2", xy=list(middle_of(5)))
    shares = [each["probability"] for each in found["suggestions"]]
    assert shares == sorted(shares, reverse=True)
    assert 1 <= len(shares) <= 9
    x, y = middle_of(5)
    status, headers, content = page("GET", f"/api/plane?at=0.2&x={x}&y={y}&size=64")
    assert (status, headers["Content-Type"]) == (200, "image/png")
    plane = np.asarray(Image.open(io.BytesIO(content)))
    assert plane.shape == (64, 64, 4)
    assert plane[32, 32, 3] == 255
    assert plane[0, 0, 3] == 0
    middle = plane[32, 32, :3].astype(float) @ [0.2126, 0.7152, 0.0722] / 255
    assert middle == pytest.approx(found["luma"], abs=0.02)


def test_what_is_done_is_undone_saved_and_found_again(
    page: Page, film: Path, weights: Path
) -> None:
    saved = film.with_name("film.hints.toml")
    page.add(point(5))
    once = saved.read_text()
    page.add(point(6), point(7))
    twice = saved.read_text()
    assert len(page.send("/api/undo")["entries"]) == 1
    assert saved.read_text() == once
    assert len(page.send("/api/redo")["entries"]) == 3
    assert saved.read_text() == twice
    page.send("/api/settings", "PUT", saturation=0.5)
    assert page.get("/api/film")["settings"]["saturation"]["value"] == 0.5
    page.send("/api/undo")
    assert page.get("/api/film")["settings"]["saturation"]["value"] is None
    page.send("/api/undo", expected=200)
    page.send("/api/undo")
    assert page.send("/api/undo", expected=409)["error"] == "nothing is left to undo"


def test_colors_are_checked(page: Page) -> None:
    assert page.get("/api/color?name=rebeccapurple") == {"color": "#663399"}
    status, _, content = page("GET", "/api/color?name=rebecapurple")
    assert status == 400
    assert "rebeccapurple" in json.loads(content)["error"]


def test_dropped_pictures_are_kept_and_shown(page: Page, film: Path) -> None:
    picture = io.BytesIO()
    Image.new("RGB", (40, 30), "orange").save(picture, "png")
    for name, named in {
        "still.png": "still.png", "../../still.png": "still.png", ".hidden.png": "hidden.png",
        "a/b\\c d.png": "c d.png",
    }.items():  # fmt: skip
        status, _, content = page("POST", f"/api/picture?name={name.replace(' ', '%20')}",
                                  picture.getvalue())  # fmt: skip
        assert status == 200, content
        assert json.loads(content)["picture"] == f"film.hints/{named}"
        assert (film.parent / "film.hints" / named).read_bytes() == picture.getvalue()
    status, headers, content = page("GET", "/api/picture?name=film.hints/still.png")
    assert (status, headers["Content-Type"]) == (200, "image/png")
    page.add({"like": "film.hints/still.png"}, kind="palette")
    for name in ("film.mkv", "../x.png", "/etc/passwd", "%00"):
        assert page("GET", f"/api/picture?name={name}")[0] in (400, 404)
    for content in (b"no picture", b"\x89PNG\r\n\x1a\n", b""):
        status, _, answer = page("POST", "/api/picture?name=x.png", content)
        assert status == 415
        assert "x.png" in json.loads(answer)["error"]
    assert {each.name for each in (film.parent / "film.hints").iterdir()} == {
        "still.png", "hidden.png", "c d.png"
    }  # fmt: skip


@pytest.mark.parametrize(
    ("method", "path", "content"),
    [
        ("POST", "/api/open", {"at": "nan"}),
        ("POST", "/api/open", {"at": "1e9"}),
        ("POST", "/api/open", {"at": "9999"}),
        ("POST", "/api/open", {}),
        ("GET", "/api/frame?at=0&view=x", None),
        ("GET", "/api/frame?at=0&size=99999999", None),
        ("GET", "/api/frame?at=0&size=-1", None),
        ("GET", "/api/frame?view=grey", None),
        ("POST", "/api/suggest", {"at": "0", "xy": [2, 0]}),
        ("POST", "/api/suggest", {"at": "0", "xy": "here"}),
        ("GET", "/api/plane?at=0&x=nan&y=0", None),
        ("POST", "/api/edit", {"revision": 1, "edits": ["x"]}),
        ("POST", "/api/edit", {"revision": "1", "edits": []}),
        ("POST", "/api/edit", {"revision": 1, "edits": [{"op": "add", "kind": "settings"}]}),
        ("POST", "/api/edit", {"revision": 1, "edits": [{"op": "add", "kind": "point",
                               "fields": {"at": "0", "xy": [0, 0], "color": [[[]]]}}]}),
        ("PUT", "/api/settings", {"device": "cuda"}),
        ("PUT", "/api/settings", {"temperature": "hot"}),
        ("POST", "/api/copy", {"ids": [1], "to": "0_1"}),
        ("POST", "/api/copy", {"ids": [{}], "to": "0_1"}),
        ("POST", "/api/edit", {"revision": 1, "edits": [{"op": "add", "kind": "stroke",
                               "fields": {"at": "0", "path": [None], "color": "red"}}]}),
        ("POST", "/api/copy", {"ids": [], "to": "none"}),
        ("GET", "/api/shots/9_1/thumbnail", None),
    ],
)  # fmt: skip
def test_nonsense_is_refused_in_one_line(page: Page, method: str, path: str, content: Any) -> None:
    status, _, answer = page(method, path, content if content is not None else b"")
    assert 400 <= status < 500, answer
    assert "\n" not in json.loads(answer)["error"]
    assert page.get("/api/hints")["entries"] == []


def test_thumbnails_and_shots_are_kept_for_the_next_time(
    film: Path, weights: Path, cache: Path
) -> None:
    with page_of(film, weights) as page:
        page.until(lambda: page.get("/api/shots")["done"])
        first = page.get("/api/shots")
        name = first["shots"][1]["id"]
        status, headers, content = page("GET", f"/api/shots/{name}/thumbnail")
        assert (status, headers["Content-Type"]) == (200, "image/jpeg")
    assert len(list(cache.glob("*/*.jpg"))) == 1
    with page_of(film, weights) as page:
        assert page.get("/api/shots") == {**first, "done": True}
        assert page("GET", f"/api/shots/{name}/thumbnail")[2] == content


def test_a_refused_file_is_shown_with_its_line(film: Path, weights: Path) -> None:
    saved = film.with_name("film.hints.toml")
    saved.write_text('version = 1\n[[point]]\nat = "0"\nxy = [0, 0]\ncolor = "mud-ish"\n')
    before = saved.read_bytes()
    with page_of(film, weights) as page:
        problem = page.get("/api/hints")["problem"]
        assert "point 1: color: 'mud-ish'" in problem
        assert page.send("/api/job", expected=400)["error"] == problem
    assert saved.read_bytes() == before


def test_changes_from_outside_reach_the_page(page: Page, film: Path) -> None:
    page.add(point(5))
    with listening(page) as answer:
        saved = film.with_name("film.hints.toml")
        saved.write_text(saved.read_text().replace("#c02020", "navy"))
        told = ""
        while '"hints"' not in told:
            told = answer.readline().decode()
    assert page.get("/api/hints")["entries"][0]["color"] == "navy"


def test_shots_that_references_may_color_wait_until_they_are_looked_at(page: Page) -> None:
    page.until(lambda: page.get("/api/shots")["done"])
    page.open("0.5")
    picture = io.BytesIO()
    colors = np.repeat(shots()[15][..., None], 3, 2) // np.array([1, 2, 3], np.uint8)
    Image.fromarray(colors).save(picture, "png")
    assert page("POST", "/api/picture?name=still.png", picture.getvalue())[0] == 200
    stale = lambda: [shot["stale"] for shot in page.get("/api/shots")["shots"]]  # noqa: E731
    named = {"picture": "film.hints/still.png"}
    page.add({**named, "at": "0.6", "for": "shot"}, kind="reference")
    page.until(lambda: stale() == [False, False, False])
    page.until(lambda: page.get("/api/shots")["shots"][1]["state"] == "reference")
    page.add({**named, "match": "matched"}, kind="reference")
    page.until(lambda: stale() == [True, False, True])
    page.send("/api/update")
    page.until(lambda: stale() == [False, False, False])


def test_marks_are_copied_to_another_shot(page: Page) -> None:
    (mark,) = page.add(point(5, **{"for": "0:00..0:00.3"}))["added"]
    page.until(lambda: page.get("/api/shots")["done"])
    shot = page.get("/api/shots")["shots"][2]
    (copied,) = page.send("/api/copy", ids=[mark], to=shot["id"])["added"]
    entry = next(each for each in page.get("/api/hints")["entries"] if each["id"] == copied)
    assert entry["at"] == shot["begin"]
    assert entry["color"] == "#c02020"


def test_a_photograph_is_colored_without_times(tmp_path: Path, weights: Path) -> None:
    path = tmp_path / "thing.png"
    Image.fromarray(shots()[5]).save(path)
    with page_of(path, weights) as page:
        assert page.get("/api/film")["kind"] == "photograph"
        assert page.open("0")["times"] == ["0"]
        before = page.frame(0, size=96).astype(int)
        page.add({"xy": list(middle_of(5)), "color": "#c02020"})
        assert np.abs(page.frame(0, size=96) - before).max() > 20
        assert page.frame(0).shape == (HEIGHT, WIDTH, 3)
        assert page.get("/api/shots")["shots"][0]["state"] == "hints"
        assert page("POST", "/api/picture?name=still.png", path.read_bytes())[0] == 200
        page.add({"picture": "thing.hints/still.png"}, kind="reference")
        assert not page.get("/api/shots")["shots"][0]["stale"]


def test_a_job_makes_the_film_of_what_was_saved_when_it_began(
    page: Page, film: Path, vidcolor: Any, weights: Path, tmp_path: Path
) -> None:
    page.add(point(5))
    expected = tmp_path / "expected.mkv"
    assert vidcolor("colorize", film, "-o", expected, "--weights", weights, "--precision", "fp32",
                    "--batch-size", 4, "--device", "cpu",
                    "--encoder", "ffv1").code == 0  # fmt: skip
    assert page.send("/api/job")["state"] == "running"
    page.add(point(15))
    assert page.send("/api/job", expected=409)["error"] == "a film is being made already"
    page.until(lambda: page.get("/api/job")["state"] != "running")
    job = page.get("/api/job")
    assert job["state"] == "done", job
    made = film.with_name("film.color.mkv")
    assert job["output"] == str(made)
    frames = []
    for path in (expected, made):
        with av.open(str(path)) as opened:
            frames.append([each.to_ndarray() for each in opened.decode(video=0)])
    assert np.array_equal(*frames)
    refused = page.send("/api/job", expected=409)
    assert refused["exists"] == str(made)
    assert not (film.parent / "film.hints/.frozen").exists()


def test_a_job_is_stopped_and_gone_on_with(page: Page, film: Path) -> None:
    made = film.with_name("film.color.mkv")
    page.send("/api/job")
    assert page.send("/api/job", "DELETE")["state"] == "stopped"
    assert not made.exists()
    made.write_text("an older film")
    assert page.send("/api/job", expected=409)["exists"] == str(made)
    page.send("/api/job", overwrite=True)
    assert page.send("/api/job", "DELETE")["state"] == "stopped"
    assert made.read_text() == "an older film"
    page.add(point(5))
    assert page.send("/api/job", go_on=True)["state"] == "running"
    page.until(lambda: page.get("/api/job")["state"] != "running")
    assert page.get("/api/job")["state"] == "done"
    assert page.send("/api/job", go_on=True, expected=409)["error"].startswith("there is nothing")


def test_a_session_begins_with_a_shot_worth_looking_at(tmp_path: Path, weights: Path) -> None:
    first, *_, other = shots(2)
    path = tmp_path / "stray.mkv"
    make_shots(path, [first] * 3 + [other] * 20)
    with page_of(path, weights) as page:
        assert page.send("/api/open", at="start")["times"][0] == "0.12"


def test_the_command_line_is_told(page: Page, film: Path, weights: Path) -> None:
    words = page.get("/api/command")["command"]
    assert words.startswith(f"vidcolor colorize {film} --weights {weights}")


@pytest.mark.parametrize("count", [1, 10])
@pytest.mark.parametrize("kind", ["rotated", "anamorphic", "barred"])
def test_odd_films_have_their_marks_where_one_clicked(
    tmp_path: Path, weights: Path, kind: str, count: int
) -> None:
    """A single frame is a film, too."""
    path = tmp_path / f"{kind}.mkv"
    x, y = odd_film(path, kind, count)
    with page_of(path, weights) as page:
        assert len(page.open()["times"]) == count
        told = page.get("/api/film")
        before = page.frame("0").astype(int)
        assert before.shape[:2] == (told["height"], told["width"])
        assert page.send("/api/suggest", at="0", xy=[x, y])["suggestions"]
        page.add({"at": "0", "xy": [x, y], "color": "#c02020"})
        change = np.abs(page.frame("0") - before).max(2)
        rows, columns = np.nonzero(change > change.max() / 2)
        assert rows.mean() / change.shape[0] == pytest.approx(y, abs=0.1)
        assert columns.mean() / change.shape[1] == pytest.approx(x, abs=0.1)
        if kind == "barred" and count > 1:  # a single frame may be dark above and below
            refused = page.send("/api/suggest", at="0", xy=[0.5, 0.01], expected=400)
            assert "black bars" in refused["error"]


def test_a_film_that_is_replaced_or_gone_is_told(page: Page, film: Path) -> None:
    """Frames of another film would be mixed with what is kept of this one."""
    page.open()
    put_away = film.rename(film.with_name("elsewhere.mkv"))
    asked: list[tuple[str, str, Any]] = [
        ("GET", "/api/frame?at=0&size=64", None),
        ("POST", "/api/open", {"at": "0.5"}),
        ("POST", "/api/suggest", {"at": "0", "xy": [0.5, 0.5]}),
        ("POST", "/api/job", {}),
    ]

    def lines() -> set[str]:
        answers = [page(method, path, content) for method, path, content in asked]
        assert all(status == 400 for status, _, _ in answers)
        return {json.loads(content)["error"].removeprefix(f"{film}: ") for _, _, content in answers}

    assert lines() == {"is gone; put it back to go on"}
    make_shots(film, shots(2))
    (line,) = lines()
    assert line.startswith("was replaced or changed since it was opened")
    put_away.replace(film)
    assert page("GET", "/api/frame?at=0&size=64")[0] == 200
