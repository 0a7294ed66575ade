"""`python -m pomflow.terminal COMMAND ...` runs a command for make, which has no last word after Ctrl-C then.

Make says `Error 1` of a recipe that fails, also where the user has stopped it and was told what goes on. Of
one that ends well it says nothing, and after Ctrl-C it ends by the signal all the same.
"""

import signal
import subprocess
import sys


def main(command: list[str]) -> int:
    """Run a command to its end; its exit status, or 0 after Ctrl-C, which a terminal tells all processes."""
    asked = []
    signal.signal(signal.SIGINT, lambda number, frame: asked.append(number))
    process = subprocess.Popen(command)
    signal.signal(signal.SIGTERM, lambda number, frame: process.terminate())
    status = process.wait()
    if asked:
        return 0
    # as shells report an end by a signal
    return status if status >= 0 else 128 - status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
