"""A film that a Ray cluster makes."""

import logging
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
import ray
from clips import make_clip
from orders import assert_same_film, assert_same_result, in_one_go, order_of

from vidcolor.jobs.cluster import Cluster
from vidcolor.jobs.journal import work_folder
from vidcolor.jobs.run import Means, colorize_film
from vidcolor.pipeline.film import Result
from vidcolor.pipeline.listener import Listener, Progress, ignore_progress
from vidcolor.pipeline.order import Order

SMALL: dict[str, Any] = {"object_store_memory": 80_000_000, "include_dashboard": False}
QUICK = {"window": 2, "look_ahead": 1, "motion": False}


@pytest.fixture
def order(tmp_path: Path, weights: Path) -> Order:
    """A film of four segments of 1 s."""
    make_clip(tmp_path / "a.mkv", times=range(0, 4000, 40), gop=5, audio="flac")
    return order_of(weights, tmp_path / "a.mkv", tmp_path / "b.mkv", QUICK)


@pytest.fixture(autouse=True)
def no_token(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ray would keep a secret in the home folder, so that only its owner uses a cluster."""
    monkeypatch.setenv("RAY_AUTH_MODE", "disabled")


@pytest.fixture
def local_ray() -> Iterator[None]:
    """This machine as a cluster of one node, which runs two segments at once."""
    ray.init(num_cpus=2, logging_level=logging.ERROR, log_to_driver=False, **SMALL)
    yield
    ray.shutdown()


def on_cluster(
    order: Order, cluster: Cluster, progress: Progress = ignore_progress
) -> tuple[Result, list[str]]:
    """What comes of an order that a cluster carries out in segments of 1 s; what was said."""
    said: list[str] = []
    means = Means(length=Fraction(1), cluster=cluster)
    listener = Listener(progress, said.append)
    colorizer = order.settings.make_colorizer(order.device)
    return colorize_film(order, colorizer, means, listener=listener), said


def test_a_cluster_makes_the_film_of_one_go(tmp_path: Path, order: Order, local_ray: None) -> None:
    seen: list[int] = []
    result, said = on_cluster(order, Cluster(), lambda frames, *_: seen.append(frames))
    assert said == []
    assert_same_result(result, in_one_go(order, tmp_path / "whole.mkv"))
    assert_same_film(order.output, tmp_path / "whole.mkv")
    assert not work_folder(order.output).exists()
