"""Evaluation by the command line and by function, against figures computed one by one."""

import json
from collections.abc import Callable
from dataclasses import astuple, replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from skimage import data as samples

from vidcolor.color import metrics
from vidcolor.color.yuv import rgb_to_yuv, yuv_to_rgb
from vidcolor.draw.sheet import GROUND, contact_sheet
from vidcolor.net.checkpoint import Checkpoint
from vidcolor.net.decoding import Decoding
from vidcolor.net.predictor import Predictor, resize
from vidcolor.train.data.old_film import old_film
from vidcolor.train.data.pack import pack
from vidcolor.train.data.photographs import Photographs
from vidcolor.train.evaluate.baselines import BASELINES
from vidcolor.train.evaluate.candidates import Candidate, Photograph
from vidcolor.train.evaluate.evaluate import evaluate
from vidcolor.train.evaluate.figures import (
    BinFigures,
    Figures,
    NetworkFigures,
    PictureFigures,
    mean,
)
from vidcolor.train.evaluate.pictures import colorize, from_uint8, predict, to_uint8

SETTINGS = {"accuracy": Decoding(1.0, 0.0, 64), "defaults": Decoding(0.5, 0.25, 64)}


@pytest.fixture(scope="module")
def packed(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Two folders of validation photographs: one of two classes, one of one of these."""
    raw = tmp_path_factory.mktemp("raw")
    packed = []
    for number, pictures in enumerate((
        {"cats/chelsea": samples.chelsea()[:, :300], "food/coffee": samples.coffee()[:300, :300]},
        {"cats/whiskers": samples.chelsea()[100:280, 100:400]},
    )):  # fmt: skip
        for name, picture in pictures.items():
            path = raw / str(number) / f"{name}.png"
            path.parent.mkdir(parents=True)
            Image.fromarray(picture).save(path)
        packed.append(tmp_path_factory.mktemp("packed"))
        pack([raw / str(number)], packed[-1], 1.0)
    return packed


@pytest.fixture
def candidate(checkpoint: Checkpoint) -> Candidate:
    predictor = Predictor(checkpoint.model, checkpoint.bins, torch.device("cpu"), torch.float32)
    return Candidate(predictor, SETTINGS)


@pytest.fixture(scope="module")
def photographs(packed: list[Path]) -> list[Photograph]:
    folders = [Photographs(folder) for folder in packed]
    return [Photograph(folder, int(index)) for folder in folders for index in folder.validation]


def yuv_of(photograph: Photograph) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Y, U and V in double precision."""
    return rgb_to_yuv(*(photograph.pixels.astype(float).transpose(2, 0, 1) / 255))


def carried(y: np.ndarray, u: np.ndarray, v: np.ndarray) -> np.ndarray:
    """(H, W, 3) uint8 RGB with the most of each chroma that fits, found by bisection."""
    least, most = np.zeros_like(y), np.full_like(y, 2)
    for _ in range(20):
        tried = (least + most) / 2
        rgb = np.stack(yuv_to_rgb(y, tried * u, tried * v), 2)
        fits = ((rgb >= -1e-9) & (rgb <= 1 + 1e-9)).all(2)
        least, most = np.where(fits, tried, least), np.where(fits, most, tried)
    least = least.clip(max=1)
    rgb = np.stack(yuv_to_rgb(y, least * u, least * v), 2)
    return (rgb * 255).round().astype(np.uint8)


def nearest(u: np.ndarray, v: np.ndarray, checkpoint: Checkpoint) -> np.ndarray:
    """The bin of each pixel, exactly."""
    centers = checkpoint.bins.centers.numpy()
    return ((np.stack([u, v], -1)[..., None, :] - centers) ** 2).sum(-1).argmin(-1)


def test_baselines_are_what_their_names_say(
    photographs: list[Photograph], candidate: Candidate, checkpoint: Checkpoint
) -> None:
    photograph = photographs[0]
    (figures,) = evaluate([photograph], {"small": candidate}, quiet=True)
    y, u, v = yuv_of(photograph)
    centers = checkpoint.bins.centers.numpy()
    average = (checkpoint.bins.frequencies.numpy()[:, None] * centers).sum(0)
    quantized = centers[nearest(u, v, checkpoint)]
    pictures = {
        "truth": photograph.pixels,
        "grey": carried(y, 0 * u, 0 * v),
        "quantized": carried(y, quantized[..., 0], quantized[..., 1]),
        "mean": carried(y, average[0] + 0 * u, average[1] + 0 * v),
    }
    assert set(figures.baselines) == set(pictures) == set(BASELINES)
    for name, picture in pictures.items():
        row = figures.baselines[name]
        assert row.psnr == pytest.approx(metrics.psnr(photograph.pixels, picture), abs=0.02)
        assert row.ssim == pytest.approx(metrics.ssim(photograph.pixels, picture), abs=1e-3)
        assert row.ciede2000 == pytest.approx(
            metrics.ciede2000(photograph.pixels, picture), abs=0.02
        )
        assert row.colourfulness == pytest.approx(metrics.colourfulness(picture), abs=0.05)
    assert astuple(figures.baselines["truth"])[:5] == (np.inf, 1, 1, 1, 0)
    assert figures.baselines["grey"].colourfulness == 0


def test_balanced_accuracy_weights_pixels_by_the_rarity_of_their_bin(
    photographs: list[Photograph], candidate: Candidate, checkpoint: Checkpoint
) -> None:
    """Over photographs of equal size it is that of all their pixels as one picture."""
    chosen = photographs[:2]
    figures = mean(evaluate(chosen, {"small": candidate}, baselines=["grey"], quiet=True))
    areas, weights = [], []
    for photograph in chosen:
        y, u, v = yuv_of(photograph)
        error = metrics.ab_error(photograph.pixels, carried(y, 0 * u, 0 * v))
        areas.append(1 - error / 150)
        weights.append(1 / checkpoint.bins.frequencies.numpy()[nearest(u, v, checkpoint)])
    wanted = (np.multiply(weights, areas)).sum() / np.sum(weights)
    assert figures.baselines["grey"].balanced_accuracy == pytest.approx(wanted, abs=1e-3)
    assert figures.baselines["grey"].raw_accuracy == pytest.approx(np.mean(areas), abs=1e-3)


def test_the_distribution_is_held_to_the_bins_of_its_cells(
    photographs: list[Photograph], candidate: Candidate, checkpoint: Checkpoint
) -> None:
    """300 x 300 photographs, packed at 256 x 256, are seen at 64 x 64 in cells of 4 x 4."""
    photograph = photographs[1]
    (figures,) = evaluate([photograph], {"small": candidate}, baselines=[], quiet=True)
    planes = (torch.from_numpy(plane)[None, None].float() for plane in yuv_of(photograph))
    y, u, v = (resize(plane, (64, 64)) for plane in planes)
    with torch.inference_mode():
        probabilities = checkpoint.model(y).softmax(1)[0].double().numpy()
    losses, ranks = [], []
    for row, column in np.ndindex(16, 16):
        cell = np.s_[0, 0, 4 * row : 4 * row + 4, 4 * column : 4 * column + 4]
        true = int(nearest(u[cell].mean().numpy(), v[cell].mean().numpy(), checkpoint))
        here = probabilities[:, row, column]
        losses.append(-np.log(here[true]))
        ranks.append((here > here[true]).sum())
    measured = figures.networks["small"].bins
    assert measured.cross_entropy == pytest.approx(np.mean(losses), abs=0.02)
    assert measured.top1 == pytest.approx(np.mean(np.array(ranks) < 1), abs=0.01)
    assert measured.top5 == pytest.approx(np.mean(np.array(ranks) < 5), abs=0.01)


def test_a_photograph_s_figures_do_not_depend_on_its_company(
    photographs: list[Photograph], candidate: Candidate
) -> None:
    """And they come in the order of the photographs, whatever their shapes."""
    order = [photographs[place] for place in (1, 2, 0)]
    together = evaluate(order, {"small": candidate}, quiet=True)
    for photograph, figures in zip(order, together, strict=True):
        (alone,) = evaluate([photograph], {"small": candidate}, quiet=True)
        for name in SETTINGS:
            pair = (row.networks["small"].pictures[name] for row in (figures, alone))
            one, other = map(astuple, pair)
            assert one == pytest.approx(other, rel=1e-3)
        assert figures.baselines == alone.baselines


def test_a_mean_is_over_photographs_but_balanced_by_rarity() -> None:
    def figures(rarity: float, value: float) -> Figures:
        picture = PictureFigures(*[value] * 6)
        network = NetworkFigures(BinFigures(*[value] * 3), {"accuracy": picture})
        return Figures(rarity, {"grey": picture}, {"some": network})

    total = mean([figures(3.0, 1.0), figures(1.0, 2.0)])
    assert total.rarity == 2
    for picture in (total.baselines["grey"], total.networks["some"].pictures["accuracy"]):
        assert astuple(picture) == (1.5, 1.5, 1.5, 1.25, 1.5, 1.5)
    assert astuple(total.networks["some"].bins) == (1.5, 1.5, 1.5)


def test_unrest_is_over_the_flat_squares_of_all_photographs() -> None:
    def figures(true: tuple[float, ...], made: tuple[float, ...]) -> Figures:
        return Figures(1.0, {}, {}, {"truth": true, "some accuracy": made})

    parts = [figures((1.0, 3.0), (2.0, 2.0)), figures((), ()), figures((8.0,), (2.0,))]
    found = mean(parts).unrest["some accuracy"]
    assert found is not None
    assert (found.mean, found.top) == (0.5, pytest.approx(2 / np.percentile([1, 3, 8], 95)))
    assert parts[1].unrest == mean([parts[1], figures((0.0,), (2.0,))]).unrest
    assert parts[1].unrest == {"some accuracy": None}


def test_pooling_and_saturation_are_part_of_a_setting(
    photographs: list[Photograph], checkpoint: Checkpoint
) -> None:
    """Pooling makes flat places calmer; twice the saturation is about twice as colourful."""
    predictor = Predictor(checkpoint.model, checkpoint.bins, torch.device("cpu"), torch.float32)
    plain = Decoding(0.5, 0.25, 64, saturation=0.4)
    settings = {
        "plain": plain,
        "pooled": replace(plain, pool=True),
        "vivid": replace(plain, saturation=0.8),
    }
    figures = mean(evaluate(photographs, {"": Candidate(predictor, settings)}, quiet=True))
    plain_unrest, pooled, vivid = (figures.unrest[f" {name}"] for name in settings)
    assert pooled.mean < 0.7 * plain_unrest.mean
    assert vivid.mean > 1.5 * plain_unrest.mean
    colour = {name: row.colourfulness for name, row in figures.networks[""].pictures.items()}
    assert colour["vivid"] > 1.5 * colour["plain"]
    own = Candidate.of(replace(checkpoint, decoding=settings["pooled"]), torch.device("cpu"))
    assert own.settings == {"accuracy": Decoding(1.0, 0.0, 64), "defaults": settings["pooled"]}


def place_of(picture: np.ndarray, sheet: np.ndarray) -> tuple[int, int]:
    """(top, left) of where `picture` stands on `sheet`, pixel for pixel."""
    height, width = picture.shape[:2]
    for top, left in np.argwhere((sheet == picture[0, 0]).all(2)):
        if np.array_equal(sheet[top : top + height, left : left + width], picture):
            return int(top), int(left)
    raise AssertionError("it is not there")


@pytest.fixture
def run(vidcolor: Callable, packed: list[Path], weights: Path) -> Callable:
    """Runs `vidcolor train evaluate` with the small weights on both folders."""

    def run(*arguments: object) -> str:
        folders = [part for folder in packed for part in ("--data", folder)]
        done = vidcolor("train", "evaluate", "--weights", weights, *folders, *arguments)
        assert done.code == 0, done.err
        return done.out

    return run


def test_several_weights_and_folders_side_by_side(
    run: Callable, checkpoint: Checkpoint, weights: Path
) -> None:
    other = weights.with_name("other.safetensors")
    checkpoint.save(other)
    said = json.loads(run("--weights", other, "--per-class", "--json"))
    assert said["photographs"] == 3
    assert list(said["networks"]) == [str(weights), str(other)]
    assert said["networks"][str(weights)] == said["networks"][str(other)]
    assert said["baselines"]["truth"]["psnr"] is None
    assert {name: row["photographs"] for name, row in said["classes"].items()} == {
        "cats": 2, "food": 1,
    }  # fmt: skip
    parts = [said["classes"][label]["baselines"]["grey"]["psnr"] for label in ("cats", "food")]
    assert said["baselines"]["grey"]["psnr"] == pytest.approx((2 * parts[0] + parts[1]) / 3)


def test_every_second_photograph_of_each_folder(
    run: Callable, photographs: list[Photograph], candidate: Candidate
) -> None:
    said = json.loads(run("--every", 2, "--json"))
    measured = mean(evaluate([photographs[0], photographs[2]], {"small": candidate}))
    assert said["photographs"] == 2
    assert said["baselines"]["grey"]["psnr"] == pytest.approx(measured.baselines["grey"].psnr)


def test_the_tables_hold_the_figures(run: Callable, weights: Path) -> None:
    said = json.loads(run("--per-class", "--json"))
    first, *lines = run("--per-class").splitlines()
    assert first == "3 photographs"
    rows = {" ".join(line.split()[:-6]): line.split()[-6:] for line in lines}
    network = said["networks"][str(weights)]
    named = said["baselines"] | {
        f"{weights} {setting}": figures for setting, figures in network["pictures"].items()
    }
    places = (2, 3, 4, 4, 2, 1)
    for name, figures in named.items():
        for text, value, digits in zip(rows[name], figures.values(), places, strict=True):
            assert float(text) == (np.inf if value is None else round(value, digits))
    bins = network["bins"]
    wanted = [
        f"{bins['cross_entropy']:.3f}",
        *(f"{bins[top]:.1%}"[:-1] for top in ("top1", "top5")),
    ]
    assert [str(weights), *wanted] in [line.split() for line in lines]

    (cats,) = (line.split() for line in lines if line.startswith("cats"))
    of_cats = said["classes"]["cats"]
    pictures = of_cats["networks"][str(weights)]["pictures"].values()
    wanted = [of_cats["baselines"]["grey"]["psnr"], *(row["psnr"] for row in pictures)]
    assert cats[:5] == ["cats", "2", *(f"{value:.2f}" for value in wanted)]
    assert cats[8] == f"{of_cats['baselines']['truth']['colourfulness']:.1f}"

    for name, unrest in said["unrest"].items():
        wanted = [f"{unrest[part]:.2f}" for part in ("mean", "top")]
        assert [*name.split(), *wanted] in [line.split() for line in lines]
    calm = [of_cats["unrest"][f"{weights} {name}"] for name in ("accuracy", "defaults")]
    assert cats[11:] == [f"{unrest[part]:.2f}" for part in ("mean", "top") for unrest in calm]


def test_the_sheet_shows_grey_coloured_and_true(
    run: Callable, vidcolor: Callable, packed: list[Path], tmp_path: Path
) -> None:
    sheet = tmp_path / "sheet.png"
    run("--sheet", sheet)
    with Image.open(sheet) as image:
        pixels = np.asarray(image)
    grey, colored, _ = np.array_split(pixels, 3)
    assert np.ptp(grey, axis=2).max() == 0
    assert np.ptp(colored, axis=2).max() > 0
    for folder in map(Photographs, packed):
        for index in folder.validation:
            assert place_of(folder[index], pixels)[0] > len(grey) + len(colored)

    again = vidcolor("train", "evaluate", "--data", packed[0], "--sheet", sheet)
    assert (again.code, "--overwrite replaces it" in again.err) == (2, True)


def test_a_contact_sheet_holds_every_picture_as_it_is() -> None:
    random = np.random.default_rng(0)
    pictures = [
        random.integers(0, 256, (*size, 3), dtype=np.uint8)
        for size in ((20, 30), (50, 90), (40, 10), (30, 30))
    ]
    first, second, third, fourth = ((picture, "") for picture in pictures)
    sheet = contact_sheet([[first, second], [third, fourth]])
    corners = [place_of(picture, sheet) for picture in pictures]
    assert corners[0][0] + 20 == corners[1][0] + 50 < corners[2][0]
    assert corners[0][1] + 15 == corners[2][1] + 5 < corners[1][1]
    assert corners[1][1] + 45 == corners[3][1] + 15

    captioned = contact_sheet([[first, second], [(pictures[2], "wider than it"), fourth]])
    assert captioned.shape[0] == sheet.shape[0]
    assert captioned.shape[1] > sheet.shape[1]
    for picture in pictures:
        place_of(picture, captioned)
    empty = [(sheets == GROUND).all(2).sum() for sheets in (sheet, captioned)]
    area = [picture[..., 0].size for picture in pictures]
    assert empty[0] == sheet[..., 0].size - sum(area)
    assert empty[1] < captioned[..., 0].size - sum(area)


def test_evaluation_needs_a_validation_split(vidcolor: Callable, tmp_path: Path) -> None:
    (tmp_path / "raw/cats").mkdir(parents=True)
    Image.fromarray(samples.chelsea()).save(tmp_path / "raw/cats/chelsea.png")
    pack([tmp_path / "raw"], tmp_path / "packed", 0.0)
    done = vidcolor("train", "evaluate", "--data", tmp_path / "packed")
    assert (done.code, done.out) == (1, "")
    assert "no validation photographs; pack with --validation-share" in done.err


def test_networks_may_be_shown_old_prints(
    photographs: list[Photograph], candidate: Candidate
) -> None:
    """Then only what networks make differs, and the same on every call."""
    clean, aged, again = (
        evaluate(photographs, {"small": candidate}, aged=old, quiet=True)
        for old in (False, True, True)
    )
    assert aged == again
    for before, after in zip(clean, aged, strict=True):
        assert before.baselines == after.baselines
        assert before.networks["small"] != after.networks["small"]
    picture = from_uint8(photographs[0].pixels[None])
    luma = rgb_to_yuv(*picture.split(1, 1))[0]
    aged_print = old_film(picture, torch.Generator().manual_seed(0))
    made = predict(candidate.predictor, aged_print, SETTINGS["defaults"].working_size)
    (expected,) = to_uint8(colorize(candidate.predictor, made, luma, SETTINGS["defaults"]))
    psnr = aged[0].networks["small"].pictures["defaults"].psnr
    assert psnr == pytest.approx(metrics.psnr(photographs[0].pixels, expected), abs=0.01)
