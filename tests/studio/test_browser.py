"""The studio's page in a real browser, on a film of three shots with a thing that moves."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from clips import planes_of
from hint_films import HEIGHT, SHOT, WIDTH, middle_of, odd_film, shots
from PIL import Image
from studio_visits import Visit, studio


@pytest.fixture
def visit(browser: Any, film: Path, weights: Path) -> Iterator[Callable[..., Visit]]:
    """Opens the studio of a film; what the browser is told of the window comes by name."""
    opened: list[Any] = []

    def open_studio(film: Path = film, *, options: tuple[object, ...] = (), **window: Any) -> Visit:
        running = studio(film, "--weights", weights, "--device", "cpu", *options)
        address = running.__enter__()
        opened.append(running)
        size = {"width": 1280, "height": 720}
        context = browser.new_context(viewport=size, **window)
        context.set_default_timeout(20_000)
        found = Visit(context.new_page(), address)
        visits.append(found)
        opened.append(context)
        return found

    visits: list[Visit] = []
    yield open_studio
    for each in reversed(opened):
        if hasattr(each, "close"):
            each.close()
        else:
            each.__exit__(None, None, None)
    assert not [error for each in visits for error in each.errors]


def test_a_visit(visit: Callable[..., Visit], film: Path, weights: Path, tmp_path: Path) -> None:
    """From the first click to the finished film."""
    desk = visit(options=("--encoder", "ffv1"))
    page = desk.page
    assert page.locator("#stage-help").is_visible()
    automatic = desk.strip()

    desk.click(*middle_of(0))
    assert not desk.entries()
    wanted = page.locator(".suggestion").nth(2).get_attribute("title").split(",")[0]
    with desk.changing():
        desk.press("3")
    (point,) = desk.entries()
    assert point["color"] == wanted
    assert np.allclose(point["xy"], middle_of(0), atol=0.01)
    assert not page.locator("#stage-help").is_visible()
    marked = desk.strip()
    assert (marked != automatic).any()

    with desk.changing():
        page.get_by_role("button", name="Undo").click()
    assert not desk.entries()
    assert (desk.strip() == automatic).all()
    with desk.changing():
        page.get_by_role("button", name="Redo").click()
    assert (desk.strip() == marked).all()

    page.get_by_role("tab", name="Film").click()
    with desk.changing():
        page.get_by_label("Saturation").press("Home")
    grey = desk.strip()
    assert (grey != marked).any()

    page.reload()
    desk.settle()
    assert [entry["color"] for entry in desk.entries()] == [wanted]
    assert (desk.strip() == grey).all()
    page.get_by_role("tab", name="Film").click()
    assert float(page.get_by_label("Saturation").input_value()) == 0
    with desk.changing():
        page.get_by_label("Saturation").press("Delete")
    assert (desk.strip() == marked).all()

    still = tmp_path / "still.png"
    tinted = np.stack([shots()[0], shots()[0] // 2, shots()[0] // 3], 2)
    Image.fromarray(tinted).save(still)
    desk.drop(still, "reference")
    page.locator(".picture img").wait_for()
    desk.settle()
    (_, reference) = desk.entries()
    assert reference["kind"] == "reference"
    assert (film.parent / reference["picture"]).read_bytes() == still.read_bytes()

    page.get_by_role("button", name="Colorize").click()
    page.get_by_text("Done: ").wait_for()
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy command").click()
    page.get_by_text("The command is copied").wait_for()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith("vidcolor colorize ")
    page.get_by_role("button", name="Colorize").click()
    page.get_by_text("exists already").wait_for()
    assert page.get_by_role("button", name="Colorize anew").is_visible()
    again = tmp_path / "again.mkv"
    by_hand = [sys.executable, "-m", "vidcolor", "colorize", film, "-o", again]
    given = ["--weights", weights, "--device", "cpu", "--encoder", "ffv1"]
    subprocess.run([*by_hand, *given], check=True)
    made = planes_of(film.with_name("film.color.mkv"))
    assert len(made) == 3 * SHOT
    for frame, other in zip(made, planes_of(again), strict=True):
        assert all((plane == same).all() for plane, same in zip(frame, other, strict=True))


def test_by_keyboard_alone(visit: Callable[..., Visit]) -> None:
    desk = visit()
    page = desk.page
    tab_to(desk, "#stage")
    desk.press(*["ArrowLeft"] * 5, *["ArrowUp"] * 5)
    page.keyboard.press("Enter")
    with desk.changing():
        page.locator(".suggestion").first.wait_for()
        desk.press("2")
    (point,) = desk.entries()
    assert np.allclose(point["xy"], (0.45, 0.45))

    tab_to(desk, ".mark")
    with desk.changing():
        desk.press("ArrowRight")
    assert np.allclose(desk.entries()[0]["xy"], (0.455, 0.45))
    tab_to(desk, "#hex")
    with desk.changing():
        page.keyboard.type("navy")
        desk.press("Enter")
    assert desk.entries()[0]["color"] == "navy"
    tab_to(desk, "#reach")
    with desk.changing():
        desk.press("ArrowDown")
    assert desk.entries()[0]["for"] == "frame"
    with desk.changing():
        desk.press("Control+z")
    assert desk.entries()[0]["for"] == "shot"

    page.keyboard.press("Escape")
    tab_to(desk, "#shots")
    page.keyboard.press("ArrowDown")
    desk.until("location.hash.startsWith('#at=0.6')")  # its middle, as its thumbnail shows
    desk.settle()
    tab_to(desk, "#stage")
    desk.press(".", "r")
    for moves in (["ArrowLeft"] * 5, ["ArrowDown"] * 9, ["ArrowRight"] * 9):
        desk.press("Enter", *moves)
    page.keyboard.press("Enter")
    page.keyboard.press("Shift+Enter")
    page.locator(".suggestion").first.wait_for()
    with desk.changing():
        desk.press("1")
    region = desk.entries()[-1]
    assert region["kind"] == "region"
    assert len(region["polygon"]) == 4
    with desk.changing():
        desk.press("Delete")
    assert len(desk.entries()) == 1

    page.keyboard.press("?")
    assert page.get_by_role("dialog").is_visible()
    page.keyboard.press("Escape")
    assert not page.get_by_role("dialog").is_visible()


def test_by_touch(visit: Callable[..., Visit]) -> None:
    desk = visit(has_touch=True)
    page = desk.page
    fingers = page.context.new_cdp_session(page)

    def touch(kind: str, *places: tuple[float, float]) -> None:
        points = [{"x": x, "y": y, "id": number} for number, (x, y) in enumerate(places)]
        fingers.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    page.touchscreen.tap(*desk.at(*middle_of(0)))
    with desk.changing():
        page.locator(".suggestion").nth(1).tap()
    (point,) = desk.entries()
    assert np.allclose(point["xy"], middle_of(0), atol=0.01)

    zoomed = page.locator("#zooms .wide").inner_text()
    (left, top), (right, bottom) = desk.at(0.4, 0.4), desk.at(0.6, 0.6)
    touch("touchStart", (left, top), (right, bottom))
    for step in range(10):
        touch("touchMove", (left - 8 * step, top - 8 * step), (right + 8 * step, bottom + 8 * step))
    touch("touchEnd")
    assert int(page.locator("#zooms .wide").inner_text()[:-2]) > int(zoomed[:-2])
    assert len(desk.entries()) == 1
    page.locator("#zooms .wide").tap()
    assert page.locator("#zooms .wide").inner_text() == zoomed

    x, y = desk.at(*point["xy"])
    goal = desk.at(0.5, 0.5)
    touch("touchStart", (x, y))
    for part in np.linspace(0, 1, 6):
        touch("touchMove", (x + part * (goal[0] - x), y + part * (goal[1] - y)))
    with desk.changing():
        touch("touchEnd")
    assert np.allclose(desk.entries()[0]["xy"], (0.5, 0.5), atol=0.01)


def test_nothing_stands_in_the_way_of_those_who_do_not_see(visit: Callable[..., Visit]) -> None:
    """By axe-core: no finding at all, in every panel, in light and dark."""
    desk = visit()
    page = desk.page
    page.evaluate((files("axe_playwright_python") / "axe.min.js").read_text())
    desk.click(*middle_of(0))
    with desk.changing():
        desk.press("1")
    desk.press("s")
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        for opened in ("#tab-color", "#tab-pictures", "#tab-film"):
            page.locator(opened).click()
            assert findings(page) == []
        page.keyboard.press("?")
        assert findings(page) == []
        page.keyboard.press("Escape")


@pytest.mark.parametrize("kind", ["rotated", "anamorphic", "barred"])
def test_a_mark_is_where_one_clicked(
    visit: Callable[..., Visit], tmp_path: Path, kind: str
) -> None:
    """The color appears around the click, whatever the player does to the picture."""
    film = tmp_path / f"{kind}.mkv"
    x, y = odd_film(film, kind)
    desk = visit(film)
    automatic = desk.frame().astype(float)
    desk.click(x, y)
    desk.page.locator("#hex").fill("blue")
    with desk.changing():
        desk.press("Enter")
    (point,) = desk.entries()
    assert np.allclose(point["xy"], (x, y), atol=0.01)
    change = np.abs(desk.frame() - automatic).sum(2)
    rows, columns = np.nonzero(change > change.max() / 2)
    height, width = change.shape
    assert abs(columns.mean() / width - x) < 0.1
    assert abs(rows.mean() / height - y) < 0.1
    mark = desk.page.locator(".mark .core").bounding_box()
    middle = mark["x"] + mark["width"] / 2, mark["y"] + mark["height"] / 2
    assert np.allclose(middle, desk.at(x, y), atol=2)


def test_a_photograph(visit: Callable[..., Visit], tmp_path: Path, weights: Path) -> None:
    """It has no times, and its job is a moment's."""
    path = tmp_path / "thing.png"
    Image.fromarray(shots()[0]).save(path)
    desk = visit(path)
    page = desk.page
    assert not page.locator("#transport").is_visible()
    automatic = desk.frame()
    desk.click(*middle_of(0))
    assert not page.locator("#reach-row").is_visible()
    with desk.changing():
        desk.press("3")
    assert (desk.frame() != automatic).any()
    (point,) = desk.entries()
    assert point.keys() == {"id", "kind", "xy", "color", "radius", "strength"}
    page.get_by_role("button", name="Colorize").click()
    page.get_by_text("Done: ").wait_for()
    again = tmp_path / "again.png"
    by_hand = [sys.executable, "-m", "vidcolor", "colorize", path, "-o", again]
    subprocess.run([*by_hand, "--weights", weights, "--device", "cpu"], check=True)
    made = path.with_name("thing.color.png")
    assert np.array_equal(*(np.asarray(Image.open(each)) for each in (made, again)))


