"""`--threads`: how many threads decode, encode and compute; torch takes no more than cores."""

import os
import re
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import numpy as np
from clips import make_clip, planes_of

from vidcolor.input.reader import Reader

TELL = """
from vidcolor.cli.main import main
try:
    main()
finally:
    import cv2, torch
    print(torch.get_num_threads(), cv2.getNumThreads())
"""


def test_it_reaches_the_network_and_the_encoder_and_changes_no_pixel(
    tmp_path: Path, weights: Path
) -> None:
    make_clip(tmp_path / "a.mkv", size=(320, 240))
    written = []
    for number in (1, 3):
        output = tmp_path / f"{number}.mkv"
        words = ["colorize", tmp_path / "a.mkv", "-o", output, "--weights", weights, "--quiet"]
        words += ["--preset", "ultrafast", "--encoder-option", "qp=0", "--threads", number]
        command = [sys.executable, "-c", TELL, *map(str, words)]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        computing, resizing = map(int, done.stdout.split())
        assert computing == min(number, os.cpu_count() or 1)
        assert resizing == number
        says = re.search(rb"threads=(\d)", output.read_bytes())
        assert says is not None
        assert int(says[1]) == number
        written.append(planes_of(output))
    one, three = written
    assert len(one) == len(three)
    for planes, others in zip(one, three, strict=True):
        assert all(map(np.array_equal, planes, others))


def test_it_reaches_the_decoder_wherever_it_begins(tmp_path: Path) -> None:
    make_clip(tmp_path / "a.mkv")
    for start in (None, Fraction(1, 5)):
        with Reader(tmp_path / "a.mkv", start=start, threads=3) as reader:
            assert reader.video.codec_context.thread_count == 3
