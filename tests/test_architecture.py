"""The tree and its imports against the tables in docs/architecture.md."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs/architecture.md").read_text()
FACADES = {"__init__.py", "__main__.py"}
OPEN_TO_ALL = {
    f"vidcolor/{name}.py"
    for name in ("errors", "kinds", "files", "frame_sequence", "signals", "text")
}
OPEN_TO_TRAINING = {"train/folder_lock.py", "train/imagenet.py"}

ALLOWED = {
    room.removesuffix("/"): {
        name if name.split("/")[0] == "train" else f"vidcolor/{name}"
        for name in re.findall(r"`(\S+)`", names)
    }
    for room, names in re.findall(r"^\| `(\S+/)` \|.*\| (.*) \|$", PAGE, re.M)
}
"""By room, the rooms that the first table lets it import."""
FILES = {
    room: [f"{room}/{file}" for file in re.findall(r"^\| `(\w+\.py)` \|", table, re.M)]
    for room, table in re.findall(r"^### `(\S+)/`\n\n(.*?)\n\n", PAGE, re.M | re.S)
}
"""By room, the files of its table, in their order."""
ALL = [file for files in FILES.values() for file in files]


def _imported(file: str) -> set[str]:
    """Project files that `file` imports anywhere, type checking and functions included."""
    package = list(Path(file).parent.parts)
    found = set()
    for node in ast.walk(ast.parse((ROOT / file).read_text())):
        if not isinstance(node, ast.ImportFrom):
            continue
        module = node.module.split(".") if node.module else []
        if node.level:
            module = package[: len(package) - node.level + 1] + module
        elif module[0] != "vidcolor":
            continue
        elif module[:2] == ["vidcolor", "train"]:
            module = module[1:]
        for alias in node.names:
            paths = ("/".join([*module, alias.name]), "/".join(module))
            path = next(f"{path}.py" for path in paths if (ROOT / f"{path}.py").is_file())
            found.add(path)
    return found


def _libraries(file: str) -> set[str]:
    """The libraries that `file` imports anywhere."""
    nodes = list(ast.walk(ast.parse((ROOT / file).read_text())))
    plain = {alias.name for n in nodes if isinstance(n, ast.Import) for alias in n.names}
    named = {n.module or "" for n in nodes if isinstance(n, ast.ImportFrom) and not n.level}
    return {name.split(".")[0] for name in plain | named}


def _room(file: str) -> str:
    return str(Path(file).parent)


def test_the_tables_are_the_tree() -> None:
    assert set(ALLOWED) | {"vidcolor"} == set(FILES)
    files = {
        str(path.relative_to(ROOT))
        for top in ("vidcolor", "train")
        for path in (ROOT / top).rglob("*.py")
        if path.name not in FACADES
    }
    assert set(ALL) == files


@pytest.mark.parametrize("file", ALL)
def test_imports_go_down(file: str) -> None:
    room = _room(file)
    own = FILES[room]
    above = set(own[: own.index(file)])
    open_to_all = OPEN_TO_ALL | (OPEN_TO_TRAINING if room.startswith("train") else set())
    for imported in _imported(file) - open_to_all:
        if _room(imported) == room:
            assert imported in above, f"{file} imports {imported}, which stands below it"
        else:
            assert _room(imported) in ALLOWED[room], f"{file} imports {imported}"


def test_no_room_is_above_itself() -> None:
    rooms = dict(ALLOWED)
    while lowest := [room for room, allowed in rooms.items() if not allowed & rooms.keys()]:
        for room in lowest:
            del rooms[room]
    assert not rooms


@pytest.mark.parametrize("file", ALL)
def test_who_may_use_click_and_pyav(file: str) -> None:
    libraries = _libraries(file)
    if not file.startswith(("vidcolor/cli/", "train/cli/")):
        assert "click" not in libraries
    if _room(file) in {f"vidcolor/{room}" for room in ("color", "temporal", "net", "colorize")}:
        assert "av" not in libraries


@pytest.mark.parametrize("file", [file for file in ALL if file.startswith("train/")])
def test_training_takes_three_files_of_the_commands(file: str) -> None:
    commands = {name for name in _imported(file) if name.startswith("vidcolor/cli/")}
    assert commands <= {f"vidcolor/cli/{name}.py" for name in ("types", "shell", "lazy")}


@pytest.mark.parametrize("file", ALL)
def test_a_file_can_be_read_in_one_sitting(file: str) -> None:
    assert (ROOT / file).read_text().count("\n") <= 400


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


def test_what_a_film_without_hints_does_without_is_not_loaded() -> None:
    """Both take a second to load."""
    code = "import sys, vidcolor.jobs.run; print(*sys.modules)"
    modules = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert not {"scipy", "skimage"} & set(modules.stdout.split())
