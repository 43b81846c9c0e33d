"""The network compiled by OpenVINO for the CPU."""

from collections import OrderedDict
from threading import Lock

import numpy as np
import torch

from vidcolor.net.model import ColorUNet
from vidcolor.net.openvino_layers import written
from vidcolor.net.quiet_openvino import openvino, ops

_KEPT = 4
"""Compiled networks that are kept; each is for one shape and takes about 50 MB."""
_PRECISIONS = {torch.float32: "f32", torch.bfloat16: "bf16"}


class OpenVinoNetwork:
    """Luma (B, 1, H, W) float32 on the CPU -> logits (B, bins, ⌈H/s⌉, ⌈W/s⌉) float32.

    It is compiled for each shape as that first comes, which takes about a tenth of a second, and
    apart for features. What it gives of a picture is the same, bit for bit, whatever the number of
    threads and of pictures beside it. As many threads compute as torch would use.

    Args:
        model: the folded network, in float32 on the CPU; its weights' memory is shared.
        precision: float32 or bfloat16, in which it computes.
    """

    def __init__(self, model: ColorUNet, precision: torch.dtype) -> None:
        self._model = model
        self._options = {
            "INFERENCE_PRECISION_HINT": _PRECISIONS[precision],
            "PERFORMANCE_HINT": "LATENCY",
            "NUM_STREAMS": 1,
            # Pinned, the threads of several processes would share a core and leave others idle.
            "ENABLE_CPU_PINNING": False,
        }
        self._core = openvino.Core()
        self._requests: OrderedDict[tuple[bool, tuple[int, ...]], openvino.InferRequest] = (
            OrderedDict()
        )
        self._lock = Lock()

    def __call__(self, luma: torch.Tensor) -> torch.Tensor:
        (logits,) = self._computed(luma, features=False)
        return logits

    def features(self, luma: torch.Tensor) -> list[torch.Tensor]:
        """Return what `ColorUNet.features` does, float32, of luma as for the logits."""
        return self._computed(luma, features=True)

    def _computed(self, luma: torch.Tensor, features: bool) -> list[torch.Tensor]:
        with self._lock:  # a request computes one batch at a time
            kind = features, tuple(luma.shape)
            if kind not in self._requests:
                self._requests[kind] = self._compiled(*kind)
            self._requests.move_to_end(kind)
            if len(self._requests) > _KEPT:
                self._requests.popitem(last=False)
            found = self._requests[kind].infer([luma.numpy()], share_inputs=True)
            return [torch.from_numpy(each) for each in found.to_tuple()]

    def _compiled(self, features: bool, shape: tuple[int, ...]) -> "openvino.InferRequest":
        luma = ops.parameter(list(shape), np.float32)
        levels, logits = written(self._model, luma.output(0))
        model = openvino.Model(levels if features else [logits], [luma], "vidcolor")
        options = self._options | {"INFERENCE_NUM_THREADS": torch.get_num_threads()}
        return self._core.compile_model(model, "CPU", options).create_infer_request()
