# SPDX-License-Identifier: BSD-2-Clause
"""One row of the fault matrix: what breaks, and what must come of it."""

from dataclasses import dataclass
from typing import Callable, Optional

ALLOWED, DENIED, MAXTRIES, CONV_ERR = 0, 7, 11, 19
START, CHECK = "start", "check"


@dataclass(frozen=True)
class Row:
    """One fault. result is PAM's; asked: how many starts and checks at most;
    real: once more over sshd and sudo; valgrind: once more under it, also
    where time is short (False: never)."""

    group: str
    breaks: str
    how: Optional[Callable] = None
    when: str = ""
    result: int = DENIED
    reason: str = ""
    words: str = ""
    seconds: float = 6
    asked: tuple = (1, 1)
    real: bool = False
    valgrind: Optional[bool] = None
    held: tuple = ()

    @property
    def name(self):
        return ", ".join(word for word in (self.group, self.breaks, self.when)
                         if word)


def held(group, breaks, *tests, when=""):
    """A row that these tests hold already."""
    return Row(group, breaks, when=when, held=tests)
