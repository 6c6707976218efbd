"""Schedulers as programs on the PATH that keep what they are told, and the hostile names that all kinds meet."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_PROGRAMS = {
    "crontab": """
case "$1" in
  -l) [ -f "$STATE/crontab" ] || { echo "no crontab for ada" >&2; exit 1; }; cat "$STATE/crontab" ;;
  -) cat > "$STATE/crontab" ;;
  -r) rm "$STATE/crontab" ;;
  *) exit 64 ;;
esac
""",
    "systemctl": """
[ "$1" = --user ] && shift
verb=$1; shift; for word; do case "$word" in -*) ;; *) unit=$word ;; esac; done
case "$verb" in
  daemon-reload) : > "$STATE/reloaded" ;;
  enable)
    [ -f "$STATE/reloaded" ] || exit 1
    : > "$STATE/enabled-$unit"; [ "$1" != --now ] || : > "$STATE/active-$unit" ;;
  restart) : > "$STATE/active-$unit" ;;
  disable) rm -f "$STATE/enabled-$unit"; [ "$1" != --now ] || rm -f "$STATE/active-$unit" ;;
  show)
    [ -f "$XDG_CONFIG_HOME/systemd/user/$unit" ] && echo LoadState=loaded || echo LoadState=not-found
    [ -f "$STATE/enabled-$unit" ] && echo UnitFileState=enabled || echo UnitFileState=
    [ -f "$STATE/active-$unit" ] && echo ActiveState=active || echo ActiveState=inactive
    echo "NextElapseUSecRealtime=Mon 2026-11-30 02:39:00 UTC" ;;
  *) exit 64 ;;
esac
""",
    "loginctl": 'echo "Linger=no"\n',
    "launchctl": """
case "$1" in
  print) [ -f "$STATE/${2##*/}" ] || { echo "Could not find service" >&2; exit 113; } ;;
  bootstrap) name=${3##*/}; [ ! -f "$STATE/${name%.plist}" ] || exit 5; cat "$3" > "$STATE/${name%.plist}" ;;
  bootout) rm "$STATE/${2##*/}" ;;
  *) exit 64 ;;
esac
""",
    "schtasks": """
case "$1" in
  /Create) [ "$6" = /F ] || exit 1; cat "$5" > "$STATE/$3" ;;
  /Query)
    [ -f "$STATE/$3" ] || { echo "ERROR: The system cannot find the file specified." >&2; exit 1; }
    cat "$STATE/$3" ;;
  /Delete) rm "$STATE/$3" ;;
  *) exit 64 ;;
esac
""",
}
HOSTILE = [
    "50% off",
    'it\'s "quoted"',
    "blank  blank ",
    "$HOME `id` $(id)",
    "🚲",
    "-- -->",
    "a\\b\\",
    "back\\\\%\\%s",
    "&amp;<x>",
]
"""Names of folders, each with what one of the syntaxes takes for more than a letter."""


def fake_programs(folder: Path) -> dict[str, str]:
    """The environment in which these programs are found; what they were told lies in `folder/state`."""
    programs, state = folder / "programs", folder / "state"
    programs.mkdir(parents=True)
    state.mkdir()
    for name, body in _PROGRAMS.items():
        program = programs / name
        program.write_text(f'#!/bin/sh\necho "$(basename "$0") $*" >> "$STATE/../told"\n{body}')
        program.chmod(0o755)
    return {"PATH": f"{programs}{os.pathsep}{os.environ['PATH']}", "STATE": str(state)}


@contextmanager
def cron_daemon(folder: Path) -> Iterator[None]:
    """A process that goes by the name of a cron daemon, and does nothing."""
    program = folder / "cron"
    program.write_text("#!/bin/sh\necho up\nread line\n")
    program.chmod(0o755)
    with subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        try:
            assert process.stdout is not None
            process.stdout.readline()  # before that it may not go by its name yet
            yield
        finally:
            process.kill()
