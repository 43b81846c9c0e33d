"""The most memory that a piece of work takes."""

import re
from contextlib import suppress
from pathlib import Path
from types import TracebackType

import torch

_STATUS, _CLEAR = Path("/proc/self/status"), Path("/proc/self/clear_refs")


class Peak:
    """Measures, while it is entered, the most memory in use: a GPU's, or this process's.

    megabytes: the peak, once left; None where the system does not tell (only Linux does).
    """

    megabytes: float | None = None

    def __init__(self, device: torch.device) -> None:
        self._device = device

    def __enter__(self) -> "Peak":
        if self._device.type == "cuda":
            torch.cuda.reset_peak_memory_stats(self._device)
        else:
            with suppress(OSError):
                _CLEAR.write_text("5")  # proc(5): resets the peak
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._device.type == "cuda":
            self.megabytes = torch.cuda.max_memory_allocated(self._device) / 1e6
        elif _STATUS.exists():
            found = re.search(r"VmHWM:\s+(\d+) kB", _STATUS.read_text())
            self.megabytes = int(found[1]) * 1024 / 1e6 if found else None
