"""Modules that load when they are first used, each in a process of its own."""

import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = {
    "slow": "import signal; signal.raise_signal(signal.SIGTERM); print('loaded'); VALUE = 7",
    "fragile": "import os; assert os.environ.get('READY'), 'not yet'; VALUE = 7",
    "unused": "print('unused was loaded')",
    "tidy": "import gc; VALUE = gc.isenabled()",
}


@pytest.fixture
def printed(tmp_path: Path):
    """Runs a script beside the package `heavy`; returns the lines that it prints."""
    (tmp_path / "heavy").mkdir()
    (tmp_path / "heavy/__init__.py").touch()
    for name, content in HEAVY.items():
        (tmp_path / f"heavy/{name}.py").write_text(content.replace("; ", "\n"))

    def run(script: str, name: str = "script.py") -> list[str]:
        head = "from vidcolor.cli.lazy import lazily\nimport os, signal, sys\n"
        (tmp_path / name).write_text(head + script)
        command = [sys.executable, "-m", name.removesuffix(".py").replace("/", ".")]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
        assert (done.returncode, done.stderr) == (0, "")
        return done.stdout.splitlines()

    return run


def test_only_what_is_used_is_loaded_and_only_then(printed) -> None:
    lines = printed("""
with lazily():
    import colorsys
    from heavy import fragile as other, unused
print("heavy.fragile" in sys.modules, "colorsys" in sys.modules)
os.environ["READY"] = "yes"
print(other.VALUE, colorsys.rgb_to_yiq(0, 0, 0)[0])
print("heavy.fragile" in sys.modules, "heavy.unused" in sys.modules)
import heavy.fragile
print(other.VALUE is heavy.fragile.VALUE)
""")
    assert lines == ["False False", "7 0.0", "True False", "True"]


def test_no_garbage_is_looked_for_while_modules_load(printed) -> None:
    lines = printed("""
import gc
with lazily():
    from heavy import tidy
print(tidy.VALUE, gc.isenabled())
""")
    assert lines == ["False True"]


def test_relative_names(printed) -> None:
    script = """
with lazily():
    from . import fragile
    from .fragile import nothing
os.environ["READY"] = "yes"
print(fragile.VALUE)
"""
    assert printed(script, "heavy/script.py") == ["7"]


def test_a_signal_during_the_load_acts_at_its_end(printed) -> None:
    lines = printed("""
with lazily():
    from heavy import slow
def stop(number, frame):
    print("stopped", "heavy.slow" in sys.modules and sys.modules["heavy.slow"].VALUE)
signal.signal(signal.SIGTERM, stop)
print(slow.VALUE)
""")
    assert lines == ["loaded", "stopped 7", "7"]


def test_a_load_that_fails_can_be_tried_again(printed) -> None:
    lines = printed("""
with lazily():
    from heavy import fragile, missing
try:
    fragile.VALUE
except AssertionError as error:
    print(error)
try:
    missing.VALUE
except ModuleNotFoundError as error:
    print(error)
os.environ["READY"] = "yes"
print(fragile.VALUE)
""")
    assert lines == ["not yet", "No module named 'heavy.missing'", "7"]


def test_other_threads_import_as_ever_meanwhile(printed) -> None:
    lines = printed("""
import threading
os.environ["READY"] = "yes"
def load():
    from heavy.fragile import VALUE
    print(VALUE)
with lazily():
    other = threading.Thread(target=load)
    other.start()
    other.join()
    from heavy import unused
""")
    assert lines == ["7"]
