"""The weights that come with vidcolor."""

from importlib import resources
from pathlib import Path

DEFAULT = "film"
"""The name of the weights that are used unless others are named."""

PURPOSES = {
    "film": "what films show: people, streets, rooms, and landscapes",
    "landscape": "landscapes alone, a little better",
}
"""What the weights of each name are good for."""


def bundled() -> dict[str, Path]:
    """Return the files of the bundled weights by name."""
    folder = Path(str(resources.files("vidcolor.weights")))
    return {path.stem: path for path in sorted(folder.glob("*.safetensors"))}