def test_a_stopped_job_goes_on_without_later_edits(
    visit: Callable[..., Visit], film: Path, weights: Path, tmp_path: Path
) -> None:
    desk = visit(options=("--encoder", "ffv1"))
    page = desk.page
    page.get_by_role("button", name="Colorize").click()
    page.get_by_role("button", name="Stop").click()
    page.get_by_text("Stopped. “Go on” takes it up where it was.").wait_for()
    assert page.get_by_role("button", name="Colorize anew").is_visible()
    desk.click(*middle_of(0))
    with desk.changing():
        desk.press("1")
    page.get_by_text("where it was, without your later edits.").wait_for()
    page.get_by_role("button", name="Go on").click()
    page.get_by_text("You have changed something since.").wait_for()
    automatic, plain = tmp_path / "automatic.mkv", film.with_name("plain.mkv")
    plain.hardlink_to(film)  # of another name, so without these hints
    by_hand = [sys.executable, "-m", "vidcolor", "colorize", plain, "-o", automatic]
    given = ["--weights", weights, "--device", "cpu", "--encoder", "ffv1"]
    subprocess.run([*by_hand, *given], check=True)
    made = planes_of(film.with_name("film.color.mkv"))
    for frame, other in zip(made, planes_of(automatic), strict=True):
        assert all((plane == same).all() for plane, same in zip(frame, other, strict=True))


