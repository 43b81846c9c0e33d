"""Opens a film in the studio: its session, and the server of its page."""

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from vidcolor.colorize.settings import ColorSettings
from vidcolor.output.encoders import EncoderSettings
from vidcolor.serve.lock import ServerLock
from vidcolor.serve.server import Served, serving
from vidcolor.serve.site import Site
from vidcolor.studio.endpoints import endpoints
from vidcolor.studio.session import Session

PAGE = Path(__file__).with_name("page")
"""The folder of the page."""


@contextmanager
def studio(
    path: Path,
    hints_file: Path,
    settings: ColorSettings,
    *,
    given: Collection[str] = (),
    device: str = "auto",
    encoder: EncoderSettings | None = None,
    hosts: Sequence[str] = (),
) -> Iterator[Served]:
    """Serve the studio of a film or photograph while the context lasts.

    The arguments are those of `Session` and `serving`. Raises VidcolorError where the film can't be
    read, and UsageError where it is open already.
    """
    session = Session(path, hints_file, settings, given, device, encoder)
    lock = ServerLock(hints_file.parent / f".{path.name}.studio")
    with lock.held(str(path)):
        session.start()
        try:
            with serving(Site(PAGE, endpoints(session), session.events), hosts) as served:
                lock.tell(served.address, served.keys.secret)
                yield served
        finally:
            session.stop()
