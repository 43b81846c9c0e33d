"""The exemplar recipe: matches, what learns, its losses, and how flowers are judged."""

import csv
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from skimage import data as samples
from skimage.color import hsv2rgb
from torch.nn import functional as F

from vidcolor.color.yuv import rgb_to_yuv
from vidcolor.net.checkpoint import Checkpoint
from vidcolor.train.data.pack import pack
from vidcolor.train.data.photographs import Photographs
from vidcolor.train.exemplar.colourists import Colourists
from vidcolor.train.exemplar.fit import Shown, chrominance_loss, perceptual_loss, with_chroma
from vidcolor.train.exemplar.flowers import Flower, Verdict, judge_flower, mean_hue
from vidcolor.train.exemplar.matches import CHANNELS, Pair, Places
from vidcolor.train.exemplar.network import ExemplarNet
from vidcolor.train.exemplar.pairing import middles, neighbours
from vidcolor.train.exemplar.recipe import load_exemplar_recipe
from vidcolor.train.exemplar.similarity import LEVELS, SimilarityNet


@pytest.fixture(scope="module")
def by_luma() -> SimilarityNet:
    torch.manual_seed(0)
    return SimilarityNet(colored=False, classes=2).eval()


def square(picture: np.ndarray, side: int = 64) -> torch.Tensor:
    """The middle of a sample, (1, 3, side, side)."""
    planes = torch.tensor(picture).movedim(2, 0)[None].float() / 255
    edge = min(planes.shape[-2:])
    return F.interpolate(planes[..., :edge, :edge], size=(side, side), mode="area")


def level(random: torch.Generator, count: int = 1) -> list[torch.Tensor]:
    """Features at each level, of pictures of 64 x 64."""
    sides = [32 >> number for number in range(LEVELS)]
    return [torch.randn(count, 8, side, side, generator=random) for side in sides]


def test_a_picture_matches_itself() -> None:
    places = Places.of(level(torch.Generator().manual_seed(0)))[0]
    pair = Pair.of(places, places)
    chroma = torch.randn(2, 16, 16, generator=torch.Generator().manual_seed(1))
    assert torch.equal(pair.carried(chroma), chroma)
    assert torch.equal(pair.there_and_back(chroma), chroma)
    np.testing.assert_allclose(pair.similarities(), 1, atol=1e-5)
    assert pair.told(chroma).shape == (CHANNELS, 16, 16)


def test_matches_are_those_of_all_pairs_compared_one_by_one() -> None:
    random = torch.Generator().manual_seed(0)
    mine, theirs = (Places.of(level(random))[0] for _ in range(2))
    pair, chroma = Pair.of(mine, theirs), torch.randn(2, 16, 16, generator=random)
    carried, again, alike = pair.carried(chroma), pair.there_and_back(chroma), pair.similarities()

    def best(one: Places, place: tuple[int, int], other: Places) -> tuple[int, int]:
        def product(at: tuple[int, int]) -> float:
            levels = zip(one.levels, other.levels, strict=True)
            return sum(float(a[:, *place] @ b[:, *at]) for a, b in levels)

        return max(np.ndindex(16, 16), key=product)

    for place in [(0, 0), (3, 5), (15, 2)]:
        there = best(mine, place, theirs)
        back = best(theirs, there, mine)
        assert torch.equal(carried[:, *place], chroma[:, *there])
        assert torch.equal(again[:, *place], chroma[:, *back])
        for number, (one, other) in enumerate(zip(mine.levels, theirs.levels, strict=True)):
            wanted = one[:, *place] @ other[:, *there], other[:, *there] @ one[:, *back]
            np.testing.assert_allclose(
                alike[2 * number : 2 * number + 2, *place], wanted, atol=1e-5
            )


def test_one_net_sees_luma_and_both_learn_by_head_and_norms(by_luma: SimilarityNet) -> None:
    rgb = square(samples.astronaut())
    grey = rgb_to_yuv(*rgb.split(1, 1))[0].expand_as(rgb)
    torch.testing.assert_close(by_luma(rgb), by_luma(grey), atol=1e-4, rtol=1e-4)
    colored = SimilarityNet(colored=True, classes=2).eval()
    assert (colored(rgb) - colored(grey)).abs().max() > 0.01
    names = {name for name, each in colored.named_parameters() if each.requires_grad}
    assert {"head.weight", "head.bias"} < names
    shapes = [dict(colored.named_parameters())[name].dim() for name in names - {"head.weight"}]
    assert set(shapes) == {1}


