"""The one door to git: one command in machine form, deaf to the machine's settings and the caller's environment."""

from __future__ import annotations

import contextlib
import functools
import os
import re
import shlex
from collections.abc import Collection, Iterator, Mapping, Sequence
from io import BufferedReader
from pathlib import Path
from typing import BinaryIO, cast

from coda_git_mirror.disk.files import CHUNK
from coda_git_mirror.errors import MirrorError
from coda_git_mirror.git.launcher import Output, ProgramMissing, Running, reading, run

OLDEST_GIT = (2, 34)

_SETTINGS_THAT_MUST_NOT_MATTER = (
    f"core.hooksPath={os.devnull}",
    "commit.gpgSign=false",
    "core.excludesFile=",
    "core.attributesFile=",
    "core.autocrlf=false",
    "core.safecrlf=false",
    "core.fsmonitor=false",
    "core.quotePath=false",
    "core.precomposeUnicode=true",
    "core.splitIndex=false",
    "core.filesRefLockTimeout=2000",
    "core.packedRefsTimeout=3000",
    "core.sparseCheckout=false",
    "core.fsync=committed,index,reference",
    "i18n.commitEncoding=UTF-8",
    "log.showSignature=false",
    "gc.auto=0",
    "maintenance.auto=false",
    "index.version=4",
    "core.bigFileThreshold=50m",
    "pack.windowMemory=16m",
    "pack.deltaCacheSize=8m",
    "pack.threads=1",
)
"""The last four bound the memory of packing and pushing to 256 MB: comparing two files takes five times the size of
one, and what is larger is stored whole."""
_RUNS_NOTHING = {
    "log": ("--no-textconv", "--no-ext-diff"),
    "diff": ("--no-textconv", "--no-ext-diff"),
    "show": ("--no-textconv", "--no-ext-diff"),
    "diff-tree": ("--no-textconv", "--no-ext-diff"),
    "grep": ("--no-textconv",),
}
"""What keeps commands that compare or search contents from running those that settings and attributes name for them."""
_ENVIRONMENT = {
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_DEFAULT_REF_FORMAT": "files",
    "LC_ALL": "C",
}

# What says who the user is and how the network is reached stays; all else may point git at another repository.
_INHERITED_TO_KEEP = re.compile(
    "GIT_(SSH|ASKPASS|AUTHOR_|COMMITTER_|CONFIG_|PYTHON_|TRACE|CURL|SSL|HTTP|PROXY|ALLOW_PROTOCOL|EXEC_PATH|LFS|PAGER|TEST_)"
)
_FATAL = 128
ANY_END = range(-255, 256)
"""Every exit code; negative ones are of a git that a signal ended."""
_DUBIOUS_OWNERSHIP = re.compile("dubious ownership|unsafe repository")
_BROKEN_CONFIG = re.compile(
    r"(?:fatal|error): (?P<words>bad (?:\w+ )?config .*|bogus (?:config|count) .*|unable to access '[^']*config': .*)"
)
_DAMAGE = re.compile(
    "corrupt|is empty|inflate:|unable to unpack|could not read [0-9a-f]{40}|unable to read [0-9a-f]{40}"
    "|bad (tree )?object|not a tree object|missing blob|packfile .* (invalid|cannot)",
    re.IGNORECASE,
)


class GitFailed(MirrorError):
    """A git command ended with an exit code that it should not have; the text carries git's own last words."""


class DamagedRepository(GitFailed):
    """Objects, index or branches of the repository are missing or not what they were."""

    def __init__(self, folder: Path, what: str) -> None:
        verify = shlex.join(["coda-git-mirror", "verify", "-o", str(folder)])
        super().__init__(
            f"The repository in {folder} is damaged: {what}; `{verify}` lists all that is wrong. "
            "Clone its remote, or another sound copy of it, into a new folder and go on there."
        )


class GitMissing(MirrorError):
    """There is no git, or one too old."""


class GitLfsMissing(MirrorError):
    """There is no git-lfs, and the mirror's settings ask for it."""


class BrokenConfiguration(MirrorError):
    """Git cannot read a file or variable that configures it, and does nothing at all then."""


class ForeignOwner(MirrorError):
    """The repository belongs to another user, and git refuses to work in it."""


def forget_inherited_git_environment() -> None:
    """Drops the `GIT_*` variables that this process inherited and that could lead git elsewhere.

    A hook, an alias or `git rebase --exec` exports `GIT_DIR` and its kin; with them git writes into *that* repository.
    Identity, configuration, credentials and transport stay.
    """
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        if not _INHERITED_TO_KEEP.match(name):
            del os.environ[name]


def require_git() -> None:
    """Raises `GitMissing` unless git can be run and is new enough."""
    _require_git_on(os.environ.get("PATH"))


@functools.cache
def _require_git_on(_path: str | None) -> None:
    wanted = ".".join(map(str, OLDEST_GIT))
    try:
        answer = run(["git", "version"], {})
    except ProgramMissing as error:
        raise GitMissing(f"git was not found; install git {wanted} or newer and run the command again.") from error
    _require_configuration(answer)
    version = re.search(r"(\d+)\.(\d+)", answer.text)
    if version is None or (int(version[1]), int(version[2])) < OLDEST_GIT:
        raise GitMissing(f"This is {answer.text!r}; install git {wanted} or newer and run the command again.")


