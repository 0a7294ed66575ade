"""A job in a process of its own: ``python -m pomflow.jobs RULE LOG < description``."""

import sys

from pomflow.jobs import isolation, output

if __name__ == "__main__":
    isolation.isolate()
    from pomflow.jobs.job import run
    from pomflow.numerics import backend

    backend.leave_out_idle_cupy()
    output.end(run(*sys.argv[1:], sys.stdin.read()))
