"""Photographs to be judged, judges who are simulated, and sittings without a browser."""

from pathlib import Path

import numpy as np
from PIL import Image
from scipy.special import expit

from vidcolor.color.yuv import yuv_to_rgb
from vidcolor.sitting.bootstrap import Tally
from vidcolor.sitting.results import FORMAT, Beginning, Judgement, add, begin
from vidcolor.sitting.schedule import schedule
from vidcolor.sitting.study import Ask, Study

RED, BLUE = (-0.08, 0.12), (0.12, -0.06)
"""U and V of truths, and of what is made of them."""


def photograph(seed: int, uv: tuple[float, float], size: tuple[int, int] = (96, 64)) -> np.ndarray:
    """Of a texture that the seed decides, in one colour: (H, W, 3) uint8."""
    width, height = size
    rng = np.random.default_rng(seed)
    coarse = Image.fromarray(rng.integers(80, 180, (6, 8), np.uint8))
    luma = np.asarray(coarse.resize(size, Image.Resampling.BICUBIC), np.float32) / 255
    rgb = np.stack(yuv_to_rgb(luma, np.full((height, width), uv[0]), np.full_like(luma, uv[1])), 2)
    return (255 * rgb).round().clip(0, 255).astype(np.uint8)


def write_photographs(
    folder: Path, names: list[str], uv: tuple[float, float], suffix: str = ".png"
) -> Path:
    """Write a photograph for each of the names; those of one place in the list look alike."""
    for seed, name in enumerate(names):
        path = folder / (name + suffix)
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(photograph(seed, uv)).save(path)
    return folder


def simulated(
    seed: int,
    judges: int,
    pictures: int,
    *,
    center: float = -1.5,
    by_judge: float = 0.5,
    by_picture: float = 0.8,
) -> Tally:
    """All judges on all pictures, with effects of both on the logit of being fooled.

    center: the logit's mean. by_judge, by_picture: its standard deviations.
    """
    rng = np.random.default_rng(seed)
    logits = center + rng.normal(0, by_judge, (judges, 1)) + rng.normal(0, by_picture, pictures)
    fooled = rng.random(logits.shape) < expit(logits)
    return Tally(fooled.astype(float), np.ones_like(logits))


def true_share(center: float = -1.5, by_judge: float = 0.5, by_picture: float = 0.8) -> float:
    """How often all such judges are fooled by all such pictures, by Gauss-Hermite quadrature."""
    places, weights = np.polynomial.hermite_e.hermegauss(60)
    logits = center + np.hypot(by_judge, by_picture) * places
    return float((expit(logits) * weights).sum() / weights.sum())


def sit(
    folder: Path,
    judge: str,
    study: Study,
    *,
    number: int = 0,
    fooled: set[tuple[str, str]] = frozenset(),  # type: ignore[assignment]
    late: frozenset[int] = frozenset(),
    count: int | None = None,
) -> Path:
    """Write a sitting: who judges is fooled by these (picture, source) alone.

    late: the places of trials that came late. count: of the trials that are judged.
    """
    folder.mkdir(exist_ok=True)
    beginning = Beginning(
        FORMAT, judge, number, 7, "2026-01-01T00:00:00+00:00", "0", study.ask, study.side_by_side,
        1.0, list(study.sources), list(study.truths),
    )  # fmt: skip
    path = begin(folder, beginning)
    for at, trial in enumerate(schedule(study, number, beginning.seed)[:count]):
        is_fooled = (trial.picture, trial.source) in fooled
        alone = study.ask is Ask.NATURAL
        chosen = int(is_fooled) if alone else int(is_fooled != (trial.truth_at == 1))
        is_late = at in late
        add(
            path,
            Judgement(
                at, trial.part, trial.picture, trial.picture.split("/")[0], trial.source,
                trial.truth_at, ["a.png"] if alone else ["a.png", "b.png"], [1.0], is_late,
                None if is_late else chosen, None if is_late else is_fooled,
                None if is_late else 0.5,
            ),
        )  # fmt: skip
    return path
