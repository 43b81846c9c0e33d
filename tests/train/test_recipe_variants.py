"""Settings of a recipe that change what is taught, each trained for some steps and used."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from skimage import data as samples

from vidcolor.color.yuv import rgb_to_yuv
from vidcolor.errors import TrainingError, UsageError
from vidcolor.net.checkpoint import load
from vidcolor.net.device import resolve_device
from vidcolor.train.data.photographs import Photographs
from vidcolor.train.evaluate.candidates import Candidate, seer
from vidcolor.train.evaluate.namer import Namer
from vidcolor.train.evaluate.pictures import luma_of
from vidcolor.train.fit.loop import fit
from vidcolor.train.fit.recipe import load_recipe
from vidcolor.train.fit.trainer import Trainer
from vidcolor.train.targets.spaces import SPACES

CPU = torch.device("cpu")
TINY = [
    "stem=4", "down=[4, 8]", "bottleneck=8", "up=[8]", "bins=9", "batch=4", "crop=32",
    "final_crop=32", "precision=fp32", "steps=48", "save_every=24", "working_size=64",
    "learning_rate=0.02", "averaging=0.8",
]  # fmt: skip
DISTRIBUTIONS = {
    "lab": ["space=lab"],
    "rgb": ["space=rgb", "soft_bins=3"],
    "bicone": ["space=bicone", "smooth_frequencies=true", "rebalance_mix=0.5"],
    "independent pairs": ["pairs=independent"],
    "chained pairs": ["space=bicone", "pairs=chained"],
    "hypercolumn": ["hypercolumn=8"],
    "critic": ["adversarial=0.1", "whole=0.5"],
    "second task": ["class_weight=0.1", 'unclassed=["sky"]', "cards=0.2"],
    "kernels": ["middle_kernel=5"],
    "crops in the middle": ["random_crops=0.0"],
}
NAMES = {
    "l1": ["head=regression", "loss=l1"],
    "l2 in Lab": ["head=regression", "loss=l2", "space=lab"],
    "huber in RGB": ["head=regression", "loss=huber", "space=rgb", "adversarial=0.05"],
    "bicone": ["head=regression", "loss=l2", "space=bicone", "whole=0.5"],
}


def trained(packed: Path, run: Path, changes: list[str]) -> list[float]:
    """Train; return the losses in the log."""
    fit(load_recipe("quick", [*TINY, *changes]), Photographs(packed), run, CPU)
    return [json.loads(line)["loss"] for line in (run / "log.jsonl").read_text().splitlines()]


@pytest.mark.parametrize("name", DISTRIBUTIONS)
def test_a_distribution_over_centres_runs_as_any_other(
    packed: Path, tmp_path: Path, vidcolor: Callable, name: str
) -> None:
    first, last = trained(packed, tmp_path / "run", DISTRIBUTIONS[name])
    assert last < first
    weights = tmp_path / "run/weights.safetensors"
    checkpoint = load(weights)
    assert len(checkpoint.bins) == 9
    Image.fromarray(samples.coffee()[:120, :160]).save(tmp_path / "grey.png")
    done = vidcolor("colorize", tmp_path / "grey.png", "--weights", weights)
    assert done.code == 0, done.err


@pytest.mark.parametrize("name", NAMES)
def test_a_network_that_names_colours_is_measured_and_nothing_else(
    packed: Path, tmp_path: Path, vidcolor: Callable, name: str
) -> None:
    first, last = trained(packed, tmp_path / "run", NAMES[name])
    assert last < first
    weights = tmp_path / "run/weights.safetensors"
    done = vidcolor("train", "evaluate", "--weights", weights, "--data", packed, "--json")
    assert done.code == 0, done.err
    (network,) = json.loads(done.out)["networks"].values()
    assert network["bins"] is None
    assert network["pictures"]["accuracy"]["psnr"] > 10
    Image.fromarray(samples.coffee()[:120, :160]).save(tmp_path / "grey.png")
    done = vidcolor("colorize", tmp_path / "grey.png", "--weights", weights)
    assert (done.code, done.err.count("\n")) == (1, 1)
    assert "'vidcolor train evaluate' alone" in done.err
    done = vidcolor(
        "train", "evaluate", "--weights", weights, "--data", packed, "--suggestions", "--json"
    )
    assert (done.code, "leave --reveal and --suggestions out" in done.err) == (1, True)


def test_named_coordinates_become_the_chroma_of_their_space(packed: Path, tmp_path: Path) -> None:
    """Of one cell after the other, with the luma of the cell."""
    trained(packed, tmp_path / "run", NAMES["l2 in Lab"])
    checkpoint = load(tmp_path / "run/weights.safetensors", may_name=True)
    namer = seer(checkpoint, CPU)
    assert isinstance(namer, Namer)
    luma = luma_of(samples.coffee()[:32, :48].copy())
    said = checkpoint.model(luma).detach().tanh() * 110
    made = namer.named(luma)
    for y, x in np.ndindex(*made.shape[-2:]):
        cell = luma[..., 4 * y : 4 * y + 4, 4 * x : 4 * x + 4].mean().reshape(1, 1, 1, 1)
        uv = SPACES["lab"].chroma(said[:, :, y : y + 1, x : x + 1], cell)
        torch.testing.assert_close(made[0, :, y, x], uv.flatten(), atol=1e-4, rtol=0)


@pytest.mark.parametrize("name", ["critic", "second task", "chained pairs", "crops in the middle"])
def test_an_interrupted_run_resumes_to_the_same_weights(
    packed: Path, tmp_path: Path, name: str
) -> None:
    recipe = load_recipe("quick", [*TINY, *DISTRIBUTIONS[name]])
    photographs = Photographs(packed)
    fit(recipe, photographs, tmp_path / "whole", CPU)

    def interrupt(figures: dict[str, object]) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fit(recipe, photographs, tmp_path / "halted", CPU, report=interrupt)
    fit(recipe, photographs, tmp_path / "halted", CPU, resume=True)
    one, other = (load(tmp_path / run / "weights.safetensors") for run in ("whole", "halted"))
    assert one.sha256 == other.sha256


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        (["loss=l1"], "head 'bins' does not fit loss 'l1'; it takes cross-entropy"),
        (["head=regression"], "head 'regression' does not fit loss 'cross-entropy'; it takes l1"),
        (["head=regression", "loss=l2", "soft_bins=3"], "soft_bins: of bins alone"),
        (["pairs=chained", "bins=8"], "bins: 8 is no square number"),
        (["pairs=chained", "space=rgb"], "pairs: the space 'rgb' has three axes"),
        (["pairs=chained", "soft_bins=2"], "soft_bins: not with pairs"),
        (["middle_kernel=4"], "middle_kernel: 4 is even"),
    ],
)
def test_settings_that_do_not_fit_are_wrong_usage(changes: list[str], fault: str) -> None:
    with pytest.raises(UsageError, match=f"^quick: {fault}"):
        load_recipe("quick", [*TINY, *changes])


def test_classes_of_other_spaces_begin_from_nothing(packed: Path, tmp_path: Path) -> None:
    trained(packed, tmp_path / "run", [])
    initial = load(tmp_path / "run/weights.safetensors")
    recipe = load_recipe("quick", [*TINY, "space=lab"])
    with pytest.raises(TrainingError, match="--init takes classes from the weights"):
        Trainer(recipe, Photographs(packed), CPU, initial=initial)
    recipe = load_recipe("quick", [*TINY, "class_weight=1", 'unclassed=["skies"]'])
    with pytest.raises(TrainingError, match="no class is 'skies'; the nearest is 'sky'"):
        Trainer(recipe, Photographs(packed), CPU)


def test_fewer_photographs_are_evenly_spaced(packed: Path) -> None:
    everything = Photographs(packed).training
    chosen = Photographs(packed, most=4).training
    assert [everything.tolist().index(each) for each in chosen] == [
        place * len(everything) // 4 for place in range(4)
    ]


def test_pictures_of_other_programs_enter_the_tables(
    packed: Path, tmp_path: Path, vidcolor: Callable
) -> None:
    """Those that one's own weights make measure as these do, whatever luma and format they have."""
    trained(packed, tmp_path / "run", [])
    weights = tmp_path / "run/weights.safetensors"
    given = ["train", "evaluate", "--weights", weights, "--data", packed]
    done = vidcolor(*given, "--write-greys", tmp_path / "greys")
    assert done.code == 0, done.err
    candidate = Candidate.of(load(weights), resolve_device("cpu"))
    folder = Photographs(packed)
    (tmp_path / "theirs").mkdir()
    for path in sorted((tmp_path / "greys").iterdir()):
        grey = np.asarray(Image.open(path))
        assert np.ptp(grey, axis=2).max() == 0
        photograph = folder[int(path.stem.rpartition("-")[2])]
        luma = rgb_to_yuv(*photograph.astype(float).transpose(2, 0, 1))[0]
        assert np.abs(grey[..., 0] - luma).max() <= 0.51
        made = candidate_picture(candidate, photograph)
        Image.fromarray(made).save(tmp_path / "theirs" / f"{path.stem}.bmp")

    given += ["--outputs", f"other={tmp_path}/theirs"]
    done = vidcolor(*given, "--json", "--sheet", tmp_path / "sheet.png")
    assert done.code == 0, done.err
    said = json.loads(done.out)
    ours = said["networks"][str(weights)]["pictures"]["defaults"]
    theirs = said["networks"]["other"]["pictures"]["given"]
    assert theirs["psnr"] == pytest.approx(ours["psnr"], abs=0.1)
    assert theirs["colourfulness"] == pytest.approx(ours["colourfulness"], abs=0.5)
    assert said["luma_errors"]["other"] < 0.5
    text = vidcolor(*given, "--per-class").out
    assert "other given" in text
    assert "it was off by" in text

    first = min((tmp_path / "theirs").iterdir())
    Image.fromarray(np.zeros((8, 9, 3), np.uint8)).save(first)
    done = vidcolor(*given)
    assert (done.code, f"{first.name}: 9 x 8 pixels; the photograph has" in done.err) == (1, True)
    first.write_bytes(b"no picture")
    assert f"{first.name}: not a readable picture" in vidcolor(*given).err
    first.unlink()
    done = vidcolor(*given)
    assert (done.code, f"has no picture named {first.stem}" in done.err) == (1, True)
    for wrong, remedy in (("x", "is not NAME=FOLDER"), ("x=nowhere", "nowhere: no such folder")):
        done = vidcolor(*given, "--outputs", wrong)
        assert (done.code, remedy in done.err) == (2, True)


def candidate_picture(candidate: Candidate, photograph: np.ndarray) -> np.ndarray:
    """Return a photograph in the weights' default colours."""

    class Alone:
        pixels = photograph

    return candidate.pictures(Alone())["defaults"]  # type: ignore[arg-type]


def test_evaluate_needs_names_of_its_own(packed: Path, vidcolor: Callable) -> None:
    twice = ["train", "evaluate", "--data", packed, "--data", packed]
    done = vidcolor(*twice, "--write-greys", "greys")
    assert (done.code, "two folders have the same name" in done.err) == (2, True)