def test_how_long_a_mark_holds(visit: Callable[..., Visit]) -> None:
    """For its frame, for a span, for the shot: the later frames tell."""
    desk = visit()
    page = desk.page
    automatic = np.split(desk.strip(), 3)  # frames 3, 6 and 9
    desk.click(*middle_of(0))
    with desk.changing():
        desk.press("3")

    def marked() -> list[bool]:
        later = np.split(desk.strip(), 3)
        return [bool((now != was).any()) for now, was in zip(later, automatic, strict=True)]

    assert marked()[:2] == [True, True]
    with desk.changing():
        page.get_by_label("Holds for").select_option("frame")
    assert marked() == [False] * 3
    with desk.changing():
        page.get_by_label("Holds for").select_option("span")
    assert desk.entries()[0]["for"] == "0:00.000..0:01.000"
    assert marked()[:2] == [True, True]
    page.get_by_label("To", exact=True).fill("0:00.2")
    with desk.changing():
        desk.press("Enter")
    assert desk.entries()[0]["for"] == "0:00.000..0:00.2"
    assert marked() == [True, False, False]
    page.get_by_label("To", exact=True).fill("soon")
    desk.press("Enter")
    page.get_by_text("Write times as minutes and seconds").wait_for()
    assert marked() == [True, False, False]


