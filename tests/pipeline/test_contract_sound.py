"""The contract's sound: kept, turned into PCM with the same samples and said, or named."""

import av
import pytest
from contract_page import written
from contract_sound import SOUNDS, SUFFIXES, UNHELD, sound_verdict
from sound_films import RENAMED, WAVES

_CELLS = written("Sound")
_CASES = [
    pytest.param(codec, container, suffix, marks=() if is_first else pytest.mark.long)
    for codec, containers in SOUNDS.items()
    for is_first, container in zip([True] + [False] * 20, containers.split(), strict=False)
    for suffix in SUFFIXES
]


@pytest.mark.parametrize(("codec", "container", "suffix"), _CASES)
def test_sound_is_kept_or_named(codec: str, container: str, suffix: str) -> None:
    assert sound_verdict(codec, container, suffix) in _CELLS[codec, suffix]


def test_no_codec_of_sound_that_can_be_made_is_missing() -> None:
    names = set()
    for name in av.codecs_available:
        try:
            encoder = av.Codec(name, "w")
        except ValueError:
            continue
        if encoder.type == "audio":
            names.add(encoder.canonical_name)
    names -= {"anull"}
    ours = {"ra_144" if codec == "real_144" else codec for codec in SOUNDS}
    ours |= {"adpcm_g722", "adpcm_g726"}
    missing = names - ours - UNHELD - {"adpcm_g726le"}
    assert not missing
    assert set(RENAMED) | set(WAVES) <= set(SOUNDS)
