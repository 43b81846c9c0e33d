"""Tags as PyAV hands them on with `metadata_errors=RAW`: their text, and which are the film's."""

import re

from vidcolor.text import decode

RAW = "surrogateescape"
"""How bytes that are no UTF-8 are put into a string, and come out of it again unchanged."""

# Tags that describe the original's container, writer or encoding; the output has others.
_STALE = re.compile(
    # of MP4 and QuickTime, and of any
    r"major_brand|minor_version|compatible_brands|encoder|vendor_id|alpha_mode"
    # of AVI: the program that wrote it
    r"|software"
    # of MXF: which file it is, and what wrote it
    r"|operational_pattern_ul|uid|generation_uid|product_(?:uid|name|version(?:_num)?)"
    r"|company_name|toolkit_version_num|application_platform|modification_date"
    r"|(?:material|file)_package_umid|reel_umid"
    # of Matroska: statistics
    r"|(?:duration|bps|number_of_(?:frames|bytes)|_statistics_.*)(?:-\w+)?"
    # of Windows Media: what it takes to play it
    r"|wmfsdk(?:version|needed)|isvbr|deviceconformancetemplate|wm/(?:encodingtime|tool(?:name|version))"
    # of Flash Video: what there is in it, and where
    r"|metadata(?:creator|date)|has(?:metadata|keyframes|cuepoints|video|audio)|canseektoend"
    r"|(?:audio|video|data)size|totalframes|audiodelay|last(?:timestamp|keyframe(?:timestamp|location))",
    re.IGNORECASE,
)


class TagText:
    """Decodes the tags of a film, and remembers which were not in UTF-8."""

    def __init__(self) -> None:
        self._found: dict[str, dict[str, None]] = {}
        """By encoding, what messages call the tags."""

    def read(self, tags: dict[str, str], owner: str = "") -> None:
        """Decode those of `tags` that are not in UTF-8; what can't be decoded keeps its bytes.

        owner: what has the tags, for the notes; "" for the film itself.
        """
        for raw_name, raw_text in list(tags.items()):
            name, encoding_of_name = _read(raw_name)
            text, encoding = _read(raw_text)
            if encoding == encoding_of_name == "UTF-8":
                continue
            del tags[raw_name]
            tags[name] = text
            other = encoding if encoding != "UTF-8" else encoding_of_name
            told = f"{printable(name)} of {owner}" if owner else printable(name)
            self._found.setdefault(other, {})[told] = None

    @property
    def notes(self) -> list[str]:
        """What there is to tell, one line each."""
        return [
            f"tags {f'read as {encoding}' if encoding else 'in an unknown encoding, copied'}: "
            + ", ".join(tags)
            for encoding, tags in self._found.items()
        ]


def kept_tags(tags: dict[str, str]) -> dict[str, str]:
    """Return those of `tags` that are true of the film in any file."""
    return {name: text for name, text in tags.items() if not _STALE.fullmatch(name)}


def printable(text: str) -> str:
    r"""Return `text` with bytes that are no UTF-8 written as in \xe9."""
    return text.encode("utf-8", RAW).decode("utf-8", "backslashreplace")


def readable(text: str) -> str:
    """Return `text`, decoded if it can be."""
    return _read(text)[0]


def _read(text: str) -> tuple[str, str]:
    """Return `text`, decoded if it can be, and the encoding that it was in; "" if none fits."""
    try:
        return decode(text.encode("utf-8", RAW))
    except UnicodeError:
        return text, ""
