"""The contract's terms: of a film held against its source, all is kept, or its loss is named."""

import html
import re
from collections import defaultdict
from fractions import Fraction

import av
import numpy as np
from av.stream import Disposition
from contract_view import Film, Track

KEPT, LEFT_OUT, LOST = "kept", "left out, named", "lost, named"

# What each file says of itself and its writer, and what is compared by other terms.
_OWN_TAGS = re.compile(
    r"major_brand|minor_version|compatible_brands|encoder|vendor_id|handler_name|duration"
    r"|software|operational_pattern_ul|uid|generation_uid|company_name|product_.*|toolkit_.*"
    r"|application_.*|modification_date|(?:material|file)_package_umid|reel_umid"
    r"|comment|language|name"
)
_ADTS_HEADER = 7
"""Bytes in front of each packet of AAC in a transport stream."""


class Comparison:
    """Holds `after` against `before`, the film that it was made of, and the notes on that.

    Raises:
        AssertionError: something is neither kept nor named, or named though it is kept.
    """

    verdicts: dict[str, set[str]]
    """What became of each thing that `before` has."""

    def __init__(self, before: Film, after: Film, notes: list[str], keep_video: bool) -> None:
        self._before, self._after = before, after
        self._notes, self._unexplained = notes, set(notes)
        self._keep_video = keep_video
        self.verdicts = defaultdict(set)
        self._compare_frames()
        self._compare_geometry()
        self._compare_marks(before.picture, after.picture)
        self._compare_streams()
        self._compare_chapters()
        self._compare_tags()
        assert not self._unexplained, f"named, but not lost: {self._unexplained}"

    def _named(self, *words: str) -> bool:
        """Whether a note has all of `words`."""
        found = {n for n in self._notes if all(word.lower() in n.lower() for word in words)}
        self._unexplained -= found
        return bool(found)

    def _judge(self, what: str, kept: bool, *words: str, otherwise: str = LOST) -> None:
        """`what` is kept, or a note has all of `words`; without words it must be kept."""
        if not kept:
            assert words, f"{what}: changed"
            assert self._named(*words), f"{what}: lost, and nothing says so: {self._notes}"
        self.verdicts[what].add(KEPT if kept else otherwise)

    def _compare_frames(self) -> None:
        before, after = self._before, self._after
        assert len(after.lumas) == len(before.lumas)
        assert all(map(np.array_equal, after.lumas, before.lumas)), "luma"
        assert after.full_range == before.full_range
        assert after.color == (1, 1, 1)
        exact = self._compare_times(before.times, after.times, after.picture.tick)
        nearest = f"to the nearest {after.picture.tick} s"
        self.verdicts["times of frames"].add("exact" if exact else nearest)
        last = before.picture.durations[-1]
        if last and not before.beside:
            length = after.end - after.times[0] - (before.times[-1] + last - before.times[0])
            assert abs(length) <= 2 * after.picture.tick + Fraction(2, av.time_base), "length"
        if "yuva" in before.pixels:
            self._judge("alpha channel", False, "left out: alpha channel", otherwise=LEFT_OUT)

    def _compare_geometry(self) -> None:
        before, after = self._before, self._after
        assert after.matrix == before.matrix
        assert after.scans == before.scans
        if before.matrix:
            self.verdicts["rotation, mirroring"].add(KEPT)
        if set(before.scans) != {"prog"}:
            mixed = len(set(before.scans)) > 1
            self.verdicts[f"interlacing, field order{' of each frame' * mixed}"].add(KEPT)
        if any(before.captions):
            kept = after.captions == before.captions
            self._judge("captions in the picture's stream", kept, "captions in the picture")
        if before.aspect != 1:
            kept = after.aspect == before.aspect
            self._judge("pixel aspect", kept, f"pixel aspect {before.aspect}")
        if before.lumas[0].shape[1] % 2:
            assert "444" in after.pixels
            self._judge("odd size", False, "written as 4:4:4", otherwise="kept, as 4:4:4")

    def _compare_times(self, before: list[Fraction], after: list[Fraction], tick: Fraction) -> bool:
        """Whether `after` is `before`, but for one constant; else a tick may be between them."""
        moved = [b - a for a, b in zip(before, after, strict=True)]
        holds = all(time % tick == 0 for time in before)
        assert max(moved) - min(moved) <= (0 if holds else tick), "times"
        apart = moved[0] - (self._after.times[0] - self._before.times[0])
        assert abs(apart) <= tick + self._after.picture.tick, "out of sync"
        return holds

    def _compare_marks(self, before: Track, after: Track) -> None:
        subject = f"{before.name}: "
        language = before.tags.get("language", "und")
        assert after.tags.get("language", "und") in (language, "und")
        if language != "und":
            kept = after.tags.get("language") == language
            self._judge(f"language {language}", kept, subject, f"language {language}")
        for name, text in _others(before.tags):
            what = {"title": "titles of streams", "timecode": "timecode"}.get(name)
            kept = after.tags.get(name) == text
            self._judge(what or "other tags of streams", kept, subject, f"tag {name}")
        assert not after.disposition & ~before.disposition & ~Disposition.default
        for flag in Disposition:
            if flag & before.disposition:
                kept, name = bool(flag & after.disposition), flag.name or ""
                self._judge(f"marked {name}", kept, subject, name)

    def _compare_streams(self) -> None:
        rest = list(self._after.beside)
        for before in self._before.beside:
            what = self._subject(before)
            if self._named("left out: ", before.name):
                self.verdicts[what].add(LEFT_OUT)
                continue
            after = next((track for track in rest if track.kind == before.kind), None)
            assert after, f"{before.name}: gone, and nothing says so: {self._notes}"
            rest.remove(after)
            if after.kind == "cover art":
                self._judge(what, after.packets == before.packets)
                continue
            self._compare_marks(before, after)
            if after.codec == before.codec:
                self._judge(what, _payload(after) == _payload(before))
            else:
                converted = f"converted to {after.codec}"
                self._judge(what, False, before.name, converted, otherwise=converted)
                if before.kind == "subtitle":
                    assert _captions(after) == _captions(before)
            if not {before.codec[:3], after.codec[:3]} & {"pcm"}:  # which MP4 divides anew
                self._compare_stream_times(before, after)
        assert not rest, f"from nowhere: {rest}"
        if self._before.attachments:
            kept = self._after.attachments == self._before.attachments
            self._judge("attachment", kept, "left out: attachment", otherwise=LEFT_OUT)

    def _compare_stream_times(self, before: Track, after: Track) -> None:
        spoken = _shown(before), _shown(after)
        self._compare_times(*([time for time, _ in track] for track in spoken), after.tick)
        if before.kind == "subtitle":
            for (_, a), (_, b) in zip(*spoken, strict=True):
                assert not a or abs(b - a) <= max(before.tick, after.tick), "durations"

    def _subject(self, track: Track) -> str:
        match track.kind:
            case "audio":
                return f"sound, {track.codec}"
            case "subtitle":
                return f"subtitles, {track.codec}"
            case "video":
                return "second video stream" + ", with `--keep-video`" * self._keep_video
            case "data":
                return "data stream"
            case _:
                return track.kind

    def _compare_chapters(self) -> None:
        tick = self._after.picture.tick
        offset = self._after.times[0] - self._before.times[0]
        both = zip(self._before.chapters, self._after.chapters, strict=True)
        for (*times, title), (*moved, same) in both:
            assert same == title
            assert all(abs(b - a - offset) <= 2 * tick for a, b in zip(times, moved, strict=True))
            self.verdicts["chapters"].add(KEPT)

    def _compare_tags(self) -> None:
        before, after = self._before.tags, self._after.tags
        own = f"{before['comment']}; " if "comment" in before else ""
        assert after["comment"].startswith(f"{own}vidcolor ")
        for name, text in _others(before):
            what = {"title": "title, comment", "timecode": "timecode"}.get(name)
            found = after.get(name) or self._after.picture.tags.get(name)
            self._judge(what or "other tags of the film", found == text, f"tag {name}")


