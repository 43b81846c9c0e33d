"""The tree and its imports against the table in docs/architecture.md."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
TABLE = re.findall(r"^\| `(\w+/\w+\.py)` \|", (ROOT / "docs/architecture.md").read_text(), re.M)
FACADES = {"__init__.py", "__main__.py"}


def _imported(file: str) -> set[str]:
    """Project files that `file` imports anywhere, type checking and functions included."""
    room = Path(file).parent.name
    found = set()
    for node in ast.walk(ast.parse((ROOT / file).read_text())):
        if isinstance(node, ast.ImportFrom) and node.level:
            found.add(f"{room}/{node.module}.py")
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("vidcolor"):
            path = (node.module or "").split(".")
            names = [path[1]] if len(path) > 1 else [alias.name for alias in node.names]
            found |= {f"vidcolor/{name}.py" for name in names}
    return found


def test_the_table_is_the_tree() -> None:
    files = {
        f"{room}/{path.name}"
        for room in ("vidcolor", "train")
        for path in (ROOT / room).glob("*.py")
        if path.name not in FACADES
    }
    assert set(TABLE) == files


@pytest.mark.parametrize("file", TABLE)
def test_nothing_imports_upward(file: str) -> None:
    assert _imported(file) <= set(TABLE[: TABLE.index(file)])


@pytest.mark.parametrize("file", [file for file in TABLE if file.startswith("train/")])
def test_training_knows_no_film(file: str) -> None:
    films = {"pipeline", "reader", "writer", "cli"}
    assert not _imported(file) & {f"vidcolor/{name}.py" for name in films}


@pytest.mark.parametrize("statement", ["import vidcolor", "import vidcolor.train.cli"])
def test_importing_loads_nothing_heavy(statement: str) -> None:
    code = f"import sys; {statement}; print(*sys.modules)"
    modules = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert not {"torch", "av", "cv2", "numpy", "skimage"} & set(modules.stdout.split())


def test_the_api_is_what_the_docstring_says() -> None:
    import vidcolor

    for name in vidcolor.__all__:
        assert getattr(vidcolor, name).__module__.startswith("vidcolor.")
    with pytest.raises(AttributeError, match="no attribute 'colourise'"):
        _ = vidcolor.colourise
