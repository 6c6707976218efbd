"""What a remote's refusal means to a user: git's words, put into one sentence that says what to do."""

from __future__ import annotations

import re
from typing import NamedTuple

from coda_git_mirror.format.text import one_line
from coda_git_mirror.git.launcher import Output
from coda_git_mirror.remote.addresses import without_login

_LONGEST_WORDS = 500
_REJECTION = re.compile(rb"^!\t[^\t\n]*\t\[?([^\n]*)$", re.MULTILINE)
_BEHIND = re.compile("non-fast-forward|fetch first|stale info")
_CHECKED_OUT = re.compile("branch is currently checked out|refusing to update checked out")
_REMOTE_WORD = re.compile(r"^remote: *(.*?)\s*$", re.MULTILINE)
_LAST_WORDS = re.compile(
    r"^(?:fatal|error|ssh|gcrypt|gpg|batch response|LFS): .*$|^.*Permission denied.*$|^Host key .*$", re.MULTILINE
)
_IDLE_WORDS = {"Could not read from remote repository."}
_DUBIOUS = re.compile(r"dubious ownership in repository at '([^'\n]+)'")

BEHIND = "its branch has commits that this mirror lacks"


class Meaning(NamedTuple):
    """Git's words of a kind, as a pattern, and what to do about them."""

    words: str
    advice: str


_MEANINGS = (
    Meaning(
        r"'remote-[^'\s]+' is not a git command",
        "git lacks the program for this kind of address; install it where the mirror runs",
    ),
    Meaning(
        r"repository ID is set",
        "the first push of the encrypted repository did not get through; forget it with "
        "`git config --unset remote.NAME.gcrypt-id`, and push again",
    ),
    Meaning(
        r"Host key verification failed|REMOTE HOST IDENTIFICATION HAS CHANGED",
        "ssh does not know the host by its key; connect once with `ssh`, check the key and accept it",
    ),
    Meaning(
        r"Authentication failed|could not read (?:Username|Password)|Permission denied \(|terminal prompts disabled"
        r"|returned error: 40[13]|HTTP Basic: Access denied|Authorization error|Authentication required"
        r"|Invalid username or|Access denied",
        "it does not accept the login; store one for git that works without a question (a credential helper, "
        "~/.netrc, or an ssh key without a passphrase or in an agent)",
    ),
    Meaning(
        r"[Rr]epository (?:'[^'\n]*' )?not found|does not appear to be a git repository|does not exist"
        r"|No such file or directory|returned error: 404|Project not found",
        "there is no repository that the login can see; create it, empty, or correct the address with "
        "`git remote set-url`",
    ),
    Meaning(
        r"Could not resolve host|[Cc]ould not resolve hostname|Failed to connect|Couldn't connect|Connection refused"
        r"|timed out|No route to host|Network is unreachable|Connection reset|Empty reply",
        "the host cannot be reached; look whether it and the network are up",
    ),
)


_NOISE_OF_GCRYPT = re.compile(
    r"^gcrypt: (?:Repository not found|Setting up|Remote ID is|Due to a long|Consider expl|gcrypt's req|Encrypting to"
    r"|Requesting|Decrypting)[^\n]*\n?",
    re.MULTILINE,
)


def push_refusal(answer: Output) -> str:
    """Why `git push --porcelain` failed; a hook's own words where one refused."""
    rejection = _REJECTION.search(answer.output)
    if rejection is None:
        return meaning(answer.errors)
    reason = rejection[1].decode("utf-8", "replace")
    if _BEHIND.search(reason):
        return BEHIND
    if _CHECKED_OUT.search(reason):
        return (
            "it is no bare repository, and has the very branch checked out that would be pushed; push to a bare one "
            "(`git init --bare -b main FOLDER`), or let that one follow with "
            "`git config receive.denyCurrentBranch updateInstead` there"
        )
    words = _shown(" ".join(filter(None, _REMOTE_WORD.findall(answer.errors))))
    return f"it refuses them ({_shown(reason).replace('] (', ': ').rstrip(')')}){': ' if words else ''}{words}"


def meaning(errors: str) -> str:
    """What git's standard error means, and what to do; its last words where it is nothing known."""
    errors = _NOISE_OF_GCRYPT.sub("", errors)
    if owner := _DUBIOUS.search(errors):
        folder = _shown(owner[1])
        return (
            f"{folder} belongs to another user; if you trust it, run "
            f"`git config --global --add safe.directory '{folder}'`"
        )
    known = next((each.advice for each in _MEANINGS if re.search(each.words, errors)), None)
    said = _words(errors)
    return f"{known} ({said})" if known and said else known or said or "git did not say why"


def _words(errors: str) -> str:
    """The lines in which git and its remote complain, without the progress around them."""
    lines = [match[0].partition(": ")[2] or match[0] for match in _LAST_WORDS.finditer(errors.replace("\r", "\n"))]
    lines = [line for line in lines if line not in _IDLE_WORDS]
    told = [*filter(None, _REMOTE_WORD.findall(errors)), *lines] or errors.strip().splitlines()[-1:]
    return _shown("; ".join(dict.fromkeys(told)))


def _shown(words: str) -> str:
    text = without_login(one_line(words)).rstrip(".")
    return (
        text
        if len(text) <= _LONGEST_WORDS
        else f"{text[:_LONGEST_WORDS].rpartition(' ')[0] or text[:_LONGEST_WORDS]} …"
    )
