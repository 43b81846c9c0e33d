"""Packing: what is written, what is left out, and packs that were stopped."""

import csv
import subprocess
import sys
import tarfile
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image
from skimage import data as samples

from vidcolor.errors import TrainingError, UsageError
from vidcolor.train.cli import train
from vidcolor.train.data.pack import pack
from vidcolor.train.data.photographs import Photographs
from vidcolor.train.folder_lock import lock_folder


def _tar(folder: Path, path: Path) -> Path:
    """The files of `folder` as a tar, in the order of their names."""
    with tarfile.open(path, "w") as tar:
        for file in sorted(folder.rglob("*")):
            if file.is_file():
                tar.add(file, file.relative_to(folder.parent).as_posix())
    return path


def _contents(packed: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in packed.iterdir()}


def _left_out(packed: Path) -> list[list[str]]:
    with (packed / "left-out.tsv").open() as file:
        return list(csv.reader(file, "excel-tab"))[1:]


def _passed_over(packed: Path) -> list[str]:
    return [name for name, reason, _ in _left_out(packed) if reason == "passed over"]


def test_packed_photographs_are_the_photographs(folder: Path, packed: Path) -> None:
    photographs = Photographs(packed)
    paths = sorted(path for path in folder.rglob("*.png") if path.is_file())
    everything = sorted([*photographs.training, *photographs.validation])
    assert everything == list(range(13))
    classes = [str(photographs.class_names[label]) for label in photographs.labels]
    assert classes == ["animals"] * 4 + ["sky"] * 4 + ["table"] * 5
    for index, path in zip([0, 1, 4, 8], [paths[0], paths[1], paths[4], paths[8]], strict=True):
        with Image.open(path) as image:
            image.thumbnail((256, 256), Image.Resampling.LANCZOS)
            assert np.array_equal(photographs[index], np.asarray(image))


def test_exif_orientation_is_obeyed(packed: Path) -> None:
    assert Photographs(packed).shape(12) == (80, 160)


def test_folders_tars_and_lists_pack_alike(folder: Path, packed: Path, tmp_path: Path) -> None:
    listing = folder / "list.txt"
    images = (path for path in folder.rglob("*") if path.suffix in {".png", ".jpg"})
    listing.write_text("\n".join(path.relative_to(folder).as_posix() for path in sorted(images)))
    tar = _tar(folder, tmp_path / "photographs.tar")
    for number, source in enumerate([tar, listing]):
        pack([source], tmp_path / str(number), 0.2)
        contents, expected = _contents(tmp_path / str(number)), _contents(packed)
        assert contents.pop("left-out.tsv").startswith(b"file\treason\tdetail\nphotographs0/sky/br")
        del expected["left-out.tsv"]
        assert contents == expected
    others = ["photographs0/list.txt", "photographs0/sky/notes.txt"]
    assert _passed_over(tmp_path / "0") == others
    assert _passed_over(packed) == others[1:]
    assert _passed_over(tmp_path / "1") == []
    listing.unlink()


