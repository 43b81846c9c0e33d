"""docs/formats.md, written from what the contract's runs find:

python tests/support/contract_page.py > docs/formats.md
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import contract_photographs as photographs
from contract import CASES, FACTORS, PAIRS, REFUSED
from contract_photographs import photograph_verdict
from contract_runs import verdicts
from contract_situations import OUTPUTS, SITUATIONS, situation_verdict
from contract_situations import REFUSED as OUTCOME_REFUSED
from contract_sound import SOUNDS, SUFFIXES, sound_verdict

PAGE = Path(__file__).parents[2] / "docs/formats.md"
_OUTPUTS = {
    suffix: [output.split()[1] for output in FACTORS["output"] if output.startswith(suffix)]
    for suffix in (".mkv", ".mp4", ".mov", ".webm")
}
_ORDER = (
    "times", "rotation", "interlacing", "captions", "pixel aspect", "odd size", "alpha", "sound",
    "subtitles", "chapters", "attachment", "cover art", "data", "second video", "timecode",
    "title,", "other tags of the", "language", "marked", "titles of", "other tags of",
)  # fmt: skip

_HEAD = """# Formats

What becomes of a film, found by trying. Made by
`python tests/support/contract_page.py > docs/formats.md`;
a test holds this page to it.

**{cases} films** hold each of the **{pairs} pairs** of the values below that can meet in a film.
Every one is colorized from end to end with a lossless encoder and held against its source, both as
PyAV shows them. In all of them

- every frame is there, in order, its luma bit for bit as the source's decoder gives it, limited or
  full range as it was, tagged BT.709;
- frames, sound, subtitles and chapters lie as they did to one another, and the film is as long;
- packets that are copied have the bytes they had (AAC from a transport stream loses the header
  that only such a stream has);
- what is not kept is named among the notes, nothing else is, and `--strict` refuses these films
  and no others;
- `--verify` finds the same.

## What is kept

`.m4v` is as `.mp4`. An encoder is named where it makes a difference.
"""
_SOUND = """
## Sound

{count} films: sound of each codec that can be made with FFmpeg's encoders, or by hand, in each
container that holds it, into each output. Copied packets have their bytes; what is converted to PCM
has the samples that the source's decoder gives. What is left out or converted, FFmpeg could not
have written and found again. Where the outcome depends on the container of the source, that is
named.
"""
_SITUATIONS = """
## Awkward films

{count} runs: what is awkward of a film is kept, or a line names it, and `--strict` refuses just
what is named.
"""
_PHOTOGRAPHS = """
## Photographs

