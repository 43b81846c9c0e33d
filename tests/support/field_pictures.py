"""H.264 whose fields are pictures of their own (PAFF), which no encoder at hand makes.

Every macroblock is I_PCM, its samples bare; ITU-T H.264, 7.3, gives the syntax.
"""

from collections.abc import Sequence

import numpy as np


def stream(lumas: Sequence[np.ndarray], top_first: bool) -> list[tuple[bytes, bytes]]:
    """Return the two access units of each frame, first field first, as a byte stream.

    lumas: (H, W) uint8 each, H a multiple of 32, W of 16; the frames are grey.
    """
    height, width = lumas[0].shape
    head = _unit(0x67, bytes([77, 0, 30]) + _bits(_sequence(width, height) + "1"))
    head += _unit(0x68, _bits(_ue(0) * 2 + "00" + _ue(0) * 3 + "000" + _ue(0) * 3 + "1001"))
    frames = []
    for index, luma in enumerate(lumas):
        first, second = (0, 1) if top_first else (1, 0)
        frames.append(
            (
                head + _unit(0x65, _picture(luma[first::2], first, 0, index % 2)),
                _unit(0x61, _picture(luma[second::2], second, 1, None)),
            )
        )
    return frames


def _sequence(width: int, height: int) -> str:
    size = _ue(width // 16 - 1) + _ue(height // 32 - 1)
    timing = f"1{1:032b}{50:032b}1"  # 50 fields, so 25 frames a second
    return _ue(0) * 4 + _ue(1) + "0" + size + "0010" + "1" + "0000" + timing + "0000"


def _picture(luma: np.ndarray, parity: int, order: int, idr: int | None) -> bytes:
    """Return one field, (H, W), as a slice; idr: None for a second field."""
    marking = _ue(idr) if idr is not None else ""
    header = _ue(0) + _ue(7) + _ue(0) + f"{0:04b}1{parity}{marking}{order:04b}"
    header += ("00" if idr is not None else "0") + _ue(0) + _ue(1)
    made = b""
    for row in range(0, luma.shape[0], 16):
        for column in range(0, luma.shape[1], 16):
            made += _bits(header + _ue(25), fill="0")
            made += luma[row : row + 16, column : column + 16].tobytes() + b"\x80" * 128
            header = ""
    return made + b"\x80"


def _ue(number: int) -> str:
    binary = f"{number + 1:b}"
    return "0" * (len(binary) - 1) + binary


def _bits(bits: str, fill: str = "0") -> bytes:
    bits += fill * (-len(bits) % 8)
    return int(bits, 2).to_bytes(len(bits) // 8, "big")


def _unit(header: int, content: bytes) -> bytes:
    """Return a unit with its start code; a byte 3 keeps content from looking like one."""
    made, zeros = bytearray(), 0
    for byte in content:
        if zeros >= 2 and byte <= 3:
            made.append(3)
            zeros = 0
        made.append(byte)
        zeros = zeros + 1 if byte == 0 else 0
    return b"\0\0\0\1" + bytes([header]) + bytes(made)
