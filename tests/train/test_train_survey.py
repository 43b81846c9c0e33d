"""Surveys: their files, statistics against closed forms, and a small one from end to end."""

import csv
from collections.abc import Callable
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from vidcolor.errors import UsageError
from vidcolor.train.survey.plan import MOST, load_plan
from vidcolor.train.survey.statistics import bootstrap, holm

SMALL = """
question = "Which head?"
base = "quick"
steps = 12
trial = 0.5
seeds = [0, 1]
photographs = 4
classify = false

[settings]
stem = 4
down = [4, 8]
bottleneck = 8
up = [8]
bins = 8
batch = 4
crop = 32
final_crop = 32
precision = "fp32"
working_size = 64
averaging = 0.5

[variants.bins]

[variants."named colours"]
head = "regression"
loss = "l2"
"""


@pytest.fixture
def plan(tmp_path: Path) -> Path:
    """The file of a small survey."""
    path = tmp_path / "small.toml"
    path.write_text(SMALL)
    return path


def test_the_interval_of_a_mean() -> None:
    """Normal values: the mean ± 1.96 σ / √n, and the chance that it is beyond 0."""
    values = np.random.default_rng(3).normal(0.2, 1, (1, 400))
    values = 0.2 + (values - values.mean()) / values.std()
    found = bootstrap(values)
    assert found.mean == pytest.approx(0.2)
    assert (found.low, found.high) == (
        pytest.approx(0.2 - 1.96 / 20, abs=0.01),
        pytest.approx(0.2 + 1.96 / 20, abs=0.01),
    )
    assert found.p < 0.002
    assert bootstrap(values - 0.2).p > 0.8


def test_seeds_that_differ_widen_the_interval() -> None:
    """With two seeds of -1 and 1, a quarter of the samples has either one alone."""
    values = np.stack([np.full(50, -1.0), np.full(50, 1.0)])
    found = bootstrap(values)
    assert (found.mean, found.low, found.high) == (0, -1, 1)


def test_holm_by_hand() -> None:
    adjusted = holm({"a": 0.04, "b": 0.01, "c": 0.03, "d": 0.6})
    assert adjusted == pytest.approx({"b": 0.04, "c": 0.09, "a": 0.09, "d": 0.6})
    assert list(adjusted) == ["a", "b", "c", "d"]


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("trial = 0.5", "trail = 0.5", "unknown key 'trail'; the nearest is 'trial'"),
        ("bins = 8", "binz = 8", "settings: unknown setting 'binz'; the nearest is 'bins'"),
        ('loss = "l2"', 'los = "l2"', "unknown setting 'los'; the nearest is 'loss'"),
        ('loss = "l2"', "", "variant named colours: head 'regression' does not fit loss"),
        ("steps = 12", "", "needs a budget: give steps or seconds"),
        ("steps = 12", "steps = 12\nseconds = 3", "needs a budget: give steps or seconds"),
        ("steps = 12", "steps = 'many'", "'steps' takes a whole number, 1 or more, not 'many'"),
        ("seeds = [0, 1]", "seeds = []", "'seeds' is missing"),
        ("seeds = [0, 1]", "seeds = [-1]", "'seeds' takes a list, each a whole number, 0 to"),
        ("photographs = 4", "photographs = 1", "'photographs' takes a whole number, 2 or more"),
        ('base = "quick"', 'base = "quack"', "quack: no such recipe"),
        ("[variants.bins]", "[variants.'../bins']", "can't be a variant's name"),
        ("photographs = 4", "reference = 'bin'", "no variant 'bin'; the nearest is 'bins'"),
        ("[variants.bins]", "[variants.bins", "not a readable TOML file"),
    ],
)
def test_a_bad_survey_is_one_line(
    plan: Path, packed: Path, tmp_path: Path, vidcolor: Callable, old: str, new: str, fault: str
) -> None:
    plan.write_text(SMALL.replace(old, new))
    done = vidcolor("train", "survey", plan, "--data", packed, "-o", tmp_path / "out")
    assert (done.code, done.err.count("\n")) == (2, 1)
    assert fault in done.err
    assert not (tmp_path / "out").exists()


