"""Encodings told from the bytes alone, against texts whose encoding is known; and sizes."""

import codecs

import pytest

from vidcolor.text import as_utf8, bytes_text, decode


@pytest.mark.parametrize(
    "text",
    [
        "Ein Film von Jürgen Böttcher",
        "Les Enfants du paradis – créée en 1945, « restaurée »",
        "El año del Señor, ¿qué más?",
        "O coração não é árvore",
        "Þýðing: Æðey, ævintýri",
        "Sjöström’s “Körkarlen”…",
        "Smørrebrød på Ærø",
        "50 £ or 60 €",
    ],
)
def test_western_texts(text: str) -> None:
    assert decode(text.encode(), "utf-8") == (text, "UTF-8")
    assert decode(text.encode("cp1252"), "utf-8") == (text, "Windows-1252")


@pytest.mark.parametrize(
    ("text", "local"),
    [
        ("Зеркало", "koi8-r"),
        ("Сталкер", "cp1251"),
        ("Żółć", "iso8859-2"),
        ("東京物語", "shift_jis"),
        ("小城之春", "gbk"),
        ("Ταξίδι", "cp1253"),
    ],
)
def test_the_locale_s_encoding_goes_before_windows_1252(text: str, local: str) -> None:
    found, encoding = decode(text.encode(local), local)
    assert found == text
    assert codecs.lookup(encoding) == codecs.lookup(local)
    assert decode(text.encode(), local) == (text, "UTF-8")


def test_a_latin_1_locale_means_windows_1252() -> None:
    assert decode(b"60 \x80", "iso8859-1") == ("60 €", "Windows-1252")


@pytest.mark.parametrize(
    "content",
    [
        "Зеркало".encode("cp1251"),
        "Зеркало".encode("koi8-r"),
        "東京物語".encode("shift_jis"),
        "小城之春".encode("gbk"),
        "Ταξίδι".encode("cp1253"),
        "Зеркало".encode("utf-16-be") + b"\xff",
        b"caf\xe9 \x8d",
        b"\x05\xe9t\xe9",
    ],
)
@pytest.mark.parametrize("local", ["utf-8", "ascii"])
def test_what_is_plainly_not_western_is_not_guessed(content: bytes, local: str) -> None:
    with pytest.raises(UnicodeError):
        decode(content, local)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32"])
def test_marks_of_unicode(encoding: str) -> None:
    assert as_utf8("Höhe\r\n".encode(encoding)) == "Höhe\r\n".encode()


@pytest.mark.parametrize("content", ["Höhe".encode("cp1252"), b"", b"1:30"])
def test_content_without_a_mark_stays(content: bytes) -> None:
    assert as_utf8(content) == content


@pytest.mark.parametrize("content", [b"\xff\xfe1", b"\xef\xbb\xbf\xe9"])
def test_a_mark_that_lies(content: bytes) -> None:
    with pytest.raises(UnicodeDecodeError):
        as_utf8(content)


@pytest.mark.parametrize(
    ("count", "text"),
    [(0, "0 kB"), (89_300, "89 kB"), (1_240_000, "1.2 MB"), (89_300_000, "89 MB"),
     (2_449_000_000, "2.4 GB"), (1_234_567_890_123, "1235 GB")],
)  # fmt: skip
def test_sizes_are_short(count: int, text: str) -> None:
    assert bytes_text(count) == text
