"""Run other libraries in locked environments of their own, built where they are missing."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import venv
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
ENVIRONMENTS = ROOT / ".local" / "peers"
LOCKS = ROOT / "requirements" / "peers"
ANSWER_SECONDS_MAX = 7_200


def ask(peer: str, script: Path, question: dict[str, Any]) -> Any:
    """Run a script with a peer's Python; the question goes in and the answer comes out as JSON."""
    return _run(_python(peer), [str(script)], question)


def ask_ourselves(module: str, question: dict[str, Any]) -> Any:
    """Run one of our modules in a process of its own, so that its memory can be told."""
    return _run(Path(sys.executable), ["-m", module], question)


def _run(python: Path, what: list[str], question: dict[str, Any]) -> Any:
    one_core = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
    done = subprocess.run(
        [str(python), *what],
        input=json.dumps(question),
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**os.environ, **one_core},
        timeout=ANSWER_SECONDS_MAX,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"{what[-1]} failed:\n{done.stderr[-2000:]}")
    return json.loads(done.stdout.splitlines()[-1])


def _python(peer: str) -> Path:
    """Find a peer's Python, installed exactly as its lock says."""
    home, lock = ENVIRONMENTS / peer, LOCKS / f"{peer}.txt"
    stamp, python = home / ".installed", home / "bin" / "python"
    wanted = hashlib.sha256(lock.read_bytes()).hexdigest()
    if not stamp.exists() or stamp.read_text() != wanted:
        venv.create(home, clear=True, symlinks=True, with_pip=True)
        quiet = ["--quiet", "--disable-pip-version-check", "--require-hashes"]
        install = [str(python), "-m", "pip", "install", *quiet, "-r", str(lock)]
        subprocess.run(install, check=True, cwd=ROOT)
        stamp.write_text(wanted)
    return python
