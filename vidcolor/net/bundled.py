"""The weights that come with vidcolor."""

from importlib import resources
from pathlib import Path

DEFAULT = "film"
"""What is used unless told otherwise."""

PURPOSES = {
    "film": "what films show: people, streets, rooms, and landscapes",
    "landscape": "landscapes alone, a little better",
}
"""What each is for, by name."""


def bundled() -> dict[str, Path]:
    """Their files, by name."""
    folder = Path(str(resources.files("vidcolor.weights")))
    return {path.stem: path for path in sorted(folder.glob("*.safetensors"))}
