"""A film that a Ray cluster makes."""

import logging
import os
import signal
import subprocess
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
import ray
from clips import make_clip
from orders import assert_same_film, assert_same_result, in_one_go, in_segments, order_of
from ray.cluster_utils import Cluster as Nodes

from vidcolor.errors import DeviceError, InputError
from vidcolor.jobs import cluster
from vidcolor.jobs.cluster import Cluster, _Nodes
from vidcolor.jobs.journal import work_folder
from vidcolor.jobs.run import Means, colorize_film
from vidcolor.jobs.workers import SegmentProgress
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
    order: Order, cluster: Cluster, progress: Progress = ignore_progress, length: int = 1
) -> tuple[Result, list[str]]:
    """What comes of an order that a cluster makes in segments of `length` s; what was said."""
    said: list[str] = []
    means = Means(length=Fraction(length), cluster=cluster)
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


@pytest.fixture
def two_nodes() -> Iterator[Nodes]:
    """A head that works at nothing, and two nodes that make a segment each."""
    nodes = Nodes(initialize_head=True, head_node_args={"num_cpus": 0, **SMALL})
    for _ in range(2):
        nodes.add_node(num_cpus=1, object_store_memory=SMALL["object_store_memory"])
    yield nodes
    ray.shutdown()
    nodes.shutdown()


def at_work(node: Any) -> list[int]:
    """The processes of a node that make segments."""
    (raylet,) = node.all_processes["raylet"]
    listed = ["ps", "--ppid", str(raylet.process.pid), "-o", "pid=,args="]
    lines = subprocess.run(listed, capture_output=True, text=True).stdout.splitlines()
    return [int(line.split()[0]) for line in lines if "ray::make" in line]


@pytest.mark.long
def test_a_node_that_is_lost_costs_its_segments_only(
    tmp_path: Path, weights: Path, two_nodes: Nodes
) -> None:
    """One of two nodes is killed, with all that runs on it, as soon as it is at work."""
    make_clip(tmp_path / "a.mkv", times=range(0, 16_000, 40), gop=25, audio="flac")
    order = order_of(weights, tmp_path / "a.mkv", tmp_path / "b.mkv")
    nodes = [node for node in two_nodes.list_all_nodes() if not node.head]
    killed: list[int] = []

    def progress(frames: int, done: Fraction, length: Fraction | None) -> None:
        node = next((node for node in nodes if at_work(node)), None)
        if node and not killed:
            (raylet,) = node.all_processes["raylet"]
            killed.extend([*at_work(node), raylet.process.pid])
            for process in killed:
                os.kill(process, signal.SIGKILL)

    result, said = on_cluster(order, Cluster(two_nodes.address), progress, length=4)
    assert len(killed) == 2
    assert said == []
    assert_same_result(result, in_one_go(order, tmp_path / "whole.mkv"))
    assert_same_film(order.output, tmp_path / "whole.mkv")


@pytest.mark.long
def test_a_head_that_is_lost_ends_the_film_and_the_same_order_goes_on(
    tmp_path: Path, order: Order, two_nodes: Nodes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster, "_HEAD_PATIENCE", 3)
    (head,) = two_nodes.head_node.all_processes["gcs_server"]

    def progress(frames: int, done: Fraction, length: Fraction | None) -> None:
        if (work_folder(order.output) / "0.json").exists() and head.process.poll() is None:
            head.process.kill()
            head.process.wait()

    with pytest.raises(DeviceError, match="the cluster is lost") as end:
        on_cluster(order, Cluster(two_nodes.address, most=1), progress)
    assert " of 4 segments are done: the same command goes on" in end.value.__notes__[0]
    two_nodes.shutdown()
    _, said = in_segments(order, "1")
    assert said[0].startswith("going on: ")
    in_one_go(order, tmp_path / "whole.mkv")
    assert_same_film(order.output, tmp_path / "whole.mkv")


@pytest.mark.long
def test_what_fails_is_tried_again_on_another_node_and_said_once(
    tmp_path: Path, order: Order, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    """No node can fetch the film."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "none")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "none")
    address = request.getfixturevalue("two_nodes").address
    tried: list[tuple[int, str]] = []
    ordinary = _Nodes.wait

    def wait(nodes: _Nodes, progress: SegmentProgress) -> Iterator[tuple[int, Any]]:
        for index, outcome in ordinary(nodes, progress):
            tried.append((index, outcome.node))
            yield index, outcome

    monkeypatch.setattr(_Nodes, "wait", wait)
    with pytest.raises(InputError, match=r"s3://nowhere/a\.mkv"):
        on_cluster(order, Cluster(address, most=1, film="s3://nowhere/a.mkv"))
    assert not order.output.exists()
    last, node = tried[-1]
    assert [tried_on != node for index, tried_on in tried if index == last] == [True, False]
