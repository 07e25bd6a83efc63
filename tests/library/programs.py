"""A library that starts programs, as matplotlib does to find fonts: a notebook itself may not."""

from __future__ import annotations

import subprocess


def start(*words: str) -> subprocess.Popen:
    return subprocess.Popen(words)


def heard(*words: str) -> subprocess.CompletedProcess:
    return subprocess.run(words, capture_output=True, timeout=9, check=False)
