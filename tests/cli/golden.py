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
    """Code blocks that begin with a command: (command, lines that are shown of its output). Of a long output only some
    paragraphs are shown, `...` stands for the others."""
    for block in re.findall(r"^```(?:\w*)\n(\$ .*?)^```$", readme, flags=re.M | re.S):
        for part in re.split(r"^\$ ", block, flags=re.M)[1:]:
            command, _, output = part.partition("\n")
            yield command, output.splitlines()


def paragraphs(lines):
    """Groups of lines between empty lines."""
    groups = [[]]
    for line in lines:
        groups[-1:] = [groups[-1] + [line]] if line else [groups[-1], []]
    return [group for group in groups if group]


def what_about(paragraph):
    """What a paragraph is about: its place and its id, without the details that may change."""
    first = paragraph[0]
    place, ident = re.match(r"[^ ]*:\d+:\d+:", first), re.search(r"\[[^]]*\]$", first)
    return (place[0], ident[0]) if place and ident else re.sub(r"\d.*", "", first)


def as_shown(output, shown):
    """The output as a README shows it: whole, or only the shown paragraphs, with `...` for those left out."""
    if "..." not in shown:
        return output
    found = paragraphs(output)
    result = []
    for paragraph in paragraphs(shown):
        now = [p for p in found if what_about(p) == what_about(paragraph)]
        result += [*(now[0] if now and paragraph != ["..."] else paragraph), ""]
    return result[:-1]


def check_readme(path, nfproof, rebless):
    good = True
    text = path.read_text(encoding="utf-8")
    for command, shown in shown_blocks(text):
        if not command.startswith(("./dev run ", "nfproof ")):
            continue
        out, err, code = run(command.replace("./dev run ", "nfproof "), ROOT, nfproof)
        now = as_shown((out + err).splitlines(), shown)
        if code in (0, 1) and now == shown:
            continue
        if code in (0, 1) and rebless:
            block = "\n".join([f"$ {command}", *shown])
            path.write_text(path.read_text(encoding="utf-8").replace(block, "\n".join([f"$ {command}", *now])),
                            encoding="utf-8")
            continue
        good = False
        print(f"{path.name} shows for `{command}` what is not so (exit {code})")
        print(*difflib.unified_diff(shown, now, "shown", "actual", lineterm=""), err, sep="\n")
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
    if not check_readme(ROOT / "README.md", nfproof, rebless):
        failed.append("README.md")
    if not check_example_commands(nfproof):
        failed.append("examples/README.md")
    if failed:
        print("failed:", *failed, "\n`./dev rebless` rewrites the expectations")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
