"""The files of results, whole and damaged."""

from pathlib import Path

import pytest
from judging import sit

from vidcolor.errors import InputError, UsageError
from vidcolor.sitting.results import add, begin, read_results, read_sitting
from vidcolor.sitting.study import Study

STUDY = Study(tuple("abcdefghijkl"), ("x", "y"))
TRIALS = 4 + 12 + 3


def test_a_sitting_is_read_as_it_was_written(tmp_path: Path) -> None:
    path = sit(tmp_path, "anna", STUDY, fooled={("a", "x")}, late=frozenset({5}))
    sitting = read_sitting(path)
    assert sitting.beginning.study == STUDY
    assert [judgement.trial for judgement in sitting.judgements] == list(range(TRIALS))
    assert [judgement.trial for judgement in sitting.judgements if judgement.late] == [5]
    assert (sitting.remaining, sitting.damaged) == ([], 0)
    assert path.read_bytes().count(b"\n") == TRIALS + 1


def test_a_file_cut_anywhere_loses_one_line_at_most(tmp_path: Path) -> None:
    path = sit(tmp_path, "anna", STUDY)
    whole = path.read_bytes()
    last = read_sitting(path).judgements[-1]
    begun = len(whole.split(b"\n")[0])
    for length in range(begun, len(whole), 37):
        path.write_bytes(whole[:length])
        complete = whole[:length].count(b"\n", begun + 1)
        found = read_sitting(path)
        assert len(found.judgements) in (complete, complete + 1)  # a cut off line end is no loss
        add(path, last)
        again = read_sitting(path)
        assert len(again.judgements) == len(found.judgements) + 1
        assert again.damaged <= 1


def test_damage_in_the_midst_costs_its_lines_alone(tmp_path: Path) -> None:
    path = sit(tmp_path, "anna", STUDY)
    lines = path.read_bytes().split(b"\n")
    lines[3], lines[7] = b"\xff\0 no JSON", lines[7].replace(b'"late": false', b'"late": 3')
    path.write_bytes(b"\n".join(lines))
    sitting = read_sitting(path)
    assert sitting.damaged == 2
    assert sitting.remaining == [2, 6]


def test_of_two_judgements_of_one_trial_the_first_counts(tmp_path: Path) -> None:
    path = sit(tmp_path, "anna", STUDY, count=5)
    first = read_sitting(path).judgements[4]
    lines = path.read_bytes()
    path.write_bytes(
        lines + lines.split(b"\n")[5].replace(b'"seconds": 0.5', b'"seconds": 9') + b"\n"
    )
    assert read_sitting(path).judgements[4] == first


def test_a_judge_may_sit_again(tmp_path: Path) -> None:
    for number in range(3):
        sit(tmp_path, "anna", STUDY, number=number)
    found = read_results(tmp_path)
    assert [sitting.path.name for sitting in found] == [
        "anna.jsonl",
        "anna-2.jsonl",
        "anna-3.jsonl",
    ]
    assert {sitting.beginning.judge for sitting in found} == {"anna"}


@pytest.mark.parametrize("name", ["", "../anna", "a/b", ".hidden", "x" * 41, "a\n"])
def test_names_that_are_no_names_are_refused(tmp_path: Path, name: str) -> None:
    beginning = read_sitting(sit(tmp_path, "anna", STUDY)).beginning
    bad = type(beginning)(**{**vars(beginning), "judge": name})
    with pytest.raises(UsageError, match="a judge's name"):
        begin(tmp_path, bad)
    assert [path.name for path in tmp_path.iterdir()] == ["anna.jsonl"]


@pytest.mark.parametrize("content", [b"", b"{}\n", b"no\n", b'{"format": 2}\n', b"[1]\n"])
def test_what_is_no_sitting_is_named(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "notes.jsonl").write_bytes(content)
    with pytest.raises(InputError, match=r"notes\.jsonl: is no sitting"):
        read_results(tmp_path)
