"""The wheel: everything is in it, and it works away from the source tree."""

import os
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "-o", folder, ROOT]
    subprocess.run(build, check=True, capture_output=True)
    return next(folder.glob("*.whl"))


def test_the_pages_are_in_the_wheel(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    pages = {str(path.relative_to(ROOT)) for path in ROOT.glob("vidcolor/*/page/*")}
    assert {"vidcolor/sitting/page/index.html", "vidcolor/studio/page/index.html"} <= pages
    assert pages <= names


def test_weights_and_recipes_are_in_the_wheel(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    recipes = {f"vidcolor/train/recipes/{path.name}" for path in ROOT.glob("train/recipes/*.toml")}
    weights = {f"vidcolor/weights/{path.name}" for path in ROOT.glob("weights/*.safetensors")}
    assert recipes
    assert weights
    assert recipes | weights <= names
    assert not any(name.startswith(("train/", "weights/", "tests/")) for name in names)


def test_pages_are_in_the_wheel(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    pages = {str(path.relative_to(ROOT)) for path in ROOT.glob("vidcolor/*/page/*")}
    assert "vidcolor/studio/page/index.html" in pages
    assert pages <= names


def test_the_wheel_works_in_an_environment_of_its_own(wheel: Path, tmp_path: Path) -> None:
    """Dependencies are lent by the present environment; vidcolor itself is not."""
    venv.create(tmp_path / "venv", with_pip=False)
    python = tmp_path / "venv/bin/python"
    site = next((tmp_path / "venv/lib").glob("python*/site-packages"))
    zipfile.ZipFile(wheel).extractall(site)
    (site / "dependencies.pth").write_text(sysconfig.get_path("purelib"))

    clean = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    for arguments in (["info"], ["train", "--help"]):
        done = subprocess.run(
            [python, "-m", "vidcolor", *arguments],
            cwd=tmp_path, env=clean, capture_output=True, text=True, check=True,
        )  # fmt: skip
        assert "landscape" in done.stdout or "pack" in done.stdout
    where = subprocess.run(
        [python, "-c", "import vidcolor; print(vidcolor.__file__)"],
        cwd=tmp_path, env=clean, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert where.stdout.startswith(str(site))
