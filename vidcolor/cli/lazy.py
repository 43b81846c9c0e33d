"""Modules that load when they are first used, so that `--help` and wrong usage cost nothing."""

import builtins
import gc
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib import import_module
from threading import get_ident
from types import ModuleType, SimpleNamespace
from typing import Any

from vidcolor.cli.address_space import require_room
from vidcolor.signals import undivided


@contextmanager
def lazily() -> Iterator[None]:
    """Defer the imports in this context; each module is loaded when an attribute is first used.

        with lazily():
            import tqdm
            from vidcolor.pipeline import film

    The names must be those of modules: `import module` or `from package import module`. A load is
    undivided, because a library may swallow a signal that arrives while it is imported, or break.
    Loading is an ordinary import, made late (as by the `lazy` imports of Python 3.15, PEP 810):
    what it raises comes up where the module is used, and the next use tries again. Before it,
    `require_room` may raise DeviceError. Other threads
    and other files never see anything but whole modules.
    """
    ordinary, thread = builtins.__import__, get_ident()

    def defer(
        name: str,
        globals: Mapping[str, Any] | None = None,
        locals: Mapping[str, Any] | None = None,
        fromlist: Sequence[str] | None = (),
        level: int = 0,
    ) -> Any:
        if get_ident() != thread:
            return ordinary(name, globals, locals, fromlist, level)
        if not fromlist:
            assert "." not in name, f"{name}: write 'from package import module'"
            return _LazyModule(name, None)
        package = globals["__package__"] if globals else None
        prefix = "." * level + (f"{name}." if name else "")
        return SimpleNamespace(
            **{member: _LazyModule(prefix + member, package) for member in fromlist}
        )

    builtins.__import__ = defer
    try:
        yield
    finally:
        builtins.__import__ = ordinary


class _LazyModule:
    """Stand in for a module of this name, which may be relative to `package`."""

    def __init__(self, name: str, package: str | None) -> None:
        self._name = name
        self._package = package
        self._module: ModuleType | None = None

    def __getattr__(self, attribute: str) -> Any:
        if self._module is None:
            require_room()
            with undivided(), _without_collections():
                self._module = import_module(self._name, self._package)
        return getattr(self._module, attribute)


@contextmanager
def _without_collections() -> Iterator[None]:
    """Look for no garbage in this context.

    What modules make as they load stays. To go through all of it again and again takes a tenth of
    the time that torch needs.
    """
    collects = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collects:
            gc.enable()
