"""Start programs that cannot outlive their keeper and do not see themselves as root.

PostgreSQL refuses to run as root. In a user namespace of its own it takes itself for nobody while
its files stay root's; where that is forbidden it becomes nobody in truth.
"""

from __future__ import annotations

import ctypes
import os
import pwd
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from enum import Enum
from pathlib import Path
from typing import Any

from kernel.servers.places import ServersFailed

CLONE_NEWUSER = 0x10000000
PR_SET_PDEATHSIG = 1
NOBODY = 65534
LEAVE_SECONDS = 6.0
COMMAND_SECONDS = 120
LIBC = ctypes.CDLL(None, use_errno=True)


class Guise(Enum):
    """Say as whom a program runs."""

    SELF = "self"
    NAMESPACE = "namespace"
    NOBODY = "nobody"


def guises() -> list[Guise]:
    """Return the guises that work here and are not root, best first."""
    if os.geteuid() != 0:
        return [Guise.SELF]
    return [guise for guise in (Guise.NAMESPACE, Guise.NOBODY) if _works(guise)]


def unprivileged() -> Guise:
    """Return the best guise that is not root."""
    found = guises()
    if not found:
        raise ServersFailed(
            "PostgreSQL refuses to run as root, and this machine allows neither a user namespace "
            "nor a change to nobody. Run the command as a normal user, or set DATABASE_URL."
        )
    return found[0]


def owner(guise: Guise) -> int:
    """Return the user id that must own the files of a program."""
    return _nobody().pw_uid if guise is Guise.NOBODY else os.geteuid()


def start(
    command: Sequence[str | Path], guise: Guise, death_signal: signal.Signals, log: int
) -> subprocess.Popen[bytes]:
    """Start a server that gets `death_signal` when the calling process dies in any way."""
    return subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=log,
        preexec_fn=_entrance(guise, death_signal),
        **_become(guise),
    )


def run(command: Sequence[str | Path], guise: Guise) -> subprocess.CompletedProcess[str]:
    """Run a program to its end and return what it said."""
    return subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=COMMAND_SECONDS,
        env={name: os.environ[name] for name in os.environ if not name.startswith(("LC_", "LANG"))},
        preexec_fn=_entrance(guise, signal.SIGKILL),
        **_become(guise),
    )


def vacate(folder: Path, program: str) -> None:
    """Wait until no earlier server works in a folder; end one that does not leave.

    A pid in a file may be another process by now. A process of that name which has the folder as
    its working folder is a server of ours, and only the holder of the keeper's lock asks.
    """
    for number in (None, signal.SIGQUIT, signal.SIGKILL):
        for pid in _occupants(folder, program):
            if number is not None:
                _send(pid, number)
        deadline = time.monotonic() + LEAVE_SECONDS
        while _occupants(folder, program):
            if time.monotonic() > deadline:
                break
            time.sleep(0.02)
        else:
            return
    raise ServersFailed(f"An earlier {program} still works in {folder} and cannot be ended.")


def _occupants(folder: Path, program: str) -> list[int]:
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            is_program = (entry / "comm").read_text().strip() == program[:15]
            if is_program and (entry / "cwd").readlink() == folder:
                found.append(int(entry.name))
        except OSError:
            continue
    return found


def _send(pid: int, number: signal.Signals) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return


def _works(guise: Guise) -> bool:
    try:
        return run(["/bin/sh", "-c", "exit 0"], guise).returncode == 0
    except (OSError, subprocess.SubprocessError):
        return False


def _become(guise: Guise) -> dict[str, Any]:
    if guise is not Guise.NOBODY:
        return {}
    return {"user": _nobody().pw_uid, "group": _nobody().pw_gid, "extra_groups": []}


def _nobody() -> pwd.struct_passwd:
    return pwd.getpwnam("nobody")


def _entrance(guise: Guise, death_signal: signal.Signals) -> Callable[[], None]:
    """Return what the child does between fork and exec, after any change of user.

    Entering a namespace and changing the user both clear the death signal: it comes last.
    """
    parent, user, group = os.getpid(), os.geteuid(), os.getegid()

    def enter() -> None:
        if sys.platform != "linux":
            return
        if guise is Guise.NAMESPACE:
            _enter_namespace(user, group)
        if LIBC.prctl(PR_SET_PDEATHSIG, ctypes.c_ulong(death_signal), 0, 0, 0) != 0:
            raise OSError(ctypes.get_errno(), "prctl")
        if os.getppid() != parent:
            os._exit(1)

    return enter


def _enter_namespace(user: int, group: int) -> None:
    if LIBC.unshare(CLONE_NEWUSER) != 0:
        raise OSError(ctypes.get_errno(), "unshare")
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{NOBODY} {user} 1")
    Path("/proc/self/gid_map").write_text(f"{NOBODY} {group} 1")
