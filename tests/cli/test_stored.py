"""`--cluster`, and films in an object store."""

import logging
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import ray
from clips import make_clip, planes_of, times_of
from conftest import Run

CPU = {"--device": "cpu", "--precision": "fp32", "--working-size": "32", "--encoder": "ffv1"}
OPTIONS = [word for pair in CPU.items() for word in pair]


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A bucket of an S3 server in this process: moto's, of `pip install 'moto[server]'`."""
    server_of = pytest.importorskip("moto.server")
    import s3fs

    server = server_of.ThreadedMotoServer(port=0)
    server.start()
    host, port = server.get_host_and_port()
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://{host}:{port}")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "anybody")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "anything")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    store = s3fs.S3FileSystem(use_listings_cache=False, skip_instance_cache=True)
    store.mkdir("archive")
    yield store
    server.stop()


@pytest.fixture
def local_ray(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """This machine as a cluster of one node."""
    monkeypatch.setenv("RAY_AUTH_MODE", "disabled")
    small = {"object_store_memory": 80_000_000, "include_dashboard": False}
    node = ray.init(num_cpus=2, logging_level=logging.ERROR, log_to_driver=False, **small)
    monkeypatch.setenv("RAY_ADDRESS", node.address_info["address"])
    yield
    ray.shutdown()


@pytest.mark.long
def test_a_film_from_a_store_into_a_store(
    tmp_path: Path,
    weights: Path,
    bucket: Any,
    local_ray: None,
    vidcolor: Callable[..., Run],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Nothing but the store is shared; what passes through it is gone in the end."""
    monkeypatch.setenv("TMPDIR", str(tmp_path / "temporary"))
    film = tmp_path / "a.mkv"
    make_clip(film, times=range(0, 300_000, 1000), gop=10, audio="flac")
    bucket.put_file(str(film), "archive/reels/a.mkv")
    given = ["--weights", weights, *OPTIONS]
    run = vidcolor(
        "colorize", "s3://archive/reels/a.mkv", *given, "--cluster", "ray",
        "--work", "s3://archive/work", "-o", "s3://archive/reels/a.color.mkv",
    )  # fmt: skip
    assert run.code == 0, run.err
    assert "s3://archive/reels/a.color.mkv: 300 frames" in run.out
    assert bucket.find("archive") == ["archive/reels/a.color.mkv", "archive/reels/a.mkv"]
    bucket.get_file("archive/reels/a.color.mkv", str(tmp_path / "b.mkv"))
    assert vidcolor("colorize", film, "-o", tmp_path / "c.mkv", *given).code == 0
    assert times_of(tmp_path / "b.mkv") == times_of(tmp_path / "c.mkv")
    for frame, other in zip(
        planes_of(tmp_path / "b.mkv"), planes_of(tmp_path / "c.mkv"), strict=True
    ):
        assert all((one == two).all() for one, two in zip(frame, other, strict=True))

    again = vidcolor("colorize", "s3://archive/reels/a.mkv", *given)
    assert again.code == 2
    assert "s3://archive/reels/a.color.mkv: exists already; --overwrite replaces it" in again.err
    assert (
        "s3://archive/reels/a.color.mkv: done"
        in vidcolor("status", "s3://archive/reels/a.color.mkv").out
    )
    gone = vidcolor("colorize", "s3://archive/reels/b.mkv", *given)
    assert (gone.code, gone.err) == (1, "Error: s3://archive/reels/b.mkv: not found\n")


@pytest.mark.long
def test_a_folder_on_a_cluster(
    tmp_path: Path, weights: Path, local_ray: None, vidcolor: Callable[..., Run]
) -> None:
    """Each film's process is connected with the cluster on its own."""
    (tmp_path / "in").mkdir()
    for name in ("a", "b"):
        make_clip(tmp_path / f"in/{name}.mkv", times=range(0, 150_000, 1000), gop=10)
    given = ["--weights", weights, *OPTIONS]
    run = vidcolor(
        "colorize", tmp_path / "in", "-r", "-o", tmp_path / "out", *given, "--cluster", "ray",
        "--jobs", 2,
    )  # fmt: skip
    assert run.code == 0, run.err
    assert vidcolor("colorize", tmp_path / "in/b.mkv", "-o", tmp_path / "b.mkv", *given).code == 0
    made = planes_of(tmp_path / "out/b.color.mkv")
    for frame, other in zip(made, planes_of(tmp_path / "b.mkv"), strict=True):
        assert all((one == two).all() for one, two in zip(frame, other, strict=True))


def test_without_ray_a_line_says_what_to_install(
    tmp_path: Path, vidcolor: Callable[..., Run], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    make_clip(tmp_path / "a.mkv")
    run = vidcolor("colorize", tmp_path / "a.mkv", "--cluster", "ray")
    assert run.code == 1
    assert run.err == (
        "Error: --cluster: Ray is not installed; pip install -c constraints.txt -e '.[ray]'\n"
    )


def test_without_its_package_a_store_is_refused_in_a_line(vidcolor: Callable[..., Run]) -> None:
    run = vidcolor("colorize", "gs://archive/a.mkv", "-o", "a.mkv")
    assert run.code == 1
    assert run.err == (
        "Error: gs://archive/a.mkv: gs:// needs the package gcsfs; pip install gcsfs\n"
    )


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--cluster", "dask"], "write ray, or ray://HOST:PORT"),
        (["--work", "s3://archive/work"], "--work may lie in a store with --cluster only"),
    ],
)
def test_wrong_usage(
    tmp_path: Path, vidcolor: Callable[..., Run], options: list[str], message: str
) -> None:
    make_clip(tmp_path / "a.mkv")
    run = vidcolor("colorize", tmp_path / "a.mkv", *options)
    assert run.code == 2
    assert message in run.err


@pytest.mark.long
def test_without_a_cluster_a_line_says_how_to_start_one(tmp_path: Path, weights: Path) -> None:
    """In a process of its own, as Ray keeps something of a client that reached nobody."""
    make_clip(tmp_path / "a.mkv", times=range(0, 150_000, 1000), gop=10)
    given = ["--weights", weights, *OPTIONS, "--cluster", "ray://127.0.0.1:1"]
    command = [sys.executable, "-m", "vidcolor", "colorize", tmp_path / "a.mkv", *given]
    run = subprocess.run(command, capture_output=True, text=True)
    assert run.returncode == 1
    assert "start one with 'ray start --head'" in run.stderr
    assert run.stderr.count("\n") == 1
