"""Which processor computes, and in which precision."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

import cv2
import torch

from vidcolor.errors import DeviceError, is_out_of_memory

PRECISIONS = {"fp32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}

_FEW_CORES = 4
"""So few are all busy while a film is encoded."""

_NVIDIA = Path("/proc/driver/nvidia/gpus")
"""Where NVIDIA's driver for Linux lists its GPUs."""


def resolve_device(name: str = "auto") -> torch.device:
    """Return the device of a name: "auto", "cpu", "cuda", "cuda:N" or "mps".

    "auto" is the first of CUDA, MPS and CPU that there is. Raises DeviceError if the device does
    not exist here.
    """
    found = available_devices()
    if name == "auto":
        return torch.device(found[0])
    wanted = "cuda:0" if name == "cuda" else name
    if wanted not in found:
        raise DeviceError(f"device {name} is not available here; choose from: {', '.join(found)}")
    return torch.device(wanted)


def available_devices() -> list[str]:
    """Return the names that `resolve_device` accepts on this machine, the best first."""
    gpus = [f"cuda:{index}" for index in range(torch.cuda.device_count())]
    mps = ["mps"] if torch.backends.mps.is_available() else []
    return [*gpus, *mps, "cpu"]


def unused_gpu(driver: Path = _NVIDIA) -> str | None:
    """Return a line on a GPU that is here but that torch can't use; None where there is none.

    driver: the folder in which its driver has an entry for each.
    """
    if torch.cuda.device_count() or not driver.is_dir() or not any(driver.iterdir()):
        return None
    return (
        f"there is an NVIDIA GPU here, which torch {torch.__version__} can't use; install torch "
        "for CUDA (https://pytorch.org), or choose --device cpu to leave the GPU alone"
    )


def share_memory(device: torch.device, processes: int) -> None:
    """Leave an equal part of a GPU's memory to each of the processes that use it; call it in each.

    So one of them runs out of memory for itself alone, and goes on in smaller batches.
    """
    if device.type == "cuda" and processes > 1:
        torch.cuda.set_per_process_memory_fraction(1 / processes, device)


def resolve_precision(name: str, device: torch.device) -> torch.dtype:
    """Return the network's dtype on `device` for "auto", "fp32", "bf16" or "fp16".

    "auto" is bf16 where the processor or GPU computes it natively, otherwise fp32. Raises
    DeviceError for fp16 on a CPU, where it is emulated and slow.
    """
    if name == "auto":
        return torch.bfloat16 if is_native(torch.bfloat16, device) else torch.float32
    if name == "fp16" and device.type == "cpu":
        raise DeviceError("fp16 needs a GPU; the precisions for a CPU are bf16 and fp32")
    return PRECISIONS[name]


def is_native(precision: torch.dtype, device: torch.device) -> bool:
    """Tell whether `device` is known to compute float32 or bfloat16 natively.

    Only CUDA and CPUs tell of bfloat16.
    """
    if precision == torch.float32:
        return True
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    if device.type == "cpu":
        return bool(torch.cpu.get_capabilities().get("avx512_bf16"))
    return False


def compute_alone() -> None:
    """Let torch compute with one thread from now on, in the thread that calls this only.

    What is computed in one that has much to do in small parts takes more processor time, and
    longer, where other threads have to be woken for each part.
    """
    usual = torch.get_num_threads()
    torch.set_num_threads(1)
    # That also holds for threads that begin later, for which the number that was set last counts.
    other = Thread(target=torch.set_num_threads, args=(usual,))
    other.start()
    other.join()


@contextmanager
def opencv_alone() -> Iterator[None]:
    """Let OpenCV compute with one thread while the context lasts, in the whole process.

    What frames give it is little to share out, and its threads look for more all the time, on cores
    that the encoder could use. Where there are many, they are left to it.
    """
    usual = cv2.getNumThreads()
    if usual <= _FEW_CORES:
        cv2.setNumThreads(1)
    try:
        yield
    finally:
        cv2.setNumThreads(usual)


@contextmanager
def enough_memory(device: torch.device) -> Iterator[None]:
    """Turn running out of memory inside the context into a DeviceError that says what helps."""
    try:
        yield
    except (RuntimeError, MemoryError) as error:
        if not is_out_of_memory(error):
            raise
        raise DeviceError(
            f"{device} is out of memory; free some, or try a smaller --batch-size or --working-size"
        ) from error