def test_a_mark_keeps_the_color_that_its_place_had_before(visit: Callable[..., Visit]) -> None:
    desk = visit()
    page = desk.page
    automatic = desk.frame()
    desk.click(*middle_of(0))
    assert page.locator("#keep").is_disabled()
    page.locator("#hex").fill("blue")
    with desk.changing():
        desk.press("Enter")
    desk.click(0.25, 0.35)
    with desk.changing():
        page.get_by_role("button", name="Keep its automatic color").click()
    desk.click(0.75, 0.8)
    with desk.changing():
        desk.press("k")
    height, width, _ = automatic.shape
    for mark in desk.entries()[1:]:
        column, row = int(mark["xy"][0] * width), int(mark["xy"][1] * height)
        had = automatic[row - 1 : row + 2, column - 1 : column + 2].mean((0, 1))
        given = [int(mark["color"][place : place + 2], 16) for place in (1, 3, 5)]
        assert np.allclose(given, had, atol=1)


def test_a_color_goes_as_far_as_its_mark_says(visit: Callable[..., Visit]) -> None:
    """A point as far as things are alike, until its slider says less; a region is as it is drawn.

    From the picture's edge, where the ground is: 0.13 of the long side is 12 pixels, and one cell
    of the hints is three.
    """
    desk = visit()
    page = desk.page
    spread = page.get_by_label("Spread")
    automatic = desk.frame()
    size = np.array(automatic.shape[:2])

    def changed() -> np.ndarray:
        # Frames with hints are enlarged another way, by up to three codes.
        return np.abs(desk.frame().astype(int) - automatic).max(2) > 3

    place = 0.9, 0.9
    rows, columns = np.indices(size)
    away = np.hypot(columns - place[0] * size[1], rows - place[1] * size[0]) / size.max()
    desk.click(*place)
    page.locator("#hex").fill("blue")
    with desk.changing():
        desk.press("Enter")
    assert "spread" not in desk.entries()[0]
    free = changed()
    assert free[away > 0.25].any()
    with desk.changing():
        spread.fill("0.36")
    assert desk.entries()[0]["spread"] == 0.13
    assert changed()[away < 0.05].any()
    assert not changed()[away > 0.25].any()
    with desk.changing():
        spread.fill("1")
    assert "spread" not in desk.entries()[0]
    assert (changed() == free).all()
    with desk.changing():
        page.get_by_role("button", name="Delete").click()
    assert not desk.entries()

    desk.press("r")
    for corner in ((0.6, 0.7), (0.9, 0.7), (0.9, 0.9), (0.6, 0.9)):
        page.mouse.click(*desk.at(*corner))
    page.mouse.click(*desk.at(0.6, 0.7))
    page.locator("#hex").fill("blue")
    with desk.changing():
        desk.press("Enter")
    assert desk.entries()[0]["spread"] == 0
    x, y = columns / size[1], rows / size[0]
    assert changed()[(x > 0.65) & (x < 0.85) & (y > 0.75) & (y < 0.85)].any()
    assert not changed()[(x < 0.5) | (y < 0.6)].any()


