"""Languages that the tracks of MP4 and QuickTime files made by FFmpeg can name."""

import re

# FFmpeg's names of QuickTime's numbers, in the alphabet's order.
_NUMBERED = (
    "alb amh ara arm asm aym aze baq bel ben bul bur cat ces chi dan dut dzo eng epo est fin fra "
    "geo ger gre grn guj heb hin hun ice ind iri ita jav jpn kan kas kaz khm kin kir kor kur lao "
    "lat lav lit mac mal mar may mlg mlt mol mon nep nor nya ori orm per pol por pus que ron run "
    "rus san sin slk slv smi snd som spa sve swa tam tat tel tgk tgl tha tib tir tuk tur uig ukr "
    "urd uzb vie wel yid"
)
# Where ISO 639-2 has two codes, or FFmpeg one of its own.
_SAME = {
    "bod": "tib", "cym": "wel", "cze": "ces", "deu": "ger", "ell": "gre", "eus": "baq",
    "fas": "per", "fre": "fra", "hye": "arm", "isl": "ice", "kat": "geo", "mkd": "mac",
    "msa": "may", "mya": "bur", "nld": "dut", "rum": "ron", "slo": "slk", "sqi": "alb",
    "swe": "sve", "zho": "chi",
}  # fmt: skip


def mp4_language(code: str) -> str | None:
    """The code to give FFmpeg for the language `code` of an MP4 track; None if there is none."""
    return code if re.fullmatch(r"[a-z]{3}", code) else None


def quicktime_language(code: str) -> str | None:
    """The same of a track in a .mov."""
    name = _SAME.get(code, code)
    return name if name in _NUMBERED.split() else None
