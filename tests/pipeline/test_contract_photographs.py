"""The contract's photographs: what stands beside the pixels is kept, or named."""

import pytest
from contract_page import written
from contract_photographs import CASES, photograph_verdict

_CELLS = written("Photographs")
_SEEN: set[tuple[str, str]] = set()


def _is_first(has: str, output: str) -> bool:
    """Whether no earlier case has the same with the same output."""
    return not ({(has, output)} <= _SEEN or _SEEN.add((has, output)))


@pytest.mark.parametrize(
    ("suffix", "has", "output"),
    [
        pytest.param(
            suffix,
            has,
            output,
            marks=() if _is_first(has, output) or suffix == output else pytest.mark.long,
        )
        for suffix, has, output in CASES
    ],
)
def test_what_a_photograph_has_is_kept_or_named(suffix: str, has: str, output: str) -> None:
    assert photograph_verdict(suffix, has, output) == _CELLS[has, suffix, output]
