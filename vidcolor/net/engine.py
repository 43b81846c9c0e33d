"""Which library computes the network."""

from importlib.metadata import PackageNotFoundError, version

import torch

from vidcolor.errors import DeviceError
from vidcolor.net.device import is_native

REMEDY = "pip install -c constraints.txt -e '.[fast]'"
"""Installs OpenVINO."""


def resolve_engine(name: str, device: torch.device, precision: torch.dtype) -> str:
    """Return the engine for "auto", "torch" or "openvino".

    "auto" is OpenVINO on a CPU where it is installed, otherwise torch. OpenVINO computes in float32
    and, where the CPU does so natively, in bfloat16. Raises DeviceError where it can't.
    """
    obstacle = _obstacle(device, precision)
    if name == "openvino" and obstacle:
        raise DeviceError(f"the engine openvino {obstacle}, or choose --engine torch")
    return "openvino" if name != "torch" and not obstacle else "torch"


def _obstacle(device: torch.device, precision: torch.dtype) -> str | None:
    """Return why OpenVINO can't compute the network, and what helps; None where it can."""
    if device.type != "cpu":
        return f"computes on a CPU, not on {device}; add --device cpu"
    if openvino_version() is None:
        return f"is not installed; {REMEDY}"
    if not is_native(precision, device):
        return "needs a CPU that computes bf16 natively for that; add --precision fp32"
    return None


def openvino_version() -> str | None:
    """Return the version of OpenVINO that is installed; None where there is none."""
    try:
        return version("openvino")
    except PackageNotFoundError:
        return None
