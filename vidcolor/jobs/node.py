"""Makes segments of a film on a node of a cluster, to which Ray sends `make`."""

import secrets
import socket
import tempfile
import time
import traceback
from contextlib import nullcontext, suppress
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import torch

from vidcolor.errors import InputError, OutputError, VidcolorError
from vidcolor.jobs import store
from vidcolor.jobs.asked import asked
from vidcolor.jobs.journal import SegmentRecord
from vidcolor.jobs.segment import SegmentMaker
from vidcolor.jobs.task import IndivisibleError, Task

_REPORTS = 1.0
"""Seconds between two reports of a segment's progress."""


@dataclass(frozen=True)
class Film:
    """What a node must know of a film.

    name: no other film's. asked: what decides its segments, which the node must find the same.
    address: from which it is fetched; None: it lies on a disk that all nodes share. parts: the
    address or shared folder where segments go. threads: of the network on a CPU; with another
    number it rounds otherwise.
    """

    name: str
    task: Task
    asked: dict[str, str]
    address: str | None
    parts: str | Path
    threads: int


@dataclass(frozen=True)
class Made:
    """A segment that is made; name: of its picture, where segments go."""

    record: SegmentRecord
    name: str


@dataclass(frozen=True)
class Failed:
    """A segment that could not be made; node: on which, as Ray names it."""

    error: Exception
    node: str


def make(film: Film, weights: bytes | None, index: int, board: Any) -> Made | Failed:
    """Make a segment; one that fails is returned too, as only Ray's own errors are raised.

    Args:
        film: of which it is one.
        weights: the file; None for those that are bundled.
        index: the segment's number.
        board: the actor of Ray's that is told the progress: number, frames and seconds done.
    """
    import ray

    last = 0.0

    def report(frames: int, seconds: Fraction) -> None:
        nonlocal last
        if (now := time.monotonic()) >= last + _REPORTS:
            last = now
            with suppress(ray.exceptions.RayError):
                board.put_nowait.remote((index, frames, seconds))

    node = ray.get_runtime_context().get_node_id()
    try:
        if film.name not in _makers:
            _makers.clear()
            _makers[film.name] = _Maker(film, weights)
        report(0, Fraction(0))
        return _makers[film.name].make(index, report)
    except (VidcolorError, IndivisibleError) as error:
        return Failed(error, node)
    except OSError as error:
        return Failed(OutputError(f"{socket.gethostname()}: {error}"), node)
    except Exception:
        return Failed(RuntimeError(traceback.format_exc()), node)


class _Maker:
    """Makes segments of one film in this process; arguments: as for `make`.

    Raises InputError and OutputError where this node does not see what it needs, or does not
    compute what is asked for.
    """

    def __init__(self, film: Film, weights: bytes | None) -> None:
        torch.set_num_threads(film.threads)
        order, here = film.task.order, socket.gethostname()
        if film.address is None and not order.source.exists():
            raise InputError(
                f"{order.source}: the node {here} doesn't see it; put it on a disk that all nodes "
                "share, or into an object store (s3://...)"
            )
        if isinstance(film.parts, Path) and not film.parts.is_dir():
            raise OutputError(
                f"{film.parts}: the node {here} doesn't see it; write to a disk that all nodes "
                "share, or say --work s3://..."
            )
        if weights is not None:
            file = store.write_once(weights, f"{order.settings.weights_sha256}.safetensors")
            order = replace(order, settings=replace(order.settings, weights=str(file)))
        if film.address is not None:
            order = replace(order, source=store.fetch(film.address))
        colorizer = order.settings.make_colorizer(order.device)
        found, wanted = asked(order, colorizer), film.asked
        if differing := [name for name in found if found[name] != wanted.get(name)]:
            changes = ", ".join(f"{n} {found[n]}, not {wanted.get(n)}" for n in differing)
            raise InputError(
                f"{order.source}: the node {here} would make another film ({changes}); all nodes "
                "must be alike, and like the machine that vidcolor is started on"
            )
        self._film, self._source = film, order.source
        self._maker = SegmentMaker(replace(film.task, order=order), colorizer)

    def make(self, index: int, progress: Any) -> Made:
        """Make a segment, and bring it where segments go.

        Its name there is of this try alone: one on a node that was thought to be lost harms none.
        """
        film, name = self._film, f"{index}.{secrets.token_hex(4)}.unfinished"
        with (
            nullcontext() if film.address is None else store.holding(self._source),
            tempfile.TemporaryDirectory(prefix="vidcolor-") as folder,
        ):
            if isinstance(film.parts, Path):
                return Made(self._maker.make(index, index, film.parts / name, progress), name)
            file = Path(folder) / name
            record = self._maker.make(index, index, file, progress)
            store.send(file, f"{film.parts}/{name}")
            return Made(record, name)


_makers: dict[str, _Maker] = {}
"""The maker of the film that this process works at; Ray gives it one task after another."""