def require_git_lfs() -> None:
    """Raises `GitLfsMissing` unless git-lfs can be run."""
    if run(["git", "lfs", "version"], {}).exit_code != 0:
        raise GitLfsMissing(
            "`lfs = true` needs Git LFS, and `git lfs` cannot be run; install git-lfs (https://git-lfs.com), "
            "or set `lfs = false`, and run the command again."
        )


def advice(folder: Path, *words: str) -> str:
    """A git command as a message advises it: it runs as printed, from anywhere."""
    return f"`{shlex.join(['git', '-C', str(folder), *words])}`"


def _quoted(folder: Path) -> str:
    """In quotation marks in any case."""
    quoted = shlex.quote(str(folder))
    return quoted if quoted.startswith("'") else f"'{quoted}'"


class GitCommand:
    """Runs git in one folder, which is the top of a working copy or is about to be."""

    def __init__(self, folder: Path, environment: Mapping[str, str] | None = None) -> None:
        self.folder = folder
        self._own_environment = environment or {}

    def run(
        self,
        *arguments: str,
        stdin: bytes | None = None,
        settings: Sequence[str] = (),
        environment: Mapping[str, str] | None = None,
        accept: Collection[int] = (0,),
    ) -> Output:
        """Runs `git ARGUMENTS` to its end.

        Raises `GitFailed` for an exit code outside `accept`, `ForeignOwner` where git distrusts the folder.
        """
        answer = run(self.command_line(arguments, settings), self._environment(environment), stdin)
        _require_configuration(answer)
        self._require_trust(answer)
        if answer.exit_code not in accept:
            raise self._failure(arguments[0], answer)
        return answer

    @contextlib.contextmanager
    def reading(self, *arguments: str, stdin: bytes, settings: Sequence[str] = ()) -> Iterator[BinaryIO]:
        """Gives the output of a git command while it runs; leaving early ends the command."""
        with reading(self.command_line(arguments, settings), self._environment(None), stdin) as process:
            yield cast(BinaryIO, process.stdout)

    def fields(self, *arguments: str) -> Iterator[str]:
        """What stands between the NULs of an output, while the command runs; leaving early ends the command.

        Raises as `run` does where the command fails, after what it said until then.
        """
        with reading(self.command_line(arguments), self._environment(None), b"") as process:
            yield from _split(cast(BufferedReader, process.stdout))
            errors = cast(BinaryIO, process.stderr).read().decode("utf-8", "replace")
            answer = Output(process.wait(), b"", errors)
        _require_configuration(answer)
        self._require_trust(answer)
        if answer.exit_code:
            raise self._failure(arguments[0], answer)

    def start(self, *arguments: str, settings: Sequence[str] = ()) -> Running:
        """Starts a git that is talked to while it runs, and that ends with the object at the latest."""
        return Running(self.command_line(arguments, settings), self._environment(None))

    def with_environment(self, environment: Mapping[str, str]) -> GitCommand:
        """Runs git in the same folder, in this environment as well."""
        return GitCommand(self.folder, {**self._own_environment, **environment})

    def elsewhere(self, folder: Path) -> GitCommand:
        """Runs git in another folder."""
        return GitCommand(folder)

    def failed(self, command: str, why: str) -> GitFailed:
        """The error that tells of a command of this folder."""
        return GitFailed(f"`git {command}` failed in {self.folder}: {why}.")

    def command_line(self, arguments: Sequence[str], settings: Sequence[str] = ()) -> list[str]:
        """The command that runs git in this folder, deaf to the machine's settings."""
        flags = [flag for setting in (*_SETTINGS_THAT_MUST_NOT_MATTER, *settings) for flag in ("-c", setting)]
        verb, *rest = arguments
        quiet = _RUNS_NOTHING.get(verb, ())
        return ["git", "-C", str(self.folder), *flags, "--literal-pathspecs", verb, *quiet, *rest]

    def _environment(self, more: Mapping[str, str] | None) -> dict[str, str]:
        """Git looks for a repository in this very folder: one further up is somebody else's."""
        own = {"GIT_CEILING_DIRECTORIES": str(self.folder.parent), **self._own_environment}
        return {**_ENVIRONMENT, **own, **(more or {})}

    def _require_trust(self, answer: Output) -> None:
        if answer.exit_code == _FATAL and _DUBIOUS_OWNERSHIP.search(answer.errors):
            raise ForeignOwner(
                f"The repository in {self.folder} belongs to another user; if you trust it, run "
                f"`git config --global --add safe.directory {_quoted(self.folder)}`."
            )

    def _failure(self, command: str, answer: Output) -> GitFailed:
        last_words = answer.errors.strip().splitlines()[-1:] or [f"exit code {answer.exit_code}"]
        if _DAMAGE.search(answer.errors):
            return DamagedRepository(self.folder, last_words[0].removeprefix("fatal: ").removeprefix("error: "))
        return self.failed(command, last_words[0])


def _require_configuration(answer: Output) -> None:
    broken = _BROKEN_CONFIG.search(answer.errors) if answer.exit_code else None
    if broken:
        raise BrokenConfiguration(
            f"Git cannot read its configuration ({broken['words'].strip()}); correct that and run the command again."
        )


def _split(output: BufferedReader) -> Iterator[str]:
    """What stands between the NULs of an output, as soon as it is there."""
    rest = b""
    while chunk := output.read1(CHUNK):
        *whole, rest = (rest + chunk).split(b"\0")
        yield from (field.decode("utf-8", "surrogateescape") for field in whole)
    if rest.strip():
        yield rest.decode("utf-8", "surrogateescape")
