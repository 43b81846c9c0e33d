"""Export: a network as ONNX, for programs that have no torch."""

import json
import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from importlib.metadata import version
from string import Template
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import nn
from torch.export import Dim

from vidcolor.checkpoint import Checkpoint
from vidcolor.errors import TrainingError
from vidcolor.model import ColorUNetDims, folded
from vidcolor.target import Target

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
The chroma U = (B - Y) / 1.8556, V = (R - Y) / 1.5748 of a cell is the mean of the bins' `centers`
weighted by z^(1 / temperature), z = probability * rebalancing_weight^rebalance. `temperature` and
`rebalance` are the defaults chosen for these weights.
"""

BORDER = Template("""
<ir_version: $ir_version, opset_import: ["": $opset]>
border (float[batch, 1, height, width] luma) => (float[b, 1, h, w] padded, int64[2] cells)
<int64[2] begin = {0, 0}, int64[2] sides = {2, 3},
 int64 multiple = {$multiple}, int64 stride = {$stride}, int64 one = {1}>
{
    size = Shape <start = 2> (luma)
    negative = Neg (size)
    missing = Mod (negative, multiple)
    amounts = Concat <axis = 0> (begin, missing)
    padded = Pad <mode = "edge"> (luma, amounts, , sides)
    before = Sub (size, one)
    last = Div (before, stride)
    cells = Add (last, one)
}
""")
"""What goes before the network: repeats the border up to a multiple that it takes, and counts the
cells that hold pixels. torch.export can't follow sizes through padding that depends on them."""

CROP = Template("""
<ir_version: $ir_version, opset_import: ["": $opset]>
crop (float[b, $bins, h, w] all, int64[2] cells)
    => (float[batch, $bins, rows, columns] probabilities)
<int64[2] begin = {0, 0}, int64[2] sides = {2, 3}>
{
    probabilities = Slice (all, begin, cells, sides)
}
""")
"""What goes behind it: leaves out the cells that hold none."""


def export(checkpoint: Checkpoint, target: Target) -> None:
    """Write the network, folded, as ONNX: luma in, bin probabilities out; see `DESCRIPTION`.

    The file's metadata hold in JSON what decoding needs. It appears only after ONNX Runtime gave
    torch's probabilities within `TOLERANCE` for every size in `TRIED`. Raises TrainingError where
    it did not, and where a package of the extra "export" is missing.
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
    dims = checkpoint.model.dims
    model = _for_any_size(_traced(network, dims.input_multiple), dims)
    model.doc_string = DESCRIPTION
    onnx.helper.set_model_props(model, _metadata(checkpoint))
    try:
        onnx.save(model, target.temporary)
        session = onnxruntime.InferenceSession(target.temporary, providers=["CPUExecutionProvider"])
        for luma in _trials():
            with torch.inference_mode():
                wanted = network(luma).numpy()
            (given,) = session.run(None, {"luma": luma.numpy()})
            difference = np.abs(given - wanted).max()
            if not difference <= TOLERANCE:
                height, width = luma.shape[-2:]
                raise TrainingError(
                    f"{checkpoint.name}: exported, its probabilities for {width} x {height} pixels "
                    f"are off by {difference:.1g}; try the onnx packages of constraints.txt"
                )
        target.commit()
    finally:
        target.discard()


def _traced(network: nn.Module, multiple: int) -> "onnx.ModelProto":
    """The network for any number of pictures whose sides are a multiple, without its history."""
    sides = {2: multiple * Dim("rows"), 3: multiple * Dim("columns")}
    with _silence():
        program = torch.onnx.export(
            network,
            (torch.rand(2, 1, 2 * multiple, 3 * multiple),),
            dynamic_shapes=({0: Dim("batch"), **sides},),
            input_names=["padded"],
            output_names=["all"],
            opset_version=OPSET,
            dynamo=True,
            verbose=False,
        )
    assert program is not None
    model = program.model_proto
    model.ir_version = IR_VERSION
    for node in model.graph.node:
        node.ClearField("metadata_props")  # stack traces, with this machine's paths
    return model


def _for_any_size(model: "onnx.ModelProto", dims: ColorUNetDims) -> "onnx.ModelProto":
    """The network between `BORDER` and `CROP`."""
    from onnx.compose import add_prefix, merge_models
    from onnx.parser import parse_model

    values = {
        "ir_version": IR_VERSION,
        "opset": OPSET,
        "multiple": dims.input_multiple,
        "stride": dims.output_stride,
        "bins": dims.bins,
    }
    border = add_prefix(parse_model(BORDER.substitute(values)), "border/", rename_inputs=False)
    crop = add_prefix(parse_model(CROP.substitute(values)), "crop/", rename_outputs=False)
    network = add_prefix(model, "network/")
    padded = merge_models(border, network, [("border/padded", "network/padded")])
    return merge_models(
        padded, crop, [("network/all", "crop/all"), ("border/cells", "crop/cells")], name="vidcolor"
    )


def _metadata(checkpoint: Checkpoint) -> dict[str, str]:
    """Every value as JSON."""
    bins = checkpoint.bins
    values = {
        "vidcolor": version("vidcolor"),
        "weights": checkpoint.name,
        "centers": bins.centers.tolist(),
        "rebalancing_weights": bins.weights().tolist(),
        "output_stride": checkpoint.model.dims.output_stride,
        **asdict(checkpoint.decoding),
    }
    return {name: json.dumps(value) for name, value in values.items()}


def _trials() -> Iterator[torch.Tensor]:
    """Random luma in every size of `TRIED`."""
    random = torch.Generator().manual_seed(0)
    for batch, height, width in TRIED:
        yield torch.rand(batch, 1, height, width, generator=random)


@contextmanager
def _silence() -> Iterator[None]:
    """torch's exporter warns of torch's own code and of packages that nobody asked for."""
    disabled = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(disabled)
