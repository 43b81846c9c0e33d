"""The folder of a training run: reading and writing the files in it."""

import io
import json
from pathlib import Path
from pickle import UnpicklingError
from typing import Any

import torch

from vidcolor.errors import OutputError, TrainingError, UsageError
from vidcolor.files import Target, write_failure

STATE, LOG, WEIGHTS, SHEETS = "state.pt", "log.jsonl", "weights.safetensors", "sheets"


def check_unused(folder: Path) -> None:
    """Raise UsageError if `folder` holds a run."""
    if any((folder / name).exists() for name in (STATE, LOG, WEIGHTS)):
        raise UsageError(f"{folder}: holds a run already; give --resume or another folder")


def write(path: Path, content: bytes | memoryview) -> None:
    """Write a file of a run so that a crash leaves either the old one or the new one.

    Raises OutputError.
    """
    Target(path, path.parent, overwrite=True).fill(content)


def save_state(folder: Path, state: dict[str, Any]) -> None:
    """Write state.pt: a dict of what `torch.save` takes. Raises OutputError."""
    content = io.BytesIO()
    torch.save(state, content)
    write(folder / STATE, content.getbuffer())


def load_state(folder: Path) -> dict[str, Any]:
    """Return what state.pt holds. Raises TrainingError if there is none or it is damaged."""
    path = folder / STATE
    if not path.exists():
        raise TrainingError(f"{folder}: holds no saved state to resume")
    content = path.read_bytes()
    try:
        state: dict[str, Any] = torch.load(io.BytesIO(content), weights_only=True)
    except (RuntimeError, EOFError, LookupError, ValueError, UnpicklingError) as error:
        raise TrainingError(
            f"{path}: damaged; begin another run, if need be with --init {folder / WEIGHTS}"
        ) from error
    return state


def log_line(folder: Path, figures: dict[str, Any]) -> None:
    """Add a line to log.jsonl. Raises OutputError."""
    path = folder / LOG
    try:
        with path.open("a") as log:
            log.write(json.dumps(figures) + "\n")
    except OSError as error:
        raise OutputError(f"{path}: {write_failure(error)}") from error


def log_lines(folder: Path) -> list[dict[str, Any]]:
    """Return the lines of log.jsonl, without a last one that a crash cut off.

    Raises TrainingError if the file is damaged.
    """
    path = folder / LOG
    try:
        lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
        return [json.loads(line) for line in lines if line.endswith("\n")]
    except FileNotFoundError:
        return []
    except ValueError as error:
        raise TrainingError(f"{path}: damaged; remove it") from error


def forget_after(folder: Path, step: int) -> None:
    """Remove from log.jsonl what came after `step`: it will come again. Raises OutputError."""
    kept = [line for line in log_lines(folder) if line["step"] <= step]
    write(folder / LOG, "".join(json.dumps(line) + "\n" for line in kept).encode())
