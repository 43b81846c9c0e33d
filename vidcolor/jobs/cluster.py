"""A Ray cluster whose nodes make the segments of a film."""

import logging
import queue
import secrets
import signal
import socket
import threading
import time
import warnings
from collections import Counter, deque
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch

from vidcolor.colorize.colorizer import Colorizer
from vidcolor.errors import DeviceError, OutputError
from vidcolor.files import write_failure
from vidcolor.frame_sequence import FrameSequence
from vidcolor.jobs import store
from vidcolor.jobs.asked import asked
from vidcolor.jobs.journal import Journal
from vidcolor.jobs.node import Failed, Film, Made, make
from vidcolor.jobs.segment import enter
from vidcolor.jobs.task import IndivisibleError, Task
from vidcolor.jobs.workers import TRIES, SegmentProgress
from vidcolor.net.bundled import bundled
from vidcolor.pipeline.listener import Listener

_GPU_SHARE = 0.25
"""Of a GPU, for a segment: most of its time goes to decoding and encoding, on the CPU."""
_CORES = 2
"""Of the CPU, for a segment, as `--jobs auto` counts them; one if the network uses no more."""
_BASE_MEMORY, _MEMORY_OF_PIXEL = 1.0e9, 250
"""Bytes that a segment is given, whatever its picture, and for each of its pixels: a quarter more
than 1920x1080 takes, and a third more than 3840x2160."""
_LOOKS = 1.0
"""Seconds between two looks at the progress."""
_HEAD_PATIENCE = 20.0
"""Seconds without an answer after which the head is lost; after 60, Ray would end this process."""


@dataclass(frozen=True)
class Cluster:
    """Says which cluster makes segments, and which way they go.

    address: as for `ray.init`; "auto" is the one that RAY_ADDRESS names, or this machine's. most:
    the most segments in work at once; None: as many as there is room for. film: the address from
    which nodes fetch the film; None: all see it under its path. parts: the address of a folder
    through which segments come back; None: all see the journal's folder.
    """

    address: str = "auto"
    most: int | None = None
    film: str | None = None
    parts: str | None = None


def require_ray() -> Any:
    """Return the module `ray`. Raises DeviceError where it is not installed."""
    try:
        import ray
    except ImportError:
        raise DeviceError(
            "--cluster: Ray is not installed; pip install -c constraints.txt -e '.[ray]'"
        ) from None
    return ray


def make_segments(
    task: Task,
    colorizer: Colorizer,
    journal: Journal,
    cluster: Cluster,
    indices: Iterable[int],
    progress: SegmentProgress,
    listener: Listener,
) -> None:
    """Make segments of a film on the nodes of a cluster, and enter them in its journal.

    Ray decides where each is made, and makes it again where a node or process is lost. One that
    fails is tried once more, on another node if there is one.

    Args:
        task: the film.
        colorizer: made by its settings; the nodes' must compute the same.
        journal: of the film.
        cluster: which, and how the segments come back from there.
        indices: the segments that are missing.
        progress: is called while they are made.
        listener: is told if no node has room for a segment, and that waiting for room is no halt.

    Raises what a segment raises at the second time, DeviceError without a cluster, and OutputError
    where Ray gives up.
    """
    ray = require_ray()
    device = colorizer.predictor.device.type
    order = replace(task.order, source=_absolute(task.order.source), device=device)
    film = Film(
        secrets.token_hex(8),
        replace(task, order=order),
        asked(order, colorizer),
        cluster.film,
        cluster.parts or journal.folder.absolute(),
        torch.get_num_threads(),
    )
    weights = order.settings.weights
    content = None if weights in bundled() else Path(weights).read_bytes()
    needs = _needs(device, task.picture.width * task.picture.height, film.threads)
    todo, failed = deque(indices), Counter[int]()
    with _connected(ray, cluster.address):
        if not _has_room(ray, needs):
            listener.note(
                f"no node of the cluster has room for a segment ({_in_words(needs)}): waiting"
            )
        nodes, head = _Nodes(ray, film, content, needs), _Head(ray)
        _clear(cluster)  # what a run that was killed has left
        try:
            while todo or nodes.running:
                while todo and (cluster.most is None or len(nodes.running) < cluster.most):
                    nodes.begin(todo.popleft())
                head.check()
                if not nodes.started:
                    listener.alive()
                for index, outcome in nodes.wait(progress):
                    if isinstance(outcome, Made):
                        _bring(cluster, journal, index, outcome)
                        times = outcome.record.part.times
                        ticks = sum(times[-1]) - times[0][0]
                        progress(index, len(times), ticks * task.picture.time_base)
                        continue
                    failed[index] += 1
                    if isinstance(outcome.error, IndivisibleError) or failed[index] == TRIES:
                        raise outcome.error
                    nodes.avoid(index, outcome.node)
                    todo.append(index)
        finally:
            nodes.end()
            _clear(cluster)


