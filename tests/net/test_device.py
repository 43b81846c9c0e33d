"""Devices that are here, and those that can't be used."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
import pytest
import torch

from vidcolor.net.batched_predictor import usual_batch_size
from vidcolor.net.device import compute_alone, opencv_alone, unused_gpu

CPU = torch.device("cpu")


@pytest.mark.skipif(torch.cuda.device_count() > 0, reason="torch uses the GPU here")
def test_a_gpu_that_torch_cannot_use_is_told(tmp_path: Path) -> None:
    """The driver has a folder for each GPU, named by where it is on the bus."""
    (tmp_path / "0000:01:00.0").mkdir()
    line = unused_gpu(tmp_path)
    assert line is not None
    assert torch.__version__ in line
    assert "--device cpu" in line


def test_nothing_is_told_where_there_is_no_gpu(tmp_path: Path) -> None:
    assert unused_gpu(tmp_path) is None
    assert unused_gpu(tmp_path / "missing") is None


def test_fewer_pictures_wait_for_one_another_with_openvino() -> None:
    assert 1 <= usual_batch_size(CPU, "openvino") < usual_batch_size(CPU, "torch")


def test_a_thread_that_computes_alone_leaves_others_as_they_are() -> None:
    before = torch.get_num_threads()
    torch.set_num_threads(3)
    try:
        with ThreadPoolExecutor(1) as alone, ThreadPoolExecutor(1) as later:
            alone.submit(compute_alone).result()
            assert later.submit(torch.get_num_threads).result() == 3
            assert alone.submit(torch.get_num_threads).result() == 1
        assert torch.get_num_threads() == 3
    finally:
        torch.set_num_threads(before)


@pytest.mark.parametrize(("cores", "left"), [(2, 1), (16, 16)])
def test_opencv_computes_alone_on_few_cores_for_as_long_as_asked(cores: int, left: int) -> None:
    usual = cv2.getNumThreads()
    cv2.setNumThreads(cores)
    try:
        with opencv_alone():
            assert cv2.getNumThreads() == left
        assert cv2.getNumThreads() == cores
    finally:
        cv2.setNumThreads(usual)