{count} runs: one thing beside the luma at a time, from format to format; `--strict` refuses just
what is left out. `.tiff` is as `.tif`, `.jpeg` as `.jpg`. HEIC and GIF can only be read.
"""
_KINDS = {
    "container": "containers",
    "codec": "codecs, by FFmpeg's encoder",
    "pixels": "pixel formats",
    "range": "ranges",
    "timing": "times",
    "beside": "beside the picture",
    "marks": "languages and marks",
    "geometry": "geometry",
    "output": "outputs",
}


def page() -> str:
    """The text of docs/formats.md.

    Raises:
        AssertionError: the contract is broken.
    """
    return "\n".join(
        [
            _HEAD.format(cases=len(CASES), pairs=PAIRS),
            *_table(("of the source", *_OUTPUTS), _kept()),
            "\n## What is refused\n",
            "These encoders refuse these films, with a line that names others:\n",
            *_table(("film", "encoders"), ((film, who.replace(" ", ", ")) for film, who in
                                           REFUSED.items())),
            _SOUND.format(count=len(SUFFIXES) * sum(len(c.split()) for c in SOUNDS.values())),
            *_table(("sound", *SUFFIXES), map(sound_row, SOUNDS)),
            _SITUATIONS.format(count=len(SITUATIONS) * len(OUTPUTS)),
            *_table(("of a film", *_OUTPUTS), map(situation_row, SITUATIONS)),
            _PHOTOGRAPHS.format(count=len(photographs.CASES)),
            *_table(("of a photograph", "in", *photographs.OUTPUTS), photograph_rows()),
            "\n## What was tried\n",
            *_table(("factor", "values"), ((_KINDS[factor], "; ".join(values)) for factor, values in
                                           FACTORS.items())),
            "\nBy container and codec, these pixel formats:\n",
            *_table(("container", "codec", "pixel formats"), _sources()),
            "",
        ]
    )  # fmt: skip


def written(section: str) -> dict[tuple[str, ...], str]:
    """The cells of a section's table on the page, by the words in front of the row and the column.

    Those in front are what stands under columns that name no suffix.
    """
    (text,) = (part for part in PAGE.read_text().split("\n## ") if part.startswith(section))
    rows = [line.strip("| ").split(" | ") for line in text.splitlines() if line.startswith("| ")]
    head, _, *body = rows
    first = next(at for at, name in enumerate(head) if name.startswith("."))
    return {
        (*row[:first], column): cell
        for row in body
        for column, cell in zip(head[first:], row[first:], strict=True)
    }


def sound_row(codec: str) -> tuple[str, ...]:
    """What becomes of a codec of sound."""
    return codec, *(_by_container(codec, suffix) for suffix in SUFFIXES)


def _by_container(codec: str, suffix: str) -> str:
    """The outcome in one container; those of single sources apart, where they differ."""
    sources = defaultdict(list)
    for container in SOUNDS[codec].split():
        sources[sound_verdict(codec, container, suffix)].append(container)
    if len(sources) == 1:
        return next(iter(sources))
    return "; ".join(f"{outcome} (from {', '.join(names)})" for outcome, names in sources.items())


def situation_row(name: str) -> tuple[str, ...]:
    """What becomes of an awkward film."""
    outcomes = {output: {situation_verdict(name, output)} for output in OUTPUTS}
    return name, *(_cell(outcomes, suffix) for suffix in _OUTPUTS)


def photograph_rows() -> Iterator[tuple[str, ...]]:
    """What becomes of a photograph's metadata, depth, pages and alpha."""
    for suffix, those in photographs.HAVE.items():
        for has in those.split("|"):
            outcomes = (photograph_verdict(suffix, has, out) for out in photographs.OUTPUTS)
            yield has, suffix, *outcomes


def _kept() -> Iterator[tuple[str, ...]]:
    found: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for case in CASES:
        for what, outcomes in verdicts(case).items():
            found[what][case.output] |= outcomes
    for what in sorted(found, key=_place):
        yield what, *(_cell(found[what], suffix) for suffix in _OUTPUTS)


def _place(what: str) -> tuple[int, str]:
    return next(i for i, start in enumerate(_ORDER) if what.startswith(start)), what


def _cell(found: Mapping[str, set[str]], suffix: str) -> str:
    """The outcome in one container; those of single encoders apart, where they differ.

    If there is none, all encoders of the container refuse the film.
    """
    encoders = defaultdict(list)
    for encoder in _OUTPUTS[suffix]:
        if outcomes := found.get(f"{suffix} {encoder}"):
            encoders[" or ".join(sorted(outcomes))].append(encoder)
    if len(encoders) < 2:
        return next(iter(encoders), OUTCOME_REFUSED)
    return "; ".join(f"{outcome} ({', '.join(names)})" for outcome, names in encoders.items())


def _sources() -> Iterator[tuple[str, ...]]:
    tried = defaultdict(set)
    for case in CASES:
        tried[case.container, case.codec].add(case.pixels)
    for (container, codec), pixels in tried.items():
        yield container, codec, ", ".join(sorted(pixels, key=FACTORS["pixels"].index))


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    for cells in (head, ("---",) * len(head), *rows):
        yield f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    print(page(), end="")
