"""Lines on a terminal with a live one below them, or plain lines where there is no terminal."""

import os
import shutil
from typing import TextIO

ERASE = "\r\033[K"


class Screen:
    """Where a run speaks.

    Parameters
    ----------
    stream : text file
        Usually the standard error.
    """

    def __init__(self, stream: TextIO):
        self._stream, self._live = stream, ""
        self.is_terminal = stream.isatty() and os.environ.get("TERM") != "dumb"

    def line(self, text: str) -> None:
        """A line that stays."""
        self._write(f"{ERASE if self._live else ''}{text}\n{self._live}")

    def live(self, text: str) -> None:
        """The last line, in place of the one before; always drawn, because jobs write to the terminal too."""
        width = shutil.get_terminal_size().columns - 1
        self._live = text if len(text) <= width else f"{text[: width - 1]}…"
        self._write(f"{ERASE}{self._live}")

    def clear(self) -> None:
        """Take the live line away."""
        if self._live:
            self._live = ""
            self._write(ERASE)

    def _write(self, text: str) -> None:
        try:
            self._stream.write(text)
            self._stream.flush()
        except (OSError, ValueError):
            # whoever has closed the terminal wants to see no more; the run goes on
            self._live = ""
