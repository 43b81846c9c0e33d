"""Text subtitles: SubRip, WebVTT and the timed text of MP4, turned into one another by FFmpeg."""

import html
import re
from collections.abc import Iterator

import av
from av.subtitles.codeccontext import SubtitleCodecContext
from av.subtitles.subtitle import AssSubtitle, SubtitleSet

TEXT_CODECS = {"mp4": "mov_text", "mov": "mov_text", "matroska": "subrip", "webm": "webvtt"}
"""The text codec of each container, all by FFmpeg's names."""

_LONGEST = 0xFFFF  # bytes of a timed text
_STYLING = re.compile(r"\{(\\[^{}]*)\}")
_KEPT_STYLING = re.compile(r"\\(?:[biu][01]?|r\w*)(?=\\|$)")
# The markup that FFmpeg's decoders drop.
_DROPPED = {
    "subrip": re.compile(rb"<(?!/?(?:[bius]|font|br)\b)[^<>]*>", re.IGNORECASE),
    "webvtt": re.compile(rb"<(?!/?[biu]>)[^<>]*>"),
}
_WEBVTT_BRACE = "\\{{}"  # as FFmpeg's decoder writes one


class Converter:
    """Converts a track's packets, in UTF-8 and in the order of their starts, to another text codec.

    An MP4 track shows one sample at a time. So captions that overlap become samples that show all
    that is on screen, and how long a sample lasts is known only when the next caption begins.

    Args:
        source: the decoder of the track's packets.
        target: an encoder that is not open yet, with the packets' time base; it is opened here.
    """

    lost: set[str]
    """What the target has not kept of the captions so far."""

    def __init__(self, source: SubtitleCodecContext, target: SubtitleCodecContext) -> None:
        self._source, self._target = source, target
        source.open(strict=False)
        target.subtitle_header = source.subtitle_header
        target.open()
        self._shown: list[tuple[int, str]] = []
        """The captions that are on screen: the end and the text of each."""
        self._since = 0
        """The time up to which samples have been made."""
        self.lost = set()

    def convert(self, packet: av.Packet) -> Iterator[av.Packet]:
        """Yield the packets that `packet` completes."""
        start = packet.pts or 0
        end = start + (packet.duration or 0)
        text = self._text(packet)
        if not text:
            return
        if self._target.name != "mov_text":
            yield self._packet(start, end, text)
            return
        if len(text.encode()) > _LONGEST:
            self.lost.add("very long captions")
            return
        yield from self._until(start)
        if start < self._since:
            self.lost.add("the beginning of captions out of order")
        self._since = max(start, self._since)
        self._shown.append((max(end, self._since), text))

    def finish(self) -> Iterator[av.Packet]:
        """Yield the remaining packets: the track has ended."""
        return self._until(1 + max((end for end, _ in self._shown), default=0))

    def _text(self, packet: av.Packet) -> str:
        """Return the text as an event of Advanced SubStation Alpha has it; "" if there is none."""
        try:
            decoded = self._source.decode2(packet)
        except MemoryError:
            raise
        except av.error.FFmpegError:
            self.lost.add("captions that can't be read")
            return ""
        if self._says_more(packet):
            self.lost.add("names, positions and unknown tags")
        # The decoders of text return nothing but AssSubtitle.
        rects = decoded.rects if decoded else ()
        events = (rect.ass.decode() for rect in rects if isinstance(rect, AssSubtitle))
        text = "\\N".join(event.split(",", 8)[8] for event in events)
        return _STYLING.sub(self._kept_styling, text).replace(_WEBVTT_BRACE, "{")

    def _says_more(self, packet: av.Packet) -> bool:
        """Tell whether the decoder drops some of what `packet` says."""
        if packet.has_sidedata("webvtt_identifier") or packet.has_sidedata("webvtt_settings"):
            return True
        dropped = _DROPPED.get(self._source.name)
        return dropped is not None and dropped.search(bytes(packet)) is not None

    def _kept_styling(self, block: re.Match[str]) -> str:
        """Return what the target keeps of a block of styling."""
        kept = "".join(_KEPT_STYLING.findall(block[1]))
        if kept != block[1]:
            self.lost.add("fonts, sizes, colours and positions")
        return f"{{{kept}}}" if kept else ""

    def _until(self, time: int) -> Iterator[av.Packet]:
        """Yield samples up to `time`, each of all that is on screen while nothing changes."""
        while self._shown and self._since < time:
            end = min(time, *(end for end, _ in self._shown))
            stack = "{\\b0\\i0\\u0}\\N".join(text for _, text in self._shown)
            yield self._packet(self._since, end, stack)
            self._since = end
            self._shown = [(until, text) for until, text in self._shown if until > end]

    def _packet(self, start: int, end: int, text: str) -> av.Packet:
        """Encode a text that is shown from `start` to `end`."""
        if self._target.name == "webvtt":
            text = html.escape(text, quote=False)
        event = f"0,0,Default,,0,0,0,,{text}"
        packet = self._target.encode_subtitle(SubtitleSet.create(event.encode(), 0, end - start))
        packet.time_base = self._target.time_base
        packet.pts = packet.dts = start
        packet.duration = end - start
        return packet
