"""Tracks beside the picture, copied or converted into another file, with their tags."""

from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction
from itertools import chain

import av
from av.audio.codeccontext import AudioCodecContext
from av.container.output import OutputContainer
from av.rational import AVRational
from av.stream import Stream
from av.subtitles.codeccontext import SubtitleCodecContext

from vidcolor.input.aes3 import no_pcm, open_aes3
from vidcolor.input.reader import Reader
from vidcolor.input.streams import stream_codec, stream_name
from vidcolor.output.caption_text import CaptionText, is_text
from vidcolor.output.channel_layouts import as_heard, is_reordered, tells_places
from vidcolor.output.copied_sound import CopiedSound
from vidcolor.output.covers import add_covers
from vidcolor.output.decoding_times import DecodingTimes
from vidcolor.output.encoders import QUICKTIME_CODEC_TAGS
from vidcolor.output.hidden_packets import HiddenPackets
from vidcolor.output.packet_order import PacketOrder
from vidcolor.output.pcm_clock import PcmClock, counts_samples
from vidcolor.output.pcm_converter import PcmConverter, add_pcm, is_pcm, plain_pcm
from vidcolor.output.rehearsal import Rehearsal, add_copied, layout_in, refusal
from vidcolor.output.side_data import lost, own_header, without_header
from vidcolor.output.subtitle_converter import TEXT_CODECS, Converter
from vidcolor.output.tags import copy_tags

_NEGATIVE = 1 << 31
"""Durations from here on are negative ones that FFmpeg lost the sign of: the last packet of Ogg."""


