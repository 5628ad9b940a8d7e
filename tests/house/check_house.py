#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Keeps the walls of the house: which room includes which, which library is seen where, how a file begins."""

import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]

# A directory, and the directories that it may include.
IR = ["compiler/source", "compiler/ir"]
COMPILER = ["compiler/commands", "compiler/extensions", "compiler/frontend", "compiler/passes"]
READING = ["compiler/extensions", "compiler/frontend", "compiler/passes"]
ARROWS = {
    "compiler/source": ["compiler/source"],
    "compiler/ir": IR,
    "compiler/extensions": IR + ["compiler/extensions"],
    "compiler/frontend": IR + READING,
    "compiler/passes": IR + READING,
    "compiler/commands": IR + COMPILER,
    "compiler/script": ["compiler/source", "compiler/script"],
    "analyzer": IR + ["analyzer"],
    "sim": IR + ["sim"],
    "backends": IR + ["backends"],
    "report": IR + ["analyzer", "report"],
    "cli": IR + COMPILER + ["analyzer", "sim", "backends", "report", "compiler/script", "cli"],
}

# A library's headers, and the only files that may include them.
LIBRARIES = {
    r"z3(\+\+)?\.h": r"analyzer/smt/.*\.cpp",
    r"antlr4-runtime\.h|.*(Lexer|Parser)\.h": r"compiler/frontend/(.*\.cpp|byte_stream\.h)",  # the header is for those files
    r"CLI/.*": r"cli/arguments\.cpp",
    r"toml\+\+/.*": r"analyzer/(triage/.*|regions/policy)\.cpp",
    r"pcap.*": r"sim/capture.*\.cpp",
    r"nlohmann/json\.hpp": r"(?!.*\.h$).*",
    r"nlohmann/json_fwd\.hpp": r"(report|backends)/.*",
}


def room_of(path):
    return next((room for room in sorted(ARROWS, key=len, reverse=True) if path.startswith(room + "/")), None)


def problems_of(path, text):
    lines = text.splitlines()
    if not lines or lines[0] != "// SPDX-License-Identifier: Apache-2.0":
        yield 1, "the first line is not the licence"
    elif len(lines) < 2 or not lines[1].startswith("// "):
        yield 2, "the file does not say what it does"
    if path.endswith(".h") and "#pragma once" not in lines:
        yield 1, "no `#pragma once`"
    room = room_of(path)
    for number, line in enumerate(lines, 1):
        own = re.match(r'#include "([^"]+)"', line)
        library = re.match(r'#include [<"]([^>"]+)[>"]', line)
        if own and room and room_of(own[1]) and room_of(own[1]) not in ARROWS[room]:
            yield number, f"{room} must not know {own[1]}"
        for header, allowed in LIBRARIES.items() if library else ():
            if re.fullmatch(header, library[1]) and not own_header(library[1]) and not re.fullmatch(allowed, path):
                yield number, f"{library[1]} is not to be seen here"


def own_header(include):
    return (ROOT / include).exists()


def main():
    files = subprocess.run(["git", "ls-files", "*.h", "*.cpp"], cwd=ROOT, capture_output=True, text=True, check=False)
    names = files.stdout.split() or [str(p.relative_to(ROOT)) for p in ROOT.glob("*/**/*.[ch]*")
                                     if p.suffix in (".h", ".cpp") and "build" not in p.parts]
    count = 0
    for name in names:
        if not (ROOT / name).exists():
            continue
        for line, problem in problems_of(name, (ROOT / name).read_text(encoding="utf-8")):
            print(f"{name}:{line}: {problem}")
            count += 1
    return 1 if count else 0


if __name__ == "__main__":
    sys.exit(main())
