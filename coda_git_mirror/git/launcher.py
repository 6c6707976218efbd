"""Starts programs, which are git as a rule; nothing else here does, and nothing that is started knows Coda's token."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
import weakref
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, BinaryIO, cast

from coda_git_mirror.disk.temporary import temporary_file, temporary_file_with
from coda_git_mirror.errors import MirrorError
from coda_git_mirror.redact import names_of_secrets, without_secrets


@contextlib.contextmanager
def _without_configuration() -> Iterator[None]:
    """GitPython runs git when it is imported, and raises where that cannot read what the user has configured.

    That, as a git that is missing, is `command`'s to tell.
    """
    ours = {
        "GIT_PYTHON_REFRESH": "quiet",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_COUNT": "0",
        "GIT_CONFIG_PARAMETERS": "",
        "GIT_DIR": os.devnull,
    }
    before = {name: os.environ.get(name) for name in ours}
    os.environ.update(ours)
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name)
            if value is not None:
                os.environ[name] = value


with _without_configuration():
    from git.cmd import Git
    from git.exc import GitCommandNotFound

_LOOK = 0.5
_GRACE = 0.4


class ProgramMissing(Exception):
    """There is no program of this name."""


class Unanswered(MirrorError):
    """A program said nothing for so long that it was ended."""


@dataclass(frozen=True)
class Output:
    """What a program said until its end."""

    exit_code: int
    output: bytes
    errors: str

    @property
    def text(self) -> str:
        """The output as one value: without the newline at its end."""
        return self.output.decode("utf-8", "surrogateescape").removesuffix("\n")

    @property
    def fields(self) -> list[str]:
        """The output of a command with `-z`: what stands between its NULs."""
        return self.output.decode("utf-8", "surrogateescape").split("\0")[:-1]


def run(command: Sequence[str], environment: Mapping[str, str], stdin: bytes | None = None) -> Output:
    """Runs a program to its end. `environment` is added to the inherited one. Raises `ProgramMissing`."""
    with _as_file(stdin) as file:
        process = _launch(command, environment, file)
        try:
            output, errors = process.communicate()
        finally:
            _close_pipes(process)
    return Output(process.returncode, output, errors.decode("utf-8", "replace"))


@contextlib.contextmanager
def reading(command: Sequence[str], environment: Mapping[str, str], stdin: bytes) -> Iterator[subprocess.Popen[bytes]]:
    """A program whose output is read while it runs; leaving early ends it."""
    with _as_file(stdin) as file:
        process = _launch(command, environment, file)
        try:
            yield process
        finally:
            _close_pipes(process)
            process.terminate()
            process.wait()


class Running:
    """A program that is talked to while it runs; in a group of its own, so that its helpers end with it."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str]) -> None:
        self._process = _launch(command, environment, subprocess.PIPE, own_group=True)
        self.stop = weakref.finalize(self, _stop, self._process)
        """Ends it, if it has not ended; nobody has to call this."""
        self.stdin = cast(BinaryIO, self._process.stdin)
        self.stdout = cast(BinaryIO, self._process.stdout)

    def __enter__(self) -> Running:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def finish(self) -> Output:
        """Waits for the end of a command that gets no more input."""
        output, errors = self._process.communicate()
        return Output(self._process.returncode, output, errors.decode("utf-8", "replace"))


def run_and_watch(command: Sequence[str], environment: Mapping[str, str], folder: Path, silence: float) -> Output:
    """Runs a program to its end, in a process group of its own, without standard input, in exactly this environment.

    Raises `Unanswered` when it has written nothing for `silence` seconds. Whatever ends the waiting, such as Ctrl-C,
    ends the whole group.
    """
    with temporary_file() as output, temporary_file() as errors:
        # GitPython gives pipes only, and an ssh that stays behind to be used again would hold a pipe open.
        process = subprocess.Popen(
            command,
            cwd=folder,
            env=without_secrets(environment),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=errors,
            start_new_session=True,
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
        try:
            _wait(process, (output, errors), silence)
        except BaseException:
            _end_group(process)
            raise
        return Output(process.returncode, _content(output), _content(errors).decode("utf-8", "replace"))


@contextlib.contextmanager
def paging(pager: str) -> Iterator[BinaryIO]:
    """What is written goes to a pager, as git starts it, and this ends when the user leaves it.

    Until then Ctrl-C is the pager's, which stops there what runs too long; the writer sees a broken pipe.
    """
    as_git_does = {"LESS": os.environ.get("LESS", "FRX"), "LV": os.environ.get("LV", "-c")}
    environment = without_secrets({**os.environ, **as_git_does})
    process = subprocess.Popen(["sh", "-c", pager], env=environment, stdin=subprocess.PIPE)
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield cast(BinaryIO, process.stdin)
    finally:
        with contextlib.suppress(OSError):
            cast(BinaryIO, process.stdin).close()
        process.wait()
        signal.signal(signal.SIGINT, before)


def _launch(
    command: Sequence[str],
    environment: Mapping[str, str],
    stdin: BinaryIO | int | None,
    own_group: bool = False,
) -> subprocess.Popen[bytes]:
    """Every git is started by this, but those that `run_and_watch` watches."""
    try:
        guard = Git().execute(
            list(command),
            istream=stdin,
            as_process=True,
            shell=False,
            env={**dict.fromkeys(names_of_secrets(os.environ), ""), **environment},
            start_new_session=own_group,
        )
    except GitCommandNotFound as error:
        raise ProgramMissing(command[0]) from error
    process = cast("subprocess.Popen[bytes]", guard.proc)
    guard.proc = None  # GitPython would end it when its wrapper is freed
    return process


def _stop(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        with contextlib.suppress(ProcessLookupError):
            _terminate(process)
    _close_pipes(process)
    process.wait()


def _terminate(process: subprocess.Popen[bytes]) -> None:
    if sys.platform == "win32":
        process.terminate()
    else:
        os.killpg(process.pid, signal.SIGTERM)


def _close_pipes(process: subprocess.Popen[bytes]) -> None:
    for pipe in filter(None, (process.stdin, process.stdout, process.stderr)):
        with contextlib.suppress(OSError):
            pipe.close()


@contextlib.contextmanager
def _as_file(content: bytes | None) -> Iterator[BinaryIO | None]:
    """GitPython hands standard input on as a descriptor, so it has to be a file of the system, unless it is empty."""
    if not content:
        yield None
        return
    with temporary_file_with(content) as file:
        yield file


def _wait(process: subprocess.Popen[bytes], files: Sequence[IO[bytes]], silence: float) -> None:
    said, last = 0, time.monotonic()
    while True:
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(min(_LOOK, silence))
            return
        if (now_said := sum(os.fstat(file.fileno()).st_size for file in files)) != said:
            said, last = now_said, time.monotonic()
        elif time.monotonic() - last >= silence:
            raise Unanswered(f"no answer within {silence:.0f} seconds")


def _end_group(process: subprocess.Popen[bytes]) -> None:
    """Lets git remove its temporary files, then ends what is left of the group."""
    if sys.platform == "win32":
        process.kill()
    else:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(_GRACE)
            os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _content(file: IO[bytes]) -> bytes:
    file.seek(0)
    return file.read()
