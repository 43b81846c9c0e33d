"""The network compiled by OpenVINO for the CPU."""

from collections import OrderedDict
from collections.abc import Sequence
from math import prod
from threading import Lock

import numpy as np
import torch

from vidcolor.net.model import ColorUNet, exact_cells
from vidcolor.net.openvino_layers import Node, begun, ended
from vidcolor.net.quiet_openvino import openvino, ops

_PIXELS_A_THREAD = 1 << 18
"""A thread computes so much luma of a batch at least; with less, two together take as long as one
alone, and twice its processor time, which others could use."""
_KEPT = 4
"""Compiled networks that are kept; each is for one shape and takes about 50 MB."""
_PRECISIONS = {torch.float32: "f32", torch.bfloat16: "bf16"}


class OpenVinoNetwork:
    """Luma (B, 1, H, W) float32 on the CPU -> logits (B, bins, ⌈H/s⌉, ⌈W/s⌉) float32.

    It is compiled for each shape as that first comes, which takes about a tenth of a second, and
    apart with features. What it gives of a picture is the same, bit for bit, whatever the number of
    threads and of pictures beside it. As many threads compute as large batches need, at most as
    many as torch uses.

    Args:
        model: the folded network, in float32 on the CPU; its weights' memory is shared.
        precision: float32 or bfloat16, in which it computes, but for its `exact_cells`, which are
            a network of their own.
    """

    def __init__(self, model: ColorUNet, precision: torch.dtype) -> None:
        self._model = model
        self._options = {
            "PERFORMANCE_HINT": "LATENCY",
            "NUM_STREAMS": 1,
            # Pinned, the threads of several processes would share a core and leave others idle.
            "ENABLE_CPU_PINNING": False,
        }
        self._precision = precision
        self._threads = torch.get_num_threads()
        self._core = openvino.Core()
        self._requests: OrderedDict[tuple[bool, tuple[int, ...]], list[openvino.InferRequest]] = (
            OrderedDict()
        )
        self._lock = Lock()

    def __call__(self, luma: torch.Tensor) -> torch.Tensor:
        (logits,) = self._computed(luma, features=False)
        return logits

    def with_features(self, luma: torch.Tensor) -> tuple[torch.Tensor, list[torch.Tensor]]:
        """Return what `ColorUNet.with_features` does, float32, of luma as for the logits."""
        logits, *features = self._computed(luma, features=True)
        return logits, features

    def _computed(self, luma: torch.Tensor, features: bool) -> list[torch.Tensor]:
        with self._lock:  # a request computes one batch at a time
            given = [luma.numpy()]
            for request in self._in_turn(features, tuple(luma.shape)):
                given = list(request.infer(given, share_inputs=True).to_tuple())
        return [torch.from_numpy(each) for each in given]

    def prepare(self, shape: Sequence[int]) -> None:
        """Compile the network for luma of a shape (B, 1, H, W), unless that is done."""
        with self._lock:
            self._in_turn(False, tuple(shape))

    def _in_turn(self, features: bool, shape: tuple[int, ...]) -> "list[openvino.InferRequest]":
        """Return the networks of which each takes what the one before gives."""
        kind = features, shape
        if kind not in self._requests:
            self._requests[kind] = self._compiled(*kind)
        self._requests.move_to_end(kind)
        if len(self._requests) > _KEPT:
            self._requests.popitem(last=False)
        return self._requests[kind]

    def _compiled(self, features: bool, shape: tuple[int, ...]) -> "list[openvino.InferRequest]":
        model, size = self._model, (shape[2], shape[3])
        luma = ops.parameter(list(shape), np.float32)
        exact = 0 if self._precision == torch.float32 else exact_cells(model.dims)
        first = begun(model, luma.output(0), exact)
        if not exact:
            found, logits = ended(model, size, first)
            results = [logits, *found] if features else [logits]
            return [self._request(results, [luma], self._precision, shape)]
        given = [ops.parameter(list(level.get_shape()), np.float32) for level in first]
        found, logits = ended(model, size, [each.output(0) for each in given])
        results = [logits, *found] if features else [logits]
        return [
            self._request(first, [luma], torch.float32, shape),
            self._request(results, given, self._precision, shape),
        ]

    def _request(
        self,
        results: list[Node],
        given: list[openvino.Node],
        precision: torch.dtype,
        shape: tuple[int, ...],
    ) -> "openvino.InferRequest":
        """Compile what leads from parameters to results, for luma of a shape."""
        options = self._options | {
            "INFERENCE_PRECISION_HINT": _PRECISIONS[precision],
            "INFERENCE_NUM_THREADS": min(self._threads, 1 + prod(shape) // _PIXELS_A_THREAD),
        }
        model = openvino.Model(results, given, "vidcolor")
        return self._core.compile_model(model, "CPU", options).create_infer_request()
