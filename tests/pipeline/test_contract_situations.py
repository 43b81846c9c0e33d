"""The contract's situations: what is awkward of a film is kept, or named."""

import pytest
from contract_page import written
from contract_situations import OUTPUTS, SITUATIONS, situation_verdict

_CELLS = written("Awkward films")


@pytest.mark.parametrize("name", SITUATIONS)
@pytest.mark.parametrize(
    "output",
    [
        pytest.param(output, marks=() if output == ".mkv libx264" else pytest.mark.long)
        for output in OUTPUTS
    ],
)
def test_what_is_awkward_is_kept_or_named(name: str, output: str) -> None:
    assert situation_verdict(name, output) in _CELLS[name, output.split()[0]]
