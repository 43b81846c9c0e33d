"""docs/formats.md, written from what the contract's runs find:

python tests/support/contract_page.py > docs/formats.md
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping

from contract import CASES, FACTORS, PAIRS, REFUSED
from contract_runs import verdicts

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
            "\n## What was tried\n",
            *_table(("factor", "values"), ((_KINDS[factor], "; ".join(values)) for factor, values in
                                           FACTORS.items())),
            "\nBy container and codec, these pixel formats:\n",
            *_table(("container", "codec", "pixel formats"), _sources()),
            "",
        ]
    )  # fmt: skip


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
    """The outcome in one container; those of single encoders apart, where they differ."""
    encoders = defaultdict(list)
    for encoder in _OUTPUTS[suffix]:
        if outcomes := found.get(f"{suffix} {encoder}"):
            encoders[" or ".join(sorted(outcomes))].append(encoder)
    if len(encoders) < 2:
        return next(iter(encoders), "")
    return "; ".join(f"{outcome} ({', '.join(names)})" for outcome, names in encoders.items())


def _sources() -> Iterator[tuple[str, ...]]:
    tried = defaultdict(set)
    for case in CASES:
        tried[case.container, case.codec].add(case.pixels)
    for (container, codec), pixels in tried.items():
        yield container, codec, ", ".join(sorted(pixels, key=FACTORS["pixels"].index))


def _table(head: tuple[str, ...], rows: Iterator[tuple[str, ...]]) -> Iterator[str]:
    for cells in (head, ("---",) * len(head), *rows):
        yield f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    print(page(), end="")
