"""The tests may run as root, to whom nothing is read-only; a user of dateline is not root."""

from __future__ import annotations

import os
import shutil

import pytest


def unprivileged() -> list[str]:
    """How a command begins that may write no more than the modes of its files allow. Skips where that cannot be had."""
    if os.geteuid() != 0:
        return []
    if not shutil.which("setpriv"):
        pytest.skip("nothing is read-only to root, and setpriv is not on this machine")
    return ["setpriv", "--bounding-set", "-dac_override,-dac_read_search", "--"]