def test_bundled_surveys_name_at_most_24_trainings() -> None:
    with pytest.raises(UsageError, match=r"no such survey; give a .toml file or one of: .*spaces"):
        load_plan("nothing")
    folder = Path(__file__).parents[2] / "train/surveys"
    plans = [load_plan(path.stem) for path in sorted(folder.glob("*.toml"))]
    assert {each.name for each in plans} == {
        "augmentation", "capacity", "heads", "losses", "spaces", "variety"
    }  # fmt: skip
    assert len({each.digest(name) for each in plans for name in each.variants}) <= MOST
    assert len({(each.base, each.steps, each.seeds) for each in plans}) == 1


def rows(path: Path) -> list[dict[str, str]]:
    with path.open() as file:
        return list(csv.DictReader(file))


def test_a_survey_goes_on_from_its_rows_to_a_report(
    plan: Path, packed: Path, tmp_path: Path, vidcolor: Callable
) -> None:
    out = tmp_path / "out"
    command = ["train", "survey", plan, "--data", packed, "-o", out, "--device", "cpu"]
    done = vidcolor(*command)
    assert done.code == 0, done.err
    assert done.out.strip() == str(out / "small.html")
    runs = rows(out / "runs.csv")
    names = ("bins", "named colours")
    assert [(row["variant"], row["seed"]) for row in runs] == [*product(names, "01")]
    trials = rows(out / "trials.csv")
    for name in names:
        tried = {row["rate"]: float(row["loss"]) for row in trials if row["variant"] == name}
        assert len(tried) == 3
        best = min(tried, key=lambda rate: tried[rate])
        assert {row["learning_rate"] for row in runs if row["variant"] == name} == {best}
    assert all(row["cross_entropy"] for row in runs if row["variant"] == "bins")
    assert not any(row["cross_entropy"] for row in runs if row["variant"] != "bins")
    for row in runs:
        shown = [
            float(each["mean_psnr"])
            for each in rows(out / "photographs.csv")
            if (each["settings"], each["seed"]) == (row["settings"], row["seed"])
        ]
        assert np.mean(shown) == pytest.approx(float(row["mean_psnr"]), rel=1e-4)
    curves = rows(out / "curves.csv")
    assert [row["step"] for row in curves] == ["12"] * 4
    page = (out / "small.html").read_text()
    assert "Which head?" in page
    for name in ("small.png", "small.chart.png"):
        with Image.open(out / name) as picture:
            assert picture.width > 300
    table = rows(out / "small.csv")
    above = [float(row["mean_psnr"]) > float(row["grey_psnr"]) for row in runs]
    assert ("Undecided: not above grey" in page) is not all(above)
    assert {row["decided"] for row in table} == {str(all(above))}
    assert [(row["variant"], row["decoded"]) for row in table] == [
        (name, way) for way in ("mean", "chosen") for name in names
    ]

    # On another machine there are no weights, and the last run is still to be done.
    lines = (out / "runs.csv").read_text().splitlines(keepends=True)
    (out / "runs.csv").write_text("".join(lines[:-1]))
    for folder in (out / "runs").iterdir():
        for file in sorted(folder.rglob("*"), reverse=True):
            file.unlink() if file.is_file() else file.rmdir()
    assert vidcolor(*command).code == 0
    again = rows(out / "runs.csv")
    timed = {"step_ms", "memory_mb", "inference_ms"}
    for before, after in zip(runs, again, strict=True):
        assert {k: v for k, v in before.items() if k not in timed} == {
            k: v for k, v in after.items() if k not in timed
        }
    assert rows(out / "trials.csv") == trials
    (out / "runs.csv").write_text("variant,seed\nbins,0\n")
    done = vidcolor(*command)
    assert (done.code, "runs.csv: damaged; restore it" in done.err) == (1, True)


def test_seconds_become_steps(plan: Path, packed: Path, tmp_path: Path, vidcolor: Callable) -> None:
    plan.write_text(SMALL.replace("steps = 12", "seconds = 1").replace("[0, 1]", "[0]"))
    done = vidcolor("train", "survey", plan, "--data", packed, "-o", tmp_path / "out")
    assert done.code == 0, done.err
    trials = rows(tmp_path / "out/trials.csv")
    for row in rows(tmp_path / "out/runs.csv"):
        assert int(row["steps"]) > 12  # a step of this network takes a few milliseconds
        tried = {each["steps"] for each in trials if each["variant"] == row["variant"]}
        assert tried == {row["steps"]}