class Tracks:
    """The tracks of a film, beside its picture, in a file that is about to be written.

    Args:
        file: the file, which gets a stream for each track.
        container: FFmpeg's name of its container, as `files.container_format` gives it.
        suffix: what messages call the container.
        reader: the film.
    """

    streams: dict[int, Stream]
    """The stream of the file that each stream of the film goes to, by the latter's index."""
    converted: set[int]
    """The indices, in the film, of the streams that change their codec."""
    left_out: list[str]
    """The streams that the container can't hold, one line each."""
    covers: list[av.Packet]
    """Packets of cover art, to be muxed before all others."""

    def __init__(self, file: OutputContainer, container: str, suffix: str, reader: Reader) -> None:
        self._file, self._container, self._suffix = file, container, suffix
        self._path = reader.path
        self._is_matroska = container in ("matroska", "webm")
        self._names: dict[int, str] = {}
        self._text: dict[int, CaptionText] = {}
        self._captions: dict[int, Converter] = {}
        self._sound: dict[int, CopiedSound | PcmConverter] = {}
        self._layouts = reader.sound_layouts()
        self._rehearsals: dict[int, Rehearsal] = {}
        self._untried: dict[int, Callable[[OutputContainer], Stream | None]] = {}
        self._given_up: dict[int, str] = {}
        self._clocks: dict[int, PcmClock] = {}
        self._forgotten: dict[int, dict[str, str]] = {}
        self._refused: dict[int, list[str]] = {}
        self._hidden: dict[int, HiddenPackets] = {}
        self._filled: set[int] = set()
        self._ended = False
        self._losses: list[str] = []
        self._seconds = reader.seconds
        self._orders: dict[int, PacketOrder] = {}
        self._decoding_times: dict[int, DecodingTimes] = {}
        self._notes: list[str] = []
        self.streams, self.left_out, self.converted = {}, [], set()
        for track in reader.copied:
            if is_text(track):
                marks = track.codec_context.name == "mov_text" and container in ("mp4", "mov")
                self._text[track.index] = CaptionText(reader.path, track, utf_16=marks)
            stream = self._add_copied(track) or self._add_converted(track)
            if stream is None:
                self.left_out.append(f"{stream_name(track)}: {suffix} can't hold it")
                continue
            self.streams[track.index] = stream
            self._names[track.index] = stream_name(track)
            self._losses += copy_tags(stream, track, container, suffix)
            tells_gaps = self._is_matroska or track.container.format.name == "avi"
            if isinstance(stream, av.AudioStream) and not tells_gaps:
                sound, layout = stream.codec_context, self._layouts.get(track.index, "")
                if counts_samples(sound) and not is_reordered(layout):
                    self._clocks[track.index] = PcmClock(sound)
        covers, packets = add_covers(file, container, reader.covers)
        self.streams |= covers
        self.left_out += [
            f"{cover.name}: {suffix} can't hold it"
            for cover in reader.covers
            if cover.index not in covers
        ]
        self.covers = packets

    @property
    def notes(self) -> list[str]:
        """What becomes of streams that are neither copied as they are nor left out, so far."""
        read = (text.note for index, text in self._text.items() if index in self.streams)
        filled = [
            f"{self._names[index]}: {line}"
            for index, clock in self._clocks.items()
            if self._ended and (line := clock.note(self._suffix))
        ]
        return [*self._notes, *filter(None, read), *filled]

    @property
    def losses(self) -> list[str]:
        """What is lost of the streams that are kept, as far as it is known yet, one line each."""
        conversions = [
            f"{self._names[index]}: lost in the conversion: {', '.join(sorted(converter.lost))}"
            for index, converter in self._captions.items()
            if converter.lost
        ]
        sound = [
            f"{self._names[index]}: {line}"
            for index, track in self._sound.items()
            for line in track.losses
        ]
        refused = [
            f"{self._names[index]}: {len(each)} packet{'s' * (len(each) != 1)} lost that "
            f"{self._suffix} can't hold, the first {each[0]}"
            for index, each in self._refused.items()
        ]
        forgotten = [
            f"{self._names[index]}: {what} {fate}"
            for index, each in self._forgotten.items()
            for what, fate in each.items()
        ]
        hidden = [
            f"{self._names[index]}: {float(each.length):.1f} s that the file's edit list hides: "
            "left out"
            for index, each in self._hidden.items()
            if each.is_loss
        ]
        given_up = [
            f"{self._names[index]}: lost, {self._suffix} can't hold it ({reason})"
            for index, reason in self._given_up.items()
        ]
        late = [
            f"{self._names[index]}: {line}"
            for index, clock in self._clocks.items()
            if (line := clock.loss(self._suffix))
        ]
        moved = [
            f"{self._names[index]}: {line}"
            for index, order in self._orders.items()
            if index not in self._clocks and (line := order.loss)
        ]
        empty = [
            f"{self._names[index]}: lost, {self._suffix} keeps no track without content"
            for index in self._dropped()
            if index not in self._given_up
        ]
        each = (conversions, sound, refused, forgotten, hidden, given_up, late, moved, empty)
        return [*self._losses, *chain.from_iterable(each)]

    def kept(self) -> list[Stream]:
        """Return the streams that will be found in the file, once `finish` is done."""
        dropped = self._dropped()
        return [stream for index, stream in self.streams.items() if index not in dropped]

    def _dropped(self) -> list[int]:
        """Return the indices of the tracks that stayed empty, where the container drops such."""
        if not self._ended or self._is_matroska:
            return []
        return [index for index in self._names if index not in self._filled]

    def take(self, packet: av.Packet) -> Iterator[av.Packet]:
        """Yield the packets for the file that a packet of the film completes.

        There are none if its stream is left out.
        """
        index = packet.stream.index
        if index not in self.streams:
            return
        shown = [packet]
        if self._is_matroska and packet.stream.type != "video":
            shown = self._hidden.setdefault(index, HiddenPackets()).take(packet)
        for each in shown:
            yield from self._take(each, index)

    def _take(self, packet: av.Packet, index: int) -> Iterator[av.Packet]:
        """Yield the packets for the file that a packet completes which belongs there."""
        time = self._seconds(packet)
        ready: Iterable[av.Packet]
        if index in self._text:
            packet = self._text[index](packet)
        if index in self._captions:
            ready = self._captions[index].convert(packet)
        elif index in self._sound:
            ready = self._sound[index].take(packet, time)
        else:
            ready = self._decoding_times.setdefault(index, DecodingTimes()).take(packet)
        for made in ready:
            if index not in self.converted:
                made = self._without_header(made, index, time)
            yield from self._place(made, index)

    def finish(self) -> Iterator[av.Packet]:
        """Yield the packets that are still held back: the film has ended.

        After that, there are none.
        """
        if self._ended:
            return
        for hidden in self._hidden.values():
            hidden.finish()
        for index, converter in (*self._captions.items(), *self._sound.items()):
            for made in converter.finish():
                yield from self._place(made, index)
        for index, times in self._decoding_times.items():
            for made in times.finish():
                yield from self._place(made, index)
        self._ended = True

    def _place(self, packet: av.Packet, index: int) -> Iterator[av.Packet]:
        """Yield `packet` in its stream of the file, in the time base of that stream.

        A packet that the container refuses is lost.
        """
        stream = self.streams[index]
        if packet.duration and packet.duration >= _NEGATIVE:
            packet.duration = 0
        packet.stream = stream
        assert stream.time_base is not None
        packet.rescale_ts(AVRational(stream.time_base.numerator, stream.time_base.denominator))
        clock = self._clocks.get(index)
        silence = clock.before(packet) if clock else ()
        for each in [*silence, packet]:
            yield from self._admit(each, index)

    def _admit(self, packet: av.Packet, index: int) -> Iterator[av.Packet]:
        """Yield `packet` if the container takes it, in the order of decoding times."""
        stream = self.streams[index]
        equal_allowed = self._is_matroska or packet.stream.type == "subtitle"
        self._orders.setdefault(index, PacketOrder(equal_allowed)).keep(packet)
        if index in self._given_up:
            return
        rehearsal = self._rehearsals.get(index)
        if rehearsal and (reason := rehearsal.refuses(packet)):
            time = max(0.0, float((packet.pts or 0) * packet.time_base))
            self._refused.setdefault(index, []).append(f"at {time:.1f} s: {reason}")
            return
        if index in self._untried and (
            reason := refusal(self._container, self._untried.pop(index), packet)
        ):
            self._given_up[index] = reason
            return
        self._filled.add(index)
        packet.stream = stream
        yield packet

    def _without_header(self, packet: av.Packet, index: int, time: Fraction) -> av.Packet:
        """Return `packet` without a codec header of its own, and remember what gets lost of it.

        time: when it begins, in seconds.
        """
        forgotten = self._forgotten.setdefault(index, {})
        at = f"at {float(time):.1f} s"
        for what in lost(packet, self._container, is_first=index not in self._orders):
            forgotten.setdefault(what, f"{at}: lost, {self._suffix} has no word for it")
        if self._is_matroska and packet.is_discard and packet.stream.type == "video":
            forgotten.setdefault("frames that an edit list hides", f"{at}: shown")
        header = own_header(packet)
        if header is None:
            return packet
        if header != packet.stream.codec_context.extradata:
            forgotten.setdefault("its codec's header changes", f"{at}: only the first one is kept")
        return without_header(packet)

    def _add_copied(self, track: Stream) -> Stream | None:
        """Add a stream for the packets of `track`; return None if the container refuses them."""
        decoder = getattr(track, "codec_context", None)
        layout = self._layouts.get(track.index, "")
        holds_pcm = is_pcm(stream_codec(track))

        text = self._text.get(track.index)
        header = text.header() if text else None

        def add(file: OutputContainer) -> Stream | None:
            stream = add_copied(file, self._container, track)
            if stream is None:
                return None
            if tag := self._codec_tag(stream_codec(track)):
                stream.codec_context.codec_tag = tag
            if header:
                stream.codec_context.extradata = header
            if holds_pcm and self._container == "mp4" and not tells_places(layout):
                assert isinstance(stream.codec_context, AudioCodecContext)
                stream.codec_context.layout = as_heard(layout)  # MP4 must tell the places
            return stream

        try:
            self._rehearsals[track.index] = Rehearsal(self._container, add)
            if holds_pcm and layout:
                self._compare_layouts(track, add)
        except ValueError:
            return None
        if not holds_pcm:
            self._untried[track.index] = add
        if isinstance(decoder, AudioCodecContext):
            self._sound[track.index] = CopiedSound(decoder, layout, self._suffix)
        return add(self._file)

    def _compare_layouts(
        self, track: Stream, add: Callable[[OutputContainer], Stream | None]
    ) -> None:
        """Look at which channel layout the container makes of that of `track`, which is PCM.

        Discs don't tell whether channels behind the hearer are at his side or back.

        Raises ValueError if the container refuses the track.
        """
        layout = self._layouts[track.index]
        kept = layout_in(self._container, add, 24 * av.AudioLayout(layout).nb_channels)
        heard = [as_heard(layout), as_heard(kept)]
        if stream_codec(track) in ("pcm_dvd", "pcm_bluray", "s302m"):
            heard = [each.replace("(side)", "") for each in heard]
        if tells_places(layout) and heard[0] != heard[1]:
            self._losses.append(
                f"{stream_name(track)}: channel layout {as_heard(layout)}: lost, {self._suffix} "
                "has no word for it"
            )

    def _add_converted(self, track: Stream) -> Stream | None:
        """Add a stream for what `track` is converted to; return None if it can't be."""
        if track.type == "audio":
            return self._add_pcm(track)
        codec, target = stream_codec(track), TEXT_CODECS[self._container]
        if codec not in TEXT_CODECS.values():
            return None
        stream = self._file.add_stream(target)
        encoder, decoder = stream.codec_context, track.codec_context
        assert isinstance(encoder, SubtitleCodecContext)
        assert isinstance(decoder, SubtitleCodecContext)
        if tag := self._codec_tag(target):
            encoder.codec_tag = tag
        assert track.time_base is not None
        encoder.time_base = stream.time_base = track.time_base
        self._captions[track.index] = Converter(decoder, encoder)
        self.converted.add(track.index)
        self._notes.append(f"{stream_name(track)}: converted to {target}")
        return stream

    def _add_pcm(self, track: Stream) -> Stream | None:
        """Add a stream for the samples of `track`; return None if they can't be had unchanged."""
        decoder = getattr(track, "codec_context", None)
        if not isinstance(decoder, AudioCodecContext):
            return None
        own = carried = None
        if stream_codec(track) == "s302m":
            decoder, carried = open_aes3(self._path, track.index)
            own = decoder.layout.name  # FFmpeg's guess; the standard only counts channels
            self._layouts[track.index] = as_heard(f"{decoder.layout.nb_channels} channels")
        layout = self._layouts.get(track.index)
        if layout is None or (is_reordered(layout) and not is_pcm(stream_codec(track))):
            return None
        for target in plain_pcm(decoder):

            def add(file: OutputContainer, target: str = target) -> Stream:
                told = layout if tells_places(layout) else as_heard(layout)
                return add_pcm(file, decoder.sample_rate, told, target)

            try:
                self._compare_layouts(track, add)
            except ValueError:
                continue
            self._sound[track.index] = PcmConverter(decoder, target, own or layout)
            self.converted.add(track.index)
            line = f"{stream_name(track)}: converted to {target}, samples unchanged"
            self._notes.append(line + (f"; {no_pcm(carried)}" if carried else ""))
            return add(self._file)
        return None

    def _codec_tag(self, codec: str) -> str | None:
        """Return the tag that QuickTime needs for `codec`, in MP4 too; None for FFmpeg's choice."""
        return QUICKTIME_CODEC_TAGS.get(codec) if self._container in ("mp4", "mov") else None
