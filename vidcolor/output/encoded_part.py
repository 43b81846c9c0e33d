"""A part of a film's picture, encoded on its own: packets in a file, and what to know of them."""

import io
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from hashlib import blake2b
from itertools import groupby
from pathlib import Path
from typing import IO, Any

import av
import numpy as np

from vidcolor.errors import OutputError
from vidcolor.files import container_format, write_failure
from vidcolor.input.frames import Frame
from vidcolor.output.video import VideoEncoder


@dataclass(frozen=True)
class EncodedPart:
    """Describes a part of a film's picture whose packets lie in a file, one behind the other.

    times: (pts, duration) of each frame, in order, in ticks of the film's `Picture.time_base`.
    packets: (bytes, pts, dts, whether it is a key frame) of each packet, in the order of decoding.
    lost: (frames in a row, what is lost of each of them: see `VideoEncoder.lost`), up to the end.
    luma: the digest of all luma codes, as `blake2b` has it. parameters: `VideoEncoder.parameters`.
    Both are in hexadecimal.
    """

    times: list[tuple[int, int]]
    packets: list[tuple[int, int, int | None, bool]]
    lost: list[tuple[int, list[str]]]
    luma: str
    parameters: str

    @property
    def size(self) -> int:
        """How many bytes the file has."""
        return sum(size for size, *_ in self.packets)

    def lost_of_each(self) -> Iterator[list[str]]:
        """Yield what is lost of each frame."""
        for count, lines in self.lost:
            for _ in range(count):
                yield lines

    def read(self, file: Path) -> Iterator[av.Packet]:
        """Yield the packets, as their encoder gave them, from `file`. Raises OutputError."""
        try:
            with file.open("rb") as content:
                for size, pts, dts, is_keyframe in self.packets:
                    packet = av.Packet(content.read(size))
                    packet.pts, packet.dts, packet.is_keyframe = pts, dts, is_keyframe
                    yield packet
        except OSError as error:
            raise OutputError(f"{file}: can't be read: {error.strerror}") from error

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON has it."""
        return asdict(self)

    @classmethod
    def from_dict(cls, content: dict[str, Any]) -> "EncodedPart":
        """Read what `as_dict` gives, or what JSON makes of it."""
        pairs = {name: list(map(tuple, content[name])) for name in ("times", "packets", "lost")}
        return cls(**{**content, **pairs})


class PartEncoder:
    """Encodes a part of a film's picture into a file of its own.

    The first packet is a key frame, and none needs another part. The context must end without an
    exception before the file counts; then it is safely on the disk.

    Args:
        file: is written.
        encoder: of this part alone.
        output: the film that the part will go into, whose container decides how it is encoded.

    Raises:
        OutputError: the encoder does not start, or the file can't be written, then and later.
        UsageError: the encoder has no such option.
    """

    def __init__(self, file: IO[bytes], encoder: VideoEncoder, output: Path) -> None:
        self._file, self._encoder, self._output = file, encoder, output
        # No film is written: the container only decides how the encoder is set up.
        self._container = av.open(io.BytesIO(), "w", format=container_format(output))
        encoder.open_stream(self._container)
        self._times: list[tuple[int, int]] = []
        self._packets: list[tuple[int, int, int | None, bool]] = []
        self._lost: list[list[str]] = []
        self._luma = blake2b()
        self._held: tuple[Frame, np.ndarray] | None = None
        """The last frame, which is not encoded before it is known to be that or not."""

    def write(self, frame: Frame, chroma: np.ndarray) -> None:
        """Encode one frame; as `Writer.write`."""
        self._encode_held()
        self._times.append((frame.pts, frame.duration))
        self._lost.append(list(self._encoder.lost(frame.marks)))
        self._luma.update(frame.luma.tobytes())
        self._held = frame, chroma

    def look_ahead(self, behind: Sequence[tuple[Frame, np.ndarray]]) -> None:
        """Let the encoder see frames behind the part, with their chroma, which do not go into it.

        So it knows what later frames take over from the part's last ones. No frame is written any
        more.
        """
        self._encode_held(refers_back=bool(behind))
        for frame, chroma in behind:
            with self._failures():
                self._take(self._encoder.encode(frame, chroma))

    def finish(self) -> EncodedPart:
        """Write what the encoder still holds, and return what there is to know of the part."""
        self._encode_held()
        with self._failures():
            self._take(self._encoder.finish())
            self._file.flush()
            os.fsync(self._file.fileno())
        self._container.close()
        return EncodedPart(
            self._times,
            self._packets,
            [(len(list(run)), lines) for lines, run in groupby(self._lost)],
            self._luma.hexdigest(),
            self._encoder.parameters.hex(),
        )

    def _encode_held(self, refers_back: bool = False) -> None:
        if self._held is not None:
            with self._failures():
                self._take(self._encoder.encode(*self._held, refers_back))
            self._held = None

    def _take(self, packets: list[av.Packet]) -> None:
        for packet in packets:
            assert packet.pts is not None
            if packet.pts > self._times[-1][0]:
                continue  # the encoder has only looked ahead at it
            self._packets.append((packet.size, packet.pts, packet.dts, packet.is_keyframe))
            self._file.write(bytes(packet))

    @contextmanager
    def _failures(self) -> Iterator[None]:
        """Turn what FFmpeg and the disk say into one line."""
        try:
            yield
        except (av.error.FFmpegError, OSError) as error:
            raise OutputError(f"{self._output}: {write_failure(error)}") from error