def test_a_region_drawn_anew_takes_over_half_way(visit: Callable[..., Visit]) -> None:
    desk = visit()
    page = desk.page

    def draw(left: float) -> None:
        for corner in ((left, 0.2), (left + 0.2, 0.2), (left + 0.2, 0.4), (left, 0.4)):
            page.mouse.click(*desk.at(*corner))
        page.mouse.click(*desk.at(left, 0.2))
        page.locator(".suggestion").first.wait_for()

    desk.press("r")
    draw(0.1)
    assert not page.locator("#take-over").is_visible()
    page.locator("#hex").fill("blue")
    with desk.changing():
        desk.press("Enter")
    page.locator("#scrub").fill("8")
    desk.settle()
    draw(0.3)
    with desk.changing():
        page.get_by_role("button", name="Take over from the region at 0:00.00").click()
    first, second = desk.entries()
    assert second["color"] == "blue"
    assert second["at"] == "0.32"
    assert [each["for"] for each in (first, second)] == [
        "0:00.000..0:00.160",
        "0:00.160..0:00.400",
    ]
    assert not page.locator("#take-over").is_visible()

    # Of the two, the one that holds there is taken over from.
    page.locator("#scrub").fill("6")
    desk.settle()
    draw(0.1)
    with desk.changing():
        page.get_by_role("button", name="Take over from the region at 0:00.32").click()
    assert [each["for"] for each in desk.entries()] == [
        "0:00.000..0:00.160",
        "0:00.280..0:00.400",
        "0:00.160..0:00.280",
    ]
    with desk.changing():
        desk.press("Control+z")
    with desk.changing():
        desk.press("Control+z")
    (first,) = desk.entries()
    assert first["for"] == "shot"


def test_a_mask_is_shown_and_nothing_takes_over_from_it(
    visit: Callable[..., Visit], film: Path
) -> None:
    """It has no corners; a region that is drawn beside it works as without it."""
    mask = np.zeros((HEIGHT, WIDTH), np.uint8)
    mask[30:50, 60:90] = 255
    Image.fromarray(mask).save(film.with_name("mask.png"))
    film.with_name("film.hints.toml").write_text(
        'version = 1\n[[region]]\nat = "0"\nmask = "mask.png"\ncolor = "blue"\n'
    )
    desk = visit()
    page = desk.page
    page.locator("#mark-list button").first.click()
    assert page.locator("#chosen-name").text_content() == "Region"
    assert not page.locator("#take-over").is_visible()
    page.locator("#scrub").fill("4")
    desk.settle()
    desk.press("r")
    for corner in ((0.1, 0.2), (0.3, 0.2), (0.3, 0.4), (0.1, 0.4), (0.1, 0.2)):
        page.mouse.click(*desk.at(*corner))
    page.locator(".suggestion").first.wait_for()
    assert not page.locator("#take-over").is_visible()