class _Nodes:
    """The nodes of a cluster that this process is connected with, at work on one film.

    Args:
        ray: the module.
        film: what they are told of it.
        weights: as for `make`.
        needs: Ray's options of each segment.
    """

    def __init__(self, ray: Any, film: Film, weights: bytes | None, needs: dict[str, Any]) -> None:
        from ray.util.queue import Queue

        self._ray, self._needs, self._output = ray, needs, film.task.order.output
        self._make = ray.remote(make)
        self._film, self._weights = ray.put(film), ray.put(weights)
        self._board = Queue(actor_options={"num_cpus": 0})
        self._elsewhere: dict[int, dict[str, Any]] = {}
        self.running: dict[Any, int] = {}
        """The segments in work or waiting for room, by Ray's references."""
        self.started: set[int] = set()
        """Those of them that have reported from a node."""

    def begin(self, index: int) -> None:
        """Let a segment be made wherever there is room."""
        chosen = self._make.options(**self._needs, **self._elsewhere.get(index, {}))
        ref = chosen.remote(self._film, self._weights, index, self._board.actor)
        self.running[ref] = index

    def avoid(self, index: int, node: str) -> None:
        """Have a segment made on other nodes than one, if there are any."""
        if _has_room(self._ray, self._needs, node):
            self._elsewhere[index] = {"label_selector": {"ray.io/node-id": f"!{node}"}}

    def wait(self, progress: SegmentProgress) -> Iterator[tuple[int, Made | Failed]]:
        """Wait for segments for a while, tell the progress, and yield those that are done.

        Raises OutputError where Ray gives one up.
        """
        done, _ = self._ray.wait(list(self.running), timeout=_LOOKS)
        errors = self._ray.exceptions
        with suppress(errors.RayError, queue.Empty):  # the board may be lost; the film is not
            for report in self._board.get_nowait_batch(self._board.qsize()):
                if report[0] in self.running.values():  # others come late
                    self.started.add(report[0])
                    progress(*report)
        for ref in done:
            index = self.running.pop(ref)
            self.started.discard(index)
            try:
                yield index, self._ray.get(ref)
            except errors.RayError as error:
                lines = str(error).strip().splitlines()
                reason = lines[-1] if isinstance(error, errors.RayTaskError) else lines[0]
                raise OutputError(
                    f"{self._output}: Ray gave a segment up ({type(error).__name__}: "
                    f"{reason.strip()}); see that all nodes have this version of vidcolor, and "
                    "memory enough"
                ) from error

    def end(self) -> None:
        """End what is in work."""
        for ref in self.running:
            self._ray.cancel(ref, force=True)
        self._board.shutdown(force=True)


class _Head:
    """The head of the cluster that this process is connected with, and whether it is there."""

    def __init__(self, ray: Any) -> None:
        self._address: tuple[str, int] | None = None
        if not ray.util.client.ray.is_connected():  # through a client, Ray itself tells
            host, _, port = ray.get_runtime_context().gcs_address.rpartition(":")
            self._address = host.strip("[]"), int(port)
        self._answered = time.monotonic()

    def check(self) -> None:
        """Raise DeviceError where it has not answered for too long."""
        if self._address is None:
            return
        with suppress(OSError), socket.create_connection(self._address, _LOOKS):
            self._answered = time.monotonic()
        if time.monotonic() - self._answered > _HEAD_PATIENCE:
            raise _lost("its head does not answer")


def _lost(reason: object) -> DeviceError:
    return DeviceError(
        f"--cluster: the cluster is lost ({reason}); when it is back, the same command goes on"
    )


def _absolute(source: Path) -> Path:
    """Return the path of a film as nodes find it, whose working folders are others."""
    path = Path(source).absolute()
    return FrameSequence(path, source.rate) if isinstance(source, FrameSequence) else path


@contextmanager
def _connected(ray: Any, address: str) -> Iterator[None]:
    """Be connected with a cluster in the context, unless the process is anyway."""
    if ray.is_initialized():
        yield
        return
    ended_by = signal.getsignal(signal.SIGTERM)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ray.init(address, log_to_driver=False, logging_level=logging.ERROR)
    except (ConnectionError, ValueError, ImportError, RuntimeError) as error:
        reason = str(error).strip().partition("\n")[0]
        raise DeviceError(
            f"--cluster: no Ray cluster is reached ({reason}); start one with 'ray start --head', "
            "or name its address, as in --cluster ray://head:10001"
        ) from error
    try:
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGTERM, ended_by)  # which Ray has replaced
        yield
    except ConnectionError as error:
        raise _lost(error) from error
    finally:
        ray.shutdown()


def _needs(device: str, pixels: int, threads: int) -> dict[str, Any]:
    """Return the resources of a segment as Ray's options."""
    needs = {
        "num_cpus": min(_CORES, threads),
        "memory": int(_BASE_MEMORY + _MEMORY_OF_PIXEL * pixels),
    }
    return {**needs, "num_cpus": _CORES, "num_gpus": _GPU_SHARE} if device == "cuda" else needs


def _has_room(ray: Any, needs: dict[str, Any], but: str = "") -> bool:
    """Tell whether any node is large enough for a segment; more may come where Ray starts them.

    but: a node that does not count.
    """
    names = {"num_cpus": "CPU", "num_gpus": "GPU", "memory": "memory"}
    return any(
        node["Alive"]
        and node["NodeID"] != but
        and all(node["Resources"].get(names[n], 0) >= v for n, v in needs.items())
        for node in ray.nodes()
    )


def _in_words(needs: dict[str, Any]) -> str:
    gpu = f"{needs['num_gpus']} GPU, " if "num_gpus" in needs else ""
    return f"{gpu}{needs['num_cpus']} CPU, {needs['memory'] / 1e9:.1f} GB"


def _clear(cluster: Cluster) -> None:
    """Remove what lies where segments come back."""
    if cluster.parts is not None:
        store.remove(cluster.parts)


def _bring(cluster: Cluster, journal: Journal, index: int, made: Made) -> None:
    """Enter a segment in the journal, and bring its picture there."""
    unfinished = journal.unfinished_part(index)
    if cluster.parts is None:
        try:
            (journal.folder / made.name).replace(unfinished)
        except OSError as error:
            raise OutputError(f"{journal.folder}: {write_failure(error)}") from error
    else:
        address = f"{cluster.parts}/{made.name}"
        store.receive(address, unfinished)
        store.remove(address)
    enter(journal, index, made.record)