def test_the_split_of_a_photograph_stays_when_others_come(folder: Path, tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    pack([folder / "sky"], one, 0.5)
    pack([folder / "animals", folder / "sky"], two, 0.5)
    alone, joined = Photographs(one).validation, Photographs(two).validation
    assert [index - 4 for index in joined if index >= 4] == list(alone)


def test_what_is_left_out_is_named_with_its_reason(tmp_path: Path) -> None:
    shelf = tmp_path / "shelf"
    shelf.mkdir()
    coffee = Image.fromarray(samples.coffee())
    coffee.save(shelf / "a.png")
    coffee.save(shelf / "b.png")
    coffee.resize((300, 200)).save(shelf / "c.jpg", quality=60)
    coffee.convert("L").save(shelf / "d.png")
    coffee.resize((60, 60)).save(shelf / "e.png")
    (shelf / "f.jpg").write_bytes((shelf / "c.jpg").read_bytes()[:4000])
    (shelf / "g.jpg").symlink_to("nowhere.jpg")
    Image.fromarray(samples.rocket()).save(shelf / "h\t.png")
    Image.fromarray(samples.rocket()).save(shelf / "i\n.png")
    summary = pack([shelf], tmp_path / "packed", 0)
    assert (summary.training, summary.validation) == (2, 0)
    assert summary.left_out == {"duplicate": 3, "grey": 1, "tiny": 1, "unreadable": 2}
    *rows, last = _left_out(tmp_path / "packed")
    assert [row[:2] for row in rows] == [
        ["shelf/b.png", "duplicate"], ["shelf/c.jpg", "duplicate"], ["shelf/d.png", "grey"],
        ["shelf/e.png", "tiny"], ["shelf/f.jpg", "unreadable"], ["shelf/g.jpg", "unreadable"],
    ]  # fmt: skip
    assert last == ["shelf/i\n.png", "duplicate", "shelf/h\t.png"]


@pytest.mark.parametrize("suffix", ["avif", "webp", "png", "tiff"])
def test_a_tar_of_any_format_is_packed(suffix: str, tmp_path: Path) -> None:
    Image.fromarray(samples.coffee()).resize((240, 160)).save(tmp_path / f"coffee.{suffix}")
    with tarfile.open(tmp_path / "photographs.tar", "w") as tar:
        tar.add(tmp_path / f"coffee.{suffix}", f"table/coffee.{suffix}")
    assert pack([tmp_path / "photographs.tar"], tmp_path / "packed", 0).training == 1
    photographs = Photographs(tmp_path / "packed")
    assert photographs[0].shape == (160, 240, 3)
    assert list(photographs.class_names) == ["table"]


def test_a_source_that_gave_none_is_named_and_what_lay_in_it(folder: Path, tmp_path: Path) -> None:
    """Files of kinds that are no photographs, a list of nothing, and an empty folder."""
    with tarfile.open(tmp_path / "films.tar", "w") as tar:
        for name in ("films/a.mkv", "films/b.json", "films/README"):
            tar.addfile(tarfile.TarInfo(name))
        link = tarfile.TarInfo("films/c.jpg")
        link.type, link.linkname = tarfile.SYMTYPE, "../elsewhere.jpg"
        tar.addfile(link)
    (tmp_path / "nothing.txt").touch()
    (tmp_path / "empty").mkdir()
    names = [tmp_path / name for name in ("films.tar", "nothing.txt", "empty")]
    output = tmp_path / "out"
    done = CliRunner().invoke(
        train,
        ["pack", *map(str, names[:1]), str(folder), *map(str, names[1:]), "-o", str(output)],
        catch_exceptions=False,
    )
    assert done.exit_code == 0
    assert "left out: 1 unreadable, 5 passed over;" in done.stderr
    whys = ("4 passed over", "no files", "no files")
    for source, why in zip(names, whys, strict=True):
        assert f"{source}: gave no photograph ({why})\n" in done.stderr
    for name in ("films/a.mkv", "films/b.json", "films/README", "films/c.jpg"):
        assert f"\n{name}  passed over  no photograph by its name" in done.stderr
    reasons = [reason for _, reason, _ in _left_out(output)]
    assert reasons == ["unreadable", *["passed over"] * 5, *["gave none"] * 3]


def test_where_nothing_is_found_it_is_said_what_was_there(tmp_path: Path) -> None:
    source = tmp_path / "set"
    source.mkdir()
    for name in ("a.json", "b.json"):
        (source / name).touch()
    (source / "c.png").write_bytes(b"no image")
    with pytest.raises(
        TrainingError, match=r"no photographs found \(1 unreadable, 2 passed over\); see .*\.tsv"
    ):
        pack([source], tmp_path / "out", 0.1)
    assert len(_left_out(tmp_path / "out")) == 4


def test_heic_is_packed_where_pillow_heif_is(tmp_path: Path) -> None:
    heif = pytest.importorskip("pillow_heif")
    picture = Image.fromarray(samples.coffee()).resize((240, 160))
    heif.from_pillow(picture).save(tmp_path / "coffee.HEIC", quality=90)
    with tarfile.open(tmp_path / "photographs.tar", "w") as tar:
        tar.add(tmp_path / "coffee.HEIC", "table/coffee.HEIC")
    assert pack([tmp_path / "photographs.tar"], tmp_path / "packed", 0).training == 1
    made = Photographs(tmp_path / "packed")[0].astype(int)
    assert np.abs(made - np.asarray(picture)).mean() < 5


def test_without_it_the_remedy_is_one_line(tmp_path: Path) -> None:
    """In a process of its own, whose Pillow does not know HEIC."""
    source = tmp_path / "shelf"
    source.mkdir()
    for number in range(3):
        (source / f"{number}.heic").write_bytes(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(64))
    Image.fromarray(samples.coffee()).save(source / "coffee.png")
    code = "import sys; sys.modules['pillow_heif'] = None; from vidcolor.train.cli import train; "
    done = subprocess.run(
        [sys.executable, "-c", code + "train()", "pack", source, "-o", tmp_path / "out"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert "left out: 3 HEIC without pillow-heif; " in done.stderr
    remedies = [line for line in done.stderr.splitlines() if line.startswith("to read HEIC")]
    assert remedies == ["to read HEIC: pip install -c constraints.txt -e '.[heif]'"]
    assert f"{tmp_path / 'out'}: 1 training and 0 validation photographs\n" == done.stdout


def test_no_photograph_is_in_both_splits(folder: Path, tmp_path: Path) -> None:
    """Copies under other names, some of which the hash of the path puts on the other side."""
    for number in range(8):
        (tmp_path / f"copy-{number}").symlink_to(folder)
    summary = pack([tmp_path / f"copy-{n}" for n in range(8)], tmp_path / "packed", 0.5)
    assert summary.training + summary.validation == 13
    assert summary.left_out == {"duplicate": 91, "unreadable": 8}


def test_sources_without_photographs_are_refused(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="no photographs found"):
        pack([tmp_path], tmp_path / "out", 0.1)
    with pytest.raises(TrainingError, match="no photographs found"):
        pack([tmp_path], tmp_path / "out", 0.1)


def _stop_halfway(folder: Path, target: Path, tmp_path: Path) -> list[Path]:
    """Leave `target` half packed, and return the sources that it began with."""
    sources = [folder / "animals", _tar(folder / "sky", tmp_path / "sky.tar"), folder / "table"]
    whole = sources[1].read_bytes()
    sources[1].write_bytes(whole[: len(whole) // 2])
    with pytest.raises(TrainingError, match="sound tar"):
        pack(sources, target, 0.2)
    sources[1].write_bytes(whole)
    return sources


# Bytes that a crash may have kept from the disk, of the pixels and of the journal.
@pytest.mark.parametrize("lost", [(0, 0), (0, 1), (0, 700), (1, 0), (100_000, 0), (10, 10**9)])
def test_a_stopped_pack_ends_with_the_same_bytes(
    folder: Path, tmp_path: Path, lost: tuple[int, int]
) -> None:
    target = tmp_path / "packed"
    sources = _stop_halfway(folder, target, tmp_path)
    for name, count in zip(("photographs.u8", "journal.jsonl"), lost, strict=True):
        content = (target / name).read_bytes()
        assert content
        (target / name).write_bytes(content[: max(0, len(content) - count)])
    summary = pack(sources, target, 0.2)
    whole = pack(sources, tmp_path / "whole", 0.2)
    assert summary == whole
    assert _contents(target) == _contents(tmp_path / "whole")


def test_what_was_packed_is_not_packed_again(folder: Path, tmp_path: Path) -> None:
    """The second call reads no photograph of the first source: none of them is one any more."""
    target = tmp_path / "packed"
    sources = _stop_halfway(folder, target, tmp_path)
    pack(sources, tmp_path / "whole", 0.2)
    spoilt = tmp_path / "animals"
    spoilt.mkdir()
    for path in sources[0].iterdir():
        (spoilt / path.name).write_bytes(b"")
    pack([spoilt, *sources[1:]], target, 0.2)
    assert _contents(target) == _contents(tmp_path / "whole")


def test_a_half_packed_folder_holds_no_photographs(folder: Path, tmp_path: Path) -> None:
    _stop_halfway(folder, tmp_path / "packed", tmp_path)
    with pytest.raises(TrainingError, match="no packed photographs"):
        Photographs(tmp_path / "packed")


def test_packs_of_other_sources_do_not_mix(folder: Path, packed: Path, tmp_path: Path) -> None:
    before = _contents(packed)
    with pytest.raises(UsageError, match="holds packed photographs; delete it"):
        pack([folder], packed, 0.2)
    assert _contents(packed) == before

    sources = _stop_halfway(folder, tmp_path / "half", tmp_path)
    for others in ([folder / "table"], sources[:0], sources[::-1]):
        with pytest.raises(TrainingError, match="holds part of a pack of other files"):
            pack(others, tmp_path / "half", 0.2)
    with pytest.raises(TrainingError, match="holds part of a pack with other settings"):
        pack(sources, tmp_path / "half", 0.2, screen=False)
    pack(sources, tmp_path / "half", 0.2)


def test_a_damaged_journal_is_refused(folder: Path, tmp_path: Path) -> None:
    target = tmp_path / "packed"
    sources = _stop_halfway(folder, target, tmp_path)
    with (target / "journal.jsonl").open("ab") as journal:
        journal.write(b"not JSON\n")
    with pytest.raises(TrainingError, match=r"journal\.jsonl: damaged; delete"):
        pack(sources, target, 0.2)


def test_one_process_packs(folder: Path, tmp_path: Path) -> None:
    with (
        lock_folder(tmp_path),
        pytest.raises(TrainingError, match="another process is at work here"),
    ):
        pack([folder], tmp_path, 0.2)


def test_a_source_that_is_not_there_leaves_no_folder(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="nowhere: no such file or folder"):
        pack([folder, tmp_path / "nowhere"], tmp_path / "out", 0.2)
    assert not (tmp_path / "out").exists()


def test_pack_by_command_line_names_what_it_leaves_out(folder: Path, tmp_path: Path) -> None:
    done = CliRunner().invoke(
        train, ["pack", str(folder), "-o", str(tmp_path / "out")], catch_exceptions=False
    )
    assert done.exit_code == 0
    assert "left out: 1 unreadable" in done.stderr
    assert "photographs0/sky/broken.jpg  unreadable  " in done.stderr
    assert "training and" in done.stdout


def test_of_many_files_left_out_the_numbers_are_said(folder: Path, tmp_path: Path) -> None:
    sources = []
    for number in range(3):
        sources.append(str(tmp_path / f"copy-{number}"))
        Path(sources[-1]).symlink_to(folder)
    done = CliRunner().invoke(
        train, ["pack", *sources, "-o", str(tmp_path / "out")], catch_exceptions=False
    )
    table = tmp_path / "out/left-out.tsv"
    first, *others = done.stderr.splitlines()
    assert first == f"left out: 3 unreadable, 26 duplicate, 3 passed over; {table} names them"
    why = "13 duplicate, 1 unreadable, 1 passed over"
    assert others == [f"{source}: gave no photograph ({why})" for source in sources[1:]]
    rows = _left_out(tmp_path / "out")
    assert len(rows) == 29 + 3 + 2
    assert rows[-2:] == [[source, "gave none", why] for source in sources[1:]]


def test_a_set_to_measure_on_is_kept_whole(tmp_path: Path) -> None:
    """Grey, tiny and doubled photographs too; only what can't be read or measured is left out."""
    source = tmp_path / "set"
    source.mkdir()
    picture = samples.chelsea()[:100, :120]
    for name, pixels in {
        "one": picture,
        "twice": picture,
        "grey": np.repeat(picture[..., :1], 3, 2),
        "tiny": picture[:11, :20],
        "flat": picture[:10, :20],
    }.items():
        Image.fromarray(pixels).save(source / f"{name}.png")
    (source / "broken.png").write_bytes(b"no image")
    assert pack([source], tmp_path / "fit", 0).left_out.keys() >= {"duplicate", "grey", "tiny"}
    summary = pack([source], tmp_path / "whole", 1, screen=False)
    assert (summary.validation, summary.left_out) == (4, {"unreadable": 1, "tiny": 1})
