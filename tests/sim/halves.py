# SPDX-License-Identifier: BSD-2-Clause
"""One call of each simulated API, for tests that concern all of them: those of
a vendor stand in vendors/half_VENDOR.py."""

import dataclasses
import importlib
import itertools
import json
import pathlib
import urllib.parse
from typing import Callable, Optional

from simclient import FORM, JSON, basic

numbers = itertools.count(447700800000)


@dataclasses.dataclass
class Call:
    """A request that sends something or looks something up, always a new one."""

    provider: str
    endpoint: str
    ask: Callable  # what ready made: method, path, body, headers
    good: int  # HTTP status
    id: Optional[str]  # dotted path of the id in the answer
    verdict: Optional[str] = None  # ... and of the verdict, where it has one
    throttled: int = 429
    internal: int = 500
    sends: bool = True
    prepare: Optional[Callable] = None  # of a simulator and a number

    def ready(self, sim, number=None):
        """What the call is about, after whatever has to be there first."""
        number = number or str(next(numbers))
        return self.prepare(sim, number) if self.prepare else number

    def make(self, sim, about, timeout=10):
        method, path, body, headers = self.ask(about)
        return sim.request(method, path, body, headers, timeout)

    def __call__(self, sim, number=None, timeout=10):
        return self.make(sim, self.ready(sim, number), timeout)


def form(path, auth, **fields):
    headers = {"Content-Type": FORM, **basic(auth)}
    return "POST", path, urllib.parse.urlencode(fields, doseq=True), headers


def as_json(path, headers, **fields):
    return "POST", path, json.dumps(fields), {"Content-Type": JSON, **headers}


def calls():
    """Those of all vendors/half_*.py."""
    found = []
    folder = pathlib.Path(__file__).parent / "vendors"
    for path in sorted(folder.glob("half_*.py")):
        for value in vars(importlib.import_module(path.stem)).values():
            if isinstance(value, Call):
                found.append(value)
    return found


def member(document, path):
    """What stands at a dotted path; a KeyError or IndexError when nothing does."""
    for name in path.split("."):
        document = document[int(name) if isinstance(document, list) else name]
    return document
