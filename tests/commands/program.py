"""The program's command line within the process of the tests: quicker than a process of its own, and else the same."""

from __future__ import annotations

import contextlib
import io
import os
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from coda_git_mirror import cli
from tests.support import await_crew
from tests.unwaiting import skip_waits


def run(*arguments: str, cwd: Path, **environment: str) -> CompletedProcess[str]:
    """Runs a command in a folder, without its waits, with no CODA_ variables but these."""
    output, errors = io.StringIO(), io.StringIO()
    with pytest.MonkeyPatch.context() as patched, contextlib.chdir(cwd):
        for name in [name for name in os.environ if name.startswith("CODA_")]:
            patched.delenv(name)
        for name, value in environment.items():
            patched.setenv(name, value)
        skip_waits(patched.setattr)
        with contextlib.redirect_stdout(output), contextlib.redirect_stderr(errors):
            code = cli.run(list(arguments))
        await_crew()
    return CompletedProcess(arguments, code, output.getvalue(), errors.getvalue())
