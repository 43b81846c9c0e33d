"""Export: a network as ONNX, for programs that have no torch."""

import json
import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from importlib.metadata import version
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import nn
from torch.export import Dim

from vidcolor.colorize.pool import RADIUS, SIGMA
from vidcolor.errors import TrainingError
from vidcolor.net.checkpoint import Checkpoint
from vidcolor.net.model import folded

if TYPE_CHECKING:
    import onnx

OPSET, IR_VERSION = 20, 10
"""Of the file; ONNX 1.16 (2024) and later read it."""

TOLERANCE = 1e-4
"""Largest difference from torch's probabilities that an exported network may show."""

TRIED = ((1, 1, 1), (3, 37, 90), (2, 128, 64), (1, 161, 243))
"""(batch, height, width) of the luma that it is tried on."""

DESCRIPTION = """\
luma: (batch, 1, height, width) float32 in [0, 1], BT.709 Y' of gamma-coded RGB, of any height and
width; these weights are best with a long side of `working_size`.
probabilities: (batch, bins, rows, columns) float32, a distribution over the colour bins for each
cell of `output_stride` x `output_stride` pixels.
If `pool` is true, probabilities are first averaged over cells of like luma, along the rows and then
down the columns: over the `pool_radius` cells to each side and the cell itself, each weighted by
exp(-d^2 / (2 pool_sigma^2)), d being how far their lumas, means over a cell's pixels, are apart.
The chroma U = (B - Y) / 1.8556, V = (R - Y) / 1.5748 of a cell is `saturation` times the mean of
the bins' `centers` weighted by z^(1 / temperature), z = probability * rebalancing_weight^rebalance.
`temperature`, `rebalance`, `saturation` and `pool` are the defaults chosen for these weights.
"""


def export(checkpoint: Checkpoint) -> bytes:
    """Return the network as an ONNX file: luma in, bin probabilities out; see `DESCRIPTION`.

    Batch norms are folded into the convolutions. The metadata hold in JSON what decoding needs.
    ONNX Runtime has run the file on every size in `TRIED`.

    Raises:
        TrainingError: a package of the extra "export" is missing, or ONNX Runtime's probabilities
            differ from torch's by more than `TOLERANCE`.
    """
    try:
        import onnx
        import onnxruntime
        import onnxscript  # noqa: F401  # what torch's exporter is written with
    except ImportError as error:
        raise TrainingError(
            f"export needs {error.name}; pip install -c constraints.txt -e '.[export]'"
        ) from error

    network = nn.Sequential(folded(checkpoint.model), nn.Softmax(1)).eval()
    model = _traced(network)
    model.doc_string = DESCRIPTION
    onnx.helper.set_model_props(model, _metadata(checkpoint))
    content: bytes = model.SerializeToString()
    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    for luma in _trials():
        with torch.inference_mode():
            expected = network(luma).numpy()
        (given,) = session.run(None, {"luma": luma.numpy()})
        difference = np.abs(given - expected).max()
        if not difference <= TOLERANCE:
            height, width = luma.shape[-2:]
            raise TrainingError(
                f"{checkpoint.name}: exported, its probabilities for {width} x {height} pixels "
                f"are off by {difference:.1g}; try the onnx packages of constraints.txt"
            )
    return content


def _traced(network: nn.Module) -> "onnx.ModelProto":
    """Return the network for any number of pictures of any size, without traces of its making."""
    sizes = {0: Dim("batch"), 2: Dim("height"), 3: Dim("width")}
    with _silence():
        program = torch.onnx.export(
            network,
            (torch.rand(2, 1, 37, 53),),
            dynamic_shapes=(sizes,),
            input_names=["luma"],
            output_names=["probabilities"],
            opset_version=OPSET,
            dynamo=True,
            verbose=False,
        )
    assert program is not None
    model = program.model_proto
    model.ir_version = IR_VERSION
    model.graph.name = "vidcolor"
    for node in model.graph.node:
        node.ClearField("metadata_props")  # stack traces, with this machine's paths
    return model


def _metadata(checkpoint: Checkpoint) -> dict[str, str]:
    """Return what decoding needs, each value as JSON."""
    bins = checkpoint.bins
    values = {
        "vidcolor": version("vidcolor"),
        "weights": checkpoint.name,
        "centers": bins.centers.tolist(),
        "rebalancing_weights": bins.weights().tolist(),
        "output_stride": checkpoint.model.dims.output_stride,
        "pool_radius": RADIUS,
        "pool_sigma": SIGMA,
        **asdict(checkpoint.decoding),
    }
    return {name: json.dumps(value) for name, value in values.items()}


def _trials() -> Iterator[torch.Tensor]:
    """Yield random luma in [0, 1], (batch, 1, height, width), in every size of `TRIED`."""
    random = torch.Generator().manual_seed(0)
    for batch, height, width in TRIED:
        yield torch.rand(batch, 1, height, width, generator=random)


@contextmanager
def _silence() -> Iterator[None]:
    """Silence torch's exporter; it warns of torch's own code and of packages nobody asked for."""
    disabled = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(disabled)