def test_a_palette(visit: Callable[..., Visit], tmp_path: Path) -> None:
    """Its colours change the film's, as much as its strength says, until it is deleted."""
    desk = visit()
    page = desk.page
    automatic = desk.strip()
    sunset = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    sunset[:] = 230, 90, 20
    Image.fromarray(sunset).save(tmp_path / "sunset.png")
    with desk.changing():
        desk.drop(tmp_path / "sunset.png", "palette")
    page.locator(".picture img").wait_for()
    desk.settle()
    (palette,) = desk.entries()
    assert (palette["kind"], palette["like"]) == ("palette", "film.hints/sunset.png")
    led = desk.strip()
    assert (led != automatic).any()
    with desk.changing():
        page.locator(".picture").get_by_label("Strength").press("Home")
    assert desk.entries()[0]["strength"] == 0
    assert (desk.strip() != led).any()
    with desk.changing():
        page.locator(".picture").get_by_role("button", name="Delete").click()
    assert not desk.entries()
    assert (desk.strip() == automatic).all()


def test_what_the_colors_of_a_reference_go_to(visit: Callable[..., Visit], tmp_path: Path) -> None:
    """A picture that shows something else colours nothing by itself, and everything as a style."""
    desk = visit()
    page = desk.page
    automatic = desk.strip()
    steps = np.arange(WIDTH, dtype=np.uint8) // 12 * 30
    other = np.stack(np.broadcast_arrays(steps, steps[::-1, None][:HEIGHT] // 2, np.uint8(20)), 2)
    Image.fromarray(other).save(tmp_path / "other.png")
    with desk.changing():
        desk.drop(tmp_path / "other.png", "reference")
    choice = page.locator(".picture").get_by_label("Colors go")
    choice.wait_for()
    desk.settle()
    assert "match" not in desk.entries()[0]
    with desk.changing():
        choice.select_option("style")
    desk.settle()
    assert desk.entries()[0]["match"] == "style"
    styled = desk.strip()
    assert (styled != automatic).any()
    with desk.changing():
        choice.select_option("own")
    with desk.changing():
        page.locator(".picture").get_by_label("Leads").select_option("film")
    assert not {"at", "match"} & desk.entries()[0].keys()


def test_errors_are_told_where_they_happen(visit: Callable[..., Visit], tmp_path: Path) -> None:
    desk = visit()
    page = desk.page
    desk.click(*middle_of(0))
    page.locator("#hex").fill("navvy")
    page.keyboard.press("Enter")
    page.locator("#color-notice").get_by_text("navy").wait_for()
    assert not desk.entries()
    (tmp_path / "none.png").write_bytes(b"no picture")
    desk.drop(tmp_path / "none.png", "palette")
    page.locator("#pictures-notice").get_by_text("none.png").wait_for()


def test_a_file_that_others_change_is_taken_in(visit: Callable[..., Visit], film: Path) -> None:
    desk = visit()
    problem = desk.page.locator("#problem")
    file = film.with_name("film.hints.toml")
    x, y = middle_of(0)
    file.write_text(f'version = 1\n[[point]]\nat = "0"\nxy = [{x}, {y}]\ncolor = "tan"\n')
    desk.page.get_by_role("button", name="Point tan", exact=True).wait_for()
    desk.settle()
    file.write_text('version = 1\n[[point]]\nat = "0"\nxy = [2, 0]\ncolor = "tan"\n')
    problem.get_by_text("point 1: xy").wait_for()
    written = file.read_text()
    desk.page.mouse.click(*desk.at(0.8, 0.8))
    desk.page.locator(".suggestion").first.click()
    desk.page.locator("#hints-notice").get_by_text("point 1: xy").wait_for()
    assert file.read_text() == written
    file.write_text("version = 1\n")
    problem.wait_for(state="hidden")


def test_a_studio_that_ended_is_told(browser: Any, film: Path, weights: Path) -> None:
    with studio(film, "--weights", weights, "--device", "cpu") as address:
        desk = Visit(browser.new_page(), address)
        assert not desk.page.get_by_role("alert").is_visible()
    desk.page.get_by_text("vidcolor studio film.mkv").wait_for()
    desk.page.close()


def test_nothing_is_missed_before_the_page_listens(browser: Any, film: Path, weights: Path) -> None:
    """A shot that is open before news of it can be heard is seen to be open."""
    with studio(film, "--weights", weights, "--device", "cpu") as address:
        page = browser.new_page()
        page.route("**/api/events", lambda route: (time.sleep(4), route.continue_()))
        assert Visit(page, address).strip().size
        page.close()


def test_strokes_and_colors_from_everywhere(visit: Callable[..., Visit]) -> None:
    """A stroke is drawn, moved, coloured from plane and picture, copied and deleted."""
    desk = visit()
    page = desk.page

    def drag(*places: tuple[float, float]) -> None:
        page.mouse.move(*desk.at(*places[0]))
        page.mouse.down()
        for place in places[1:]:
            page.mouse.move(*desk.at(*place), steps=5)
        page.mouse.up()

    desk.press("r")
    for place in ((0.6, 0.3), (0.7, 0.3)):
        page.mouse.click(*desk.at(*place))
    assert "closes it" in page.locator("#stage-help").inner_text()
    page.mouse.dblclick(*desk.at(0.7, 0.5))
    page.get_by_text("Region: which color?").wait_for()
    desk.press("Escape")

    desk.press("l")
    drag((0.6, 0.3), (0.7, 0.3), (0.7, 0.5))
    page.locator(".suggestion").first.wait_for()
    with desk.changing():
        desk.press("1")
    (stroke,) = desk.entries()
    assert stroke["kind"] == "stroke"
    assert np.allclose(stroke["path"][-1], (0.7, 0.5), atol=0.02)
    with desk.changing():
        drag((0.7, 0.4), (0.8, 0.4))
    moved = np.array(desk.entries()[0]["path"]) - stroke["path"]
    assert np.allclose(moved, (0.1, 0), atol=0.01)

    with desk.changing():
        page.locator("#plane").click()
    from_plane = desk.entries()[0]["color"]
    assert from_plane != stroke["color"]
    desk.press("e")
    with desk.changing():
        page.mouse.click(*desk.at(*middle_of(0)))
    from_picture = desk.entries()[0]["color"]
    assert from_picture not in (from_plane, stroke["color"])
    page.get_by_role("button", name=f"Use {from_picture} again").wait_for()

    page.get_by_label("Copy to shot").fill("2")
    with desk.changing():
        page.get_by_role("button", name="Copy", exact=True).click()
    _, copied = desk.entries()
    assert float(copied["at"]) == pytest.approx(0.4)
    assert copied["path"] == desk.entries()[0]["path"]
    page.get_by_role("option", name="2 0.4 s 0:00.4").get_by_text("marks").wait_for()
    with desk.changing():
        page.get_by_role("button", name="Delete").click()
    assert [each["id"] for each in desk.entries()] == [copied["id"]]


def tab_to(desk: Visit, selector: str) -> None:
    """Go on with Tab until it has the focus."""
    for _ in range(80):
        desk.page.keyboard.press("Tab")
        if desk.page.evaluate("one => document.activeElement.matches(one)", selector):
            return
    raise AssertionError(f"no Tab leads to {selector}")


def findings(page: Any) -> list[str]:
    """What axe-core has to say."""
    found = page.evaluate("axe.run()")
    assert len(found["passes"]) > 10
    return [f"{each['id']}: {each['nodes'][0]['html']}" for each in found["violations"]]
