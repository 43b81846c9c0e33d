"""Films that come from an object store or go there, and the cluster that makes them."""

import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from vidcolor.cli.lazy import lazily
from vidcolor.errors import UsageError
from vidcolor.jobs import store
from vidcolor.jobs.store import StoredFile

with lazily():
    from vidcolor.jobs import cluster as jobs_cluster
    from vidcolor.jobs import journal, run


def exists(path: Path) -> bool:
    """Tell whether there is such a file; there is none of a name that is too long.

    Raises InputError where its store does not answer.
    """
    if isinstance(path, StoredFile):
        return store.exists(path.address)
    try:
        return path.exists()
    except OSError:
        return False


@contextmanager
def at_hand(
    source: Path, target: Path, work: Path | None, overwrite: bool
) -> Iterator[tuple[Path, Path]]:
    """Give local files in the place of a film and its output, in the context.

    The film is fetched, and the output sent when the context ends without an error.

    Args:
        source, target: the film and its output, either of which may lie in a store.
        work: the folder in which an output is made before it is sent; None for the temporary one.
        overwrite: whether an output in a store is replaced.

    Raises UsageError where the output exists, InputError and OutputError.
    """
    with ExitStack() as stack:
        made = output_place(target, work)
        if isinstance(target, StoredFile):
            if not overwrite and exists(target):
                raise UsageError(f"{target}: exists already; --overwrite replaces it")
            made.parent.mkdir(parents=True, exist_ok=True)
            made.unlink(missing_ok=True)  # it could not be sent the last time
        if isinstance(source, StoredFile):
            source = store.fetch(source.address)
            stack.enter_context(store.holding(source))
        yield source, made
        if isinstance(target, StoredFile):
            store.send(made, target.address)
            shutil.rmtree(made.parent, ignore_errors=True)


def output_place(target: Path, work: Path | None) -> Path:
    """Return where an output is made: its own place, or that before it is sent to its store."""
    if not isinstance(target, StoredFile):
        return target
    return store.local_place(target.address, None if isinstance(work, StoredFile) else work)


def means_of(
    source: Path,
    target: Path,
    devices: tuple[str, ...],
    work: Path | None,
    cluster: str | None,
    most: int | None,
) -> "run.Means":
    """Return the means by which a film is made.

    Args:
        source, target: as for `at_hand`.
        devices: of this machine's processes.
        work: the folder for what is half done, or the address through which segments come back.
        cluster: the address of one; None for this machine.
        most: the most segments in work on the cluster at once.

    Raises UsageError for a folder in a store without a cluster.
    """
    beside = target if isinstance(target, StoredFile) else None
    folder = None if isinstance(work, StoredFile) or beside else work
    if cluster is None:
        if isinstance(work, StoredFile):
            raise UsageError(f"{work}: --work may lie in a store with --cluster only")
        return run.Means(devices, folder)
    parts = None
    if isinstance(work, StoredFile):
        parts = f"{work.address}/{journal.work_folder(target, Path()).name}"
    elif beside is not None and work is None:
        parts = f"{beside.folder}/.{beside.name}.vidcolor"
    film = source.address if isinstance(source, StoredFile) else None
    made_by = jobs_cluster.Cluster(cluster, most, film, parts)
    return run.Means((), folder, cluster=made_by)


def folder_means(work: Path | None, cluster: str | None) -> "run.Means":
    """Return the means by which each film of a folder is made; arguments as for `means_of`.

    Raises UsageError for a folder in a store.
    """
    if isinstance(work, StoredFile):
        raise UsageError(f"{work}: with --recursive, --work must be a local folder")
    return run.Means(work=work, cluster=None if cluster is None else jobs_cluster.Cluster(cluster))
