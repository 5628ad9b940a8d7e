#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs the golden tests of the command line, and what the READMEs show.

A case is a text file of sections. Each begins with a line of its own:

    === NAME        a file with this name and the text that follows, in a fresh directory
    === $ COMMAND   a command, and the standard output that it gives
    === stderr      what the command says on standard error (nothing without this section)
    === exit N      its exit code (0 without this section)

Text before the first section is a comment. The repository's `examples` is in the directory too. With NFPROOF_REBLESS=1
the expectations are rewritten to what is; `git diff` is the review.
"""

import difflib
import os
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
MARK = "=== "


def run(command, directory, nfproof):
    """Runs a command line; returns standard output, standard error and the exit code."""
    environment = dict(os.environ, PATH=f"{pathlib.Path(nfproof).parent}:{os.environ['PATH']}", LC_ALL="C.UTF-8")
    environment.pop("NO_COLOR", None)
    done = subprocess.run(["bash", "-c", command], cwd=directory, env=environment, stdin=subprocess.DEVNULL,
                          capture_output=True, timeout=300, check=False)
    return (done.stdout.decode("utf-8", "surrogateescape"), done.stderr.decode("utf-8", "surrogateescape"),
            done.returncode)


def sections(text):
    """The leading comment, and a list of (title, body)."""
    head, *rest = re.split(r"^=== ", text, flags=re.M)
    parts = []
    for part in rest:
        title, _, body = part.partition("\n")
        parts.append((title, body))
    return head, parts


def actual_text(case, nfproof):
    """The case as it would be with the expectations that hold now."""
    head, parts = sections(case.read_text(encoding="utf-8", errors="surrogateescape"))
    text = head
    with tempfile.TemporaryDirectory() as directory:
        os.symlink(ROOT / "examples", os.path.join(directory, "examples"))
        for title, body in parts:
            if title.startswith("$ "):
                out, err, code = run(title[2:], directory, nfproof)
                text += f"{MARK}{title}\n{out}" + ("" if out.endswith("\n") or not out else "\n")
                text += f"{MARK}stderr\n{err}" if err else ""
                text += f"{MARK}exit {code}\n" if code else ""
            elif title != "stderr" and not title.startswith("exit "):
                path = pathlib.Path(directory, title)
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(body, encoding="utf-8", errors="surrogateescape")
                text += f"{MARK}{title}\n{body}"
    return text


def check_case(case, nfproof, rebless):
    actual = actual_text(case, nfproof)
    expected = case.read_text(encoding="utf-8", errors="surrogateescape")
    if actual == expected:
        return True
    if rebless:
        case.write_text(actual, encoding="utf-8", errors="surrogateescape")
        return True
    sys.stdout.writelines(difflib.unified_diff(expected.splitlines(True), actual.splitlines(True),
                                               f"{case.name} (expected)", f"{case.name} (actual)"))
    return False


def shown_blocks(readme):
    """Code blocks that begin with a command: (command, lines that are shown of its output)."""
    for block in re.findall(r"^```(?:\w*)\n(\$ .*?)^```$", readme, flags=re.M | re.S):
        for part in re.split(r"^\$ ", block, flags=re.M)[1:]:
            command, _, output = part.partition("\n")
            yield command, output.splitlines()


def contains_in_order(output, shown):
    """Do the shown lines stand in the output? A line `...` stands for any lines that are left out."""
    place = 0
    skipping = False
    for line in shown:
        if line.strip() == "...":
            skipping = True
            continue
        while skipping and place < len(output) and output[place] != line:
            place += 1
        if place >= len(output) or output[place] != line:
            return False
        place, skipping = place + 1, False
    return skipping or place == len(output)


def check_readme(path, nfproof):
    good = True
    for command, shown in shown_blocks(path.read_text(encoding="utf-8")):
        if not command.startswith(("./dev run ", "nfproof ")):
            continue
        out, err, code = run(command.replace("./dev run ", "nfproof "), ROOT, nfproof)
        if code in (0, 1) and contains_in_order((out + err).splitlines(), shown):
            continue
        good = False
        print(f"{path.name} shows for `{command}` what is not so (exit {code}); it gives:\n{out}{err}")
    return good


def check_example_commands(nfproof):
    """The commands of examples/README.md run, from its directory."""
    good = True
    directory = ROOT / "examples"
    text = (directory / "README.md").read_text(encoding="utf-8").replace("\\\n", " ")
    for command in re.findall(r"`(nfproof [^`]+)`", text) + re.findall(r"^    (nfproof .+)$", text, flags=re.M):
        _, err, code = run(command, directory, nfproof)
        if code not in (0, 1):
            good = False
            print(f"examples/README.md: `{command}` exits {code}\n{err}")
    return good


def main():
    nfproof = os.path.abspath(sys.argv[1])
    rebless = os.environ.get("NFPROOF_REBLESS") == "1"
    failed = [case.name for case in sorted((ROOT / "tests/cli/cases").glob("*.txt"))
              if not check_case(case, nfproof, rebless)]
    if not check_readme(ROOT / "README.md", nfproof):
        failed.append("README.md")
    if not check_example_commands(nfproof):
        failed.append("examples/README.md")
    if failed:
        print("failed:", *failed, "\n`./dev rebless` rewrites the expectations")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
