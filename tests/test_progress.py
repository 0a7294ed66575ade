"""A bar on a terminal, plain lines in the log, and the steps themselves unchanged."""

import io
import logging

import pytest

from pomflow.jobs.progress import Progress


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_steps_pass_through_and_have_a_length():
    progress = Progress(range(3, 8), "work")
    assert len(progress) == 5
    assert list(progress) == [3, 4, 5, 6, 7]


def test_a_terminal_gets_a_bar(monkeypatch):
    screen = Terminal()
    monkeypatch.setattr("sys.stderr", screen)
    list(Progress(range(4), "work"))
    assert "work:   0%" in screen.getvalue()


def test_a_pipe_gets_none(monkeypatch):
    pipe = io.StringIO()
    monkeypatch.setattr("sys.stderr", pipe)
    list(Progress(range(4), "work"))
    assert pipe.getvalue() == ""


@pytest.mark.parametrize(("seconds", "lines"), [(0.0, 4), (1e9, 1)])
def test_the_log_gets_lines_with_rate_and_estimate(monkeypatch, caplog, seconds, lines):
    """A line after every interval, and always a last one."""
    monkeypatch.setattr("pomflow.jobs.progress.SECONDS_BETWEEN_LINES", seconds)
    with caplog.at_level(logging.INFO, logger="pomflow"):
        list(Progress(range(4), "work"))
    assert len(caplog.messages) == lines
    assert caplog.messages[-1].startswith("work: 4/4, ")
    assert caplog.messages[-1].endswith(" a second, 0 s left")
