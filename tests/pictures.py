"""What is in the files of a figure: that something is drawn, and how it was made."""

import json
import re
import zlib
from pathlib import Path

import numpy as np
from PIL import Image

# a figure has at least so many lines in its pdf; axes with their ticks alone have more
FEWEST_LINES = 20


def drawn(path: Path) -> dict:
    """Of a png or pdf that is not blank: what it says of its making, empty where it says nothing."""
    return (_png if path.suffix == ".png" else _pdf)(path)


def settings_of(path: Path) -> dict:
    """The settings that a png or pdf, which is not blank, says it was made with."""
    return json.loads(drawn(path)["config"])


def _png(path: Path) -> dict:
    with Image.open(path) as picture:
        description, pixels = picture.text["Description"], np.asarray(picture.convert("L"), dtype=float)
    assert pixels.min() < 128 < 200 < pixels.max(), f"{path} is blank"
    # ink, that is no thin frame alone, in every quarter of the sheet
    for half in np.array_split(pixels, 2):
        for quarter in np.array_split(half, 2, axis=1):
            assert (quarter < 200).any(axis=0).mean() > 0.05, f"{path} is blank in one quarter"
    return json.loads(description) if description else {}


def _pdf(path: Path) -> dict:
    content = path.read_bytes()
    streams = re.findall(rb"stream\r?\n(.*?)\r?\nendstream", content, re.DOTALL)
    operators = b"\n".join(_inflated(stream) for stream in streams)
    lines = len(re.findall(rb"[\d.]+ [\d.]+ l\b", operators))
    assert lines >= FEWEST_LINES, f"{path} has {lines} lines"
    subject = re.search(rb"/Subject \((.*?[^\\])\)", content, re.DOTALL)
    return json.loads(_text(subject[1])) if subject else {}


def _inflated(stream: bytes) -> bytes:
    try:
        # its last byte may be what looks like the end of a line
        return zlib.decompressobj().decompress(stream)
    except zlib.error:
        return b""


def _text(literal: bytes) -> str:
    """The text of a pdf string, in which brackets and backslashes are escaped."""
    raw = re.sub(rb"\\(.)", rb"\1", literal, flags=re.DOTALL)
    return raw.decode("utf-16") if raw.startswith(b"\xfe\xff") else raw.decode("latin-1")
