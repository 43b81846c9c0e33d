"""Text that others wrote: its encoding, where nothing says so, and times in it; sizes as text."""

import codecs
import locale
import re
from fractions import Fraction

# UTF-32 stands before UTF-16, whose mark it begins with.
_MARKS = {
    codecs.BOM_UTF8: "utf-8",
    codecs.BOM_UTF32_LE: "utf-32-le",
    codecs.BOM_UTF32_BE: "utf-32-be",
    codecs.BOM_UTF16_LE: "utf-16-le",
    codecs.BOM_UTF16_BE: "utf-16-be",
}
_WESTERN = "cp1252"  # Windows-1252, which holds all that Latin-1 has
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
# No western language has four accented letters in a row; other scripts read as Windows-1252 do.
_NOT_WESTERN = re.compile(r"[^\x00-\x7f]{4}")
_NAMES = {"utf-8": "UTF-8", _WESTERN: "Windows-1252"}


def one_line(text: str) -> str:
    """Return `text` with line breaks, which names of files may hold, as \\n and \\r."""
    return text.replace("\n", "\\n").replace("\r", "\\r")


def as_utf8(content: bytes) -> bytes:
    """Return the content of a text file that a mark of Unicode begins in UTF-8, without the mark.

    Other content is returned as it is: it may be in any encoding. Raises UnicodeDecodeError where
    the content is not what its mark says.
    """
    for mark, encoding in _MARKS.items():
        if content.startswith(mark):
            return content[len(mark) :].decode(encoding).encode()
    return content


def decode(content: bytes, local: str | None = None) -> tuple[str, str]:
    """Return the text that `content` is, and what its encoding is called.

    That is UTF-8 where it can be, else the encoding of the locale, else Windows-1252.

    local: the encoding of the locale, by Python's name; None: the process's own. Raises
    UnicodeError where the content is plainly in none of them.
    """
    local = codecs.lookup(local or locale.getencoding()).name
    for encoding in ("utf-8", local, _WESTERN):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if encoding == "utf-8" or not (
            _CONTROLS.search(text) or (encoding == _WESTERN != local and _NOT_WESTERN.search(text))
        ):
            return text, _NAMES.get(encoding, encoding)
    raise UnicodeError("neither in UTF-8 nor in Windows-1252")


def bytes_text(count: float | Fraction) -> str:
    """Return a number of bytes as people read it: whole kB, MB or GB, below 10 with a decimal."""
    for size, unit in ((10**9, "GB"), (10**6, "MB")):
        if count >= size:
            return f"{float(count / size):.{int(count < 10 * size)}f} {unit}"
    return f"{float(count / 1000):.0f} kB"


def parse_time(text: str) -> Fraction:
    """Return seconds, exact, of seconds or [hours:]minutes:seconds.

    Raises ValueError, which says what other text is not.
    """
    if not re.fullmatch(r"(\d{1,6}:){0,2}\d{1,6}(\.\d{0,9})?", text, re.ASCII):
        raise ValueError("is not a time; write 90, 1:30 or 0:01:30.5")
    time = Fraction(0)
    for part in text.split(":"):
        time = time * 60 + Fraction(part)
    return time