def _others(tags: dict[str, str]) -> list[tuple[str, str]]:
    """Those that one file takes over from another."""
    return [(name, text) for name, text in tags.items() if not _OWN_TAGS.fullmatch(name)]


def _payload(track: Track) -> list[bytes]:
    """The packets, without what belongs to the container."""
    if track.codec.startswith("pcm"):
        return [b"".join(track.packets)]
    if track.codec == "aac":
        return [packet[_ADTS_HEADER * _is_adts(packet) :] for packet in track.packets]
    return track.packets


def _is_adts(packet: bytes) -> bool:
    return packet[0] == 0xFF and packet[1] & 0xF0 == 0xF0


def _captions(track: Track) -> list[str]:
    """The words of each."""
    if track.codec == "mov_text":
        texts = [p[2 : 2 + int.from_bytes(p[:2])] for p in track.packets if p != b"\0\0"]
    else:
        texts = track.packets
    return [html.unescape(re.sub(r"<.*?>", "", text.decode())) for text in texts]


def _shown(track: Track) -> list[tuple[Fraction, Fraction]]:
    """Time and duration of each packet but the blanks between captions."""
    return [
        (time, duration)
        for time, duration, packet in zip(track.times, track.durations, track.packets, strict=True)
        if track.codec != "mov_text" or packet != b"\0\0"
    ]
