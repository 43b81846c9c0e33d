"""Tags and languages: which of them go into another file, and which it can't hold."""

import io
import re

import av
from av.stream import Disposition, Stream

from vidcolor.input.streams import stream_name
from vidcolor.input.tag_text import RAW, kept_tags
from vidcolor.input.timecode import has_timecode

# The flags that a track can have in MP4; players take captions and descriptions for flags of the
# hearing and the visually impaired.
_FLAGS_OF_MP4 = (
    Disposition.default
    | Disposition.dub
    | Disposition.comment
    | Disposition.forced
    | Disposition.hearing_impaired
    | Disposition.visual_impaired
    | Disposition.captions
    | Disposition.descriptions
)
_FLAGS = {
    "mp4": _FLAGS_OF_MP4,
    "mov": Disposition.default,
    "matroska": _FLAGS_OF_MP4 | Disposition.original,
    "webm": Disposition.default
    | Disposition.forced
    | Disposition.captions
    | Disposition.descriptions,
}
# The tags that tracks of MP4 and QuickTime can have.
_TRACK_TAGS_OF_MP4 = {"title", "language", "handler_name", "creation_time", "timecode"}


def with_comment(tags: dict[str, str], comment: str) -> dict[str, str]:
    """Return `tags` with `comment` behind their own comment, if they have one."""
    earlier = [text for name, text in tags.items() if name.lower() == "comment"]
    others = {name: text for name, text in tags.items() if name.lower() != "comment"}
    return {**others, "comment": "; ".join([*earlier, comment])}


def unknown_tags(tags: dict[str, str], container: str) -> list[str]:
    """Return the names of those of a film's `tags` that a file of FFmpeg's `container` forgets.

    MP4 and QuickTime know some tags, Matroska all. A file without frames is written and read to
    find out. A timecode is not lost: it becomes a track of its own.
    """
    file = io.BytesIO()
    with av.open(file, "w", format=container, metadata_errors=RAW) as trial:
        trial.add_mux_stream("mpeg4", width=16, height=16)
        trial.metadata.update(tags)
        trial.start_encoding()
    file.seek(0)
    with av.open(file, metadata_errors=RAW) as trial:
        found = {name.lower() for name in trial.metadata} | {"timecode"}
    return [name for name in tags if name.lower() not in found]


def copy_tags(stream: Stream, track: Stream, container: str, suffix: str) -> list[str]:
    """Copy tags, language and flags of `track` to `stream`, as far as the container has them.

    Args:
        stream: a track of a file that is about to be written.
        track: the track that it is made from.
        container: FFmpeg's name of the file's container.
        suffix: what messages call the container.

    Returns:
        What is lost, one line each.
    """
    tags, is_matroska = kept_tags(track.metadata), container in ("matroska", "webm")
    lost = []
    if "name" in tags:
        tags.setdefault("title", tags.pop("name"))  # as MP4 and MOV call it
    if "language" in tags and not is_matroska:
        code = tags.pop("language")
        word = mp4_language(code) if container == "mp4" else quicktime_language(code)
        if word is not None:
            tags["language"] = word
        elif code != "und":
            lost.append(f"language {code}")
    known = _TRACK_TAGS_OF_MP4
    if container == "mov" and has_timecode(track):
        known = known | {"reel_name"}  # the name of the track that the timecode becomes
    unknown = [name for name in tags if name.lower() not in known]
    if unknown and not is_matroska:
        lost.append(", ".join(f"tag {name}" for name in unknown))
    stream.metadata.update(tags)
    stream.disposition = track.disposition & _FLAGS[container]
    if flags := track.disposition & ~_FLAGS[container]:
        lost.append(", ".join(flag.name or "" for flag in flags))
    name = stream_name(track)
    return [f"{name}: {what}: lost, {suffix} has no word for it" for what in lost]


# FFmpeg's codes of the languages that have a number in QuickTime, in alphabetical order.
_NUMBERED = (
    "alb amh ara arm asm aym aze baq bel ben bul bur cat ces chi dan dut dzo eng epo est fin fra "
    "geo ger gre grn guj heb hin hun ice ind iri ita jav jpn kan kas kaz khm kin kir kor kur lao "
    "lat lav lit mac mal mar may mlg mlt mol mon nep nor nya ori orm per pol por pus que ron run "
    "rus san sin slk slv smi snd som spa sve swa tam tat tel tgk tgl tha tib tir tuk tur uig ukr "
    "urd uzb vie wel yid"
)
# FFmpeg's code where ISO 639-2 has two for a language, or FFmpeg one of its own.
_SAME = {
    "bod": "tib", "cym": "wel", "cze": "ces", "deu": "ger", "ell": "gre", "eus": "baq",
    "fas": "per", "fre": "fra", "hye": "arm", "isl": "ice", "kat": "geo", "mkd": "mac",
    "msa": "may", "mya": "bur", "nld": "dut", "rum": "ron", "slo": "slk", "sqi": "alb",
    "swe": "sve", "zho": "chi",
}  # fmt: skip


def mp4_language(code: str) -> str | None:
    """Return the code to give FFmpeg for the language `code` of an MP4 track; None if none fits."""
    return code if re.fullmatch(r"[a-z]{3}", code) else None


def quicktime_language(code: str) -> str | None:
    """Return the code to give FFmpeg for the language `code` of a track in a .mov, or None."""
    name = _SAME.get(code, code)
    return name if name in _NUMBERED.split() else None