def test_without_matches_the_network_is_told_nothing() -> None:
    torch.manual_seed(0)
    luma, told = torch.rand(1, 1, 64, 64), torch.randn(1, CHANNELS, 16, 16)
    net = ExemplarNet().eval()
    assert net(luma, told).shape == (1, 2, 16, 16)
    assert not torch.equal(net(luma, told), net(luma, None))
    assert torch.equal(net(luma, None), net(luma, 0 * told))


@torch.no_grad()
def test_the_losses_are_their_formulas(by_luma: SimilarityNet) -> None:
    torch.manual_seed(0)
    targets, references = square(samples.astronaut()), square(samples.coffee())
    shown, net = Shown(targets, references, by_luma), ExemplarNet().eval()
    told = shown.told_there_and_back()
    made = net(shown.luma, told)
    wanted = float(((made - shown.chroma) ** 2).mean())
    assert float(chrominance_loss(net, shown, told)) == pytest.approx(wanted)
    judge = SimilarityNet(colored=True, classes=2).eval()
    told = shown.told_of_references()
    picture = with_chroma(shown.luma, net(shown.luma, told))
    apart = judge.levels(picture)[-1] - judge.levels(targets)[-1]
    assert float(perceptual_loss(net, shown, told, judge)) == pytest.approx(
        float((apart**2).mean())
    )


def test_of_a_reference_that_is_the_target_all_colours_are_told(by_luma: SimilarityNet) -> None:
    rgb = square(samples.astronaut())
    shown = Shown(rgb, rgb, by_luma)
    np.testing.assert_allclose(shown.told_of_references()[:, :2], shown.chroma, atol=1e-6)


def test_the_upper_bound_has_the_target_for_its_reference(
    by_luma: SimilarityNet, checkpoint: Checkpoint
) -> None:
    torch.manual_seed(0)
    ways = Colourists(checkpoint, by_luma, ExemplarNet().eval(), ExemplarNet().eval())
    target, other = square(samples.astronaut())[0], square(samples.coffee())[0]
    made, itself = ways(target, other), ways(target, target)
    assert torch.equal(made["own colours"], itself["network"])
    assert not torch.equal(made["network"], itself["network"])
    assert torch.equal(made["without matches"], itself["without matches"])
    assert torch.equal(made["automatic"], itself["automatic"])


def flower(petals: float, leaves: float) -> np.ndarray:
    """A disc of one hue in a field of another, in degrees."""
    y, x = np.mgrid[:60, :60] - 30
    hue = np.where(np.hypot(y, x) < 15, petals, leaves) / 360
    return hsv2rgb(np.stack([hue, np.full_like(hue, 0.8), np.full_like(hue, 0.7)], 2))


def test_a_flower_is_found_with_its_leaves() -> None:
    found = Flower.of(flower(350, 110))
    assert found is not None
    assert found.leaves is not None
    assert found.petals.sum() == (found.petals & (np.hypot(*(np.mgrid[:60, :60] - 30)) < 15)).sum()
    assert abs((mean_hue(flower(350, 110), found.petals) - 350 + 180) % 360 - 180) < 1
    assert mean_hue(flower(350, 110), found.leaves) == pytest.approx(110, abs=1)
    assert Flower.of(flower(110, 110)) is None


@pytest.mark.parametrize(
    ("petals", "leaves", "right"),
    [
        (10, 110, (True, True)),
        (50, 110, (False, True)),
        (345, 110, (True, True)),
        (10, 130, (True, False)),
        (10, 98, (True, True)),
    ],
)
def test_a_flower_is_right_within_thirty_degrees_and_leaves_within_fifteen(
    petals: float, leaves: float, right: tuple[bool, bool]
) -> None:
    truth, reference = flower(280, 110), flower(5, 110)
    mine, theirs = Flower.of(truth), Flower.of(reference)
    assert mine is not None
    assert theirs is not None
    verdict = judge_flower(flower(petals, leaves), flower(60, 110), mine, reference, theirs)
    assert verdict == Verdict(*right)
    assert verdict.both is all(right)


@pytest.fixture(scope="module")
def packed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Parts of two samples as two classes, a third of them held out, one nearly twice."""
    raw = tmp_path_factory.mktemp("raw")
    for name, picture in {"flowers": samples.astronaut(), "food": samples.coffee()}.items():
        (raw / name).mkdir()
        for number, (y, x) in enumerate(np.ndindex(4, 4)):
            part = picture[y * 90 : y * 90 + 100, x * 90 : x * 90 + 100]
            # A flower in each, of a hue of its own.
            part = part.copy()
            hue = flower(10 * number, 110)
            part[20:80, 20:80] = (255 * hue).astype(np.uint8) // 2 + part[20:80, 20:80] // 2
            Image.fromarray(part).save(raw / name / f"{number}.png")
    folder = tmp_path_factory.mktemp("packed")
    pack([raw], folder, 0.4)
    return folder


def test_a_neighbour_is_the_most_alike_and_no_copy(packed: Path, by_luma: SimilarityNet) -> None:
    photographs = Photographs(packed)
    indices = np.concatenate([photographs.training, photographs.training[:1]])
    nearest = neighbours(photographs, indices, by_luma, 64, 3)
    assert nearest.shape == (len(indices), 3)
    first, copy = 0, len(indices) - 1
    assert copy not in nearest[first]
    assert first not in nearest[copy]
    means = by_luma.levels(middles(photographs, indices.tolist(), 64))[-1].mean((2, 3)).detach()
    means = F.normalize(means - means.mean(0)).numpy()
    for number, row in enumerate(nearest.tolist()):
        assert number not in row
        products = [means[number] @ means[each] for each in row]
        assert products == sorted(products, reverse=True)


def test_the_command_trains_judges_and_writes(
    vidcolor: Callable, packed: Path, weights: Path, tmp_path: Path
) -> None:
    few = [
        part
        for change in (
            "steps=2", "batch=2", "crop=64", "similarity_steps=1", "similarity_batch=4",
            "nearest=2", "save_every=1", "pairs=2",
        )
        for part in ("--set", change)
    ]  # fmt: skip
    made = tmp_path / "made"
    done = vidcolor("train", "exemplar", "--data", packed, "-o", made, "--weights", weights, *few)
    assert done.code == 0, done.err
    assert {path.name for path in made.iterdir()} >= {
        "similarity-in-luma.safetensors", "similarity-in-colour.safetensors",
        "network.safetensors", "without-matches.safetensors",
        "log.csv", "distributions.png", "pairs.csv", "pairs.png",
    }  # fmt: skip
    log = list(csv.DictReader((made / "log.csv").read_text().splitlines()))
    assert [(row["network"], row["step"]) for row in log] == [
        ("network", "1"), ("network", "2"), ("without matches", "1"), ("without matches", "2"),
    ]  # fmt: skip
    pairs = list(csv.DictReader((made / "pairs.csv").read_text().splitlines()))
    assert len(pairs) == 2
    held_out = set(map(str, Photographs(packed, ["flowers"]).validation))
    assert {row[name] for row in pairs for name in ("target", "reference")} <= held_out
    right = sum(row["matched: flower"] == "True" for row in pairs)
    assert f"matched: of {len(pairs)} flowers {right} are as their reference" in done.out


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("stepz=3", "unknown setting 'stepz'; the nearest is 'steps'"),
        ("crop=8", "'crop' takes a whole number, 64 to 512, not 8"),
    ],
)
def test_wrong_settings_are_one_line(
    vidcolor: Callable, packed: Path, tmp_path: Path, change: str, said: str
) -> None:
    done = vidcolor("train", "exemplar", "--data", packed, "-o", tmp_path, "--set", change)
    assert done.code == 2
    assert said in done.err
    assert len(done.err.splitlines()) == 1


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            "similarity_batch=99",
            "do not fill a batch of 99; pack more, or --set similarity_batch=N",
        ),
        ("classes=['roses']", "has no class 'roses'; the nearest is"),
    ],
)
def test_too_few_photographs_are_one_line(
    vidcolor: Callable, packed: Path, weights: Path, tmp_path: Path, change: str, said: str
) -> None:
    done = vidcolor(
        "train", "exemplar", "--data", packed, "-o", tmp_path, "--weights", weights, "--set", change
    )
    assert done.code == 1
    assert said in done.err
    assert len(done.err.splitlines()) == 1


def test_the_rate_rises_and_stays() -> None:
    recipe = load_exemplar_recipe(changes=["steps=100", "warmup=0.1"])
    assert recipe.rate_at(0) == pytest.approx(1e-5)
    assert recipe.rate_at(5) == pytest.approx((1e-5 + 1e-3) / 2)
    assert recipe.rate_at(10) == recipe.rate_at(99) == pytest.approx(1e-3)
