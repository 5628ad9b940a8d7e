#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every output format of `check` is what it says: SARIF fits the schema, XML and JSON parse, annotations have the right
form, and all of them tell the same findings."""

import json
import pathlib
import re
import subprocess
import sys
import tempfile
import xml.etree.ElementTree

import sarif_schema

ROOT = pathlib.Path(__file__).resolve().parents[2]

ODD = """*filter
:INPUT DROP [0:0]
:FORWARD DROP [0:0]
:OUTPUT ACCEPT [0:0]
# nfproof: ignore NF101 it is <meant> & "kept"
-A INPUT -p tcp -j ACCEPT
-A INPUT -m comment --comment "\u00fcber\u00e4ll, 100%: \udc80" -p tcp -m tcp --dport 22 -j ACCEPT
# nfproof: ignore NF101 it is <meant> & "kept"
-A INPUT -p tcp -m tcp --dport 23 -j DROP
-A INPUT -p tcp --dport 99999 -j DROP
COMMIT
"""


def run(nfproof, directory, *arguments):
    """All formats of one run: {format: text}, and the exit code."""
    formats = ["text", "json", "sarif", "github", "junit"]
    outputs = [word for name in formats for word in ("--output", f"{name}=out.{name}")]
    done = subprocess.run([nfproof, "check", *arguments, *outputs], cwd=directory, capture_output=True, check=False)
    texts = {name: pathlib.Path(directory, f"out.{name}").read_bytes().decode("utf-8") for name in formats}
    return texts, done.returncode


def annotations(text):
    for line in text.splitlines():
        match = re.fullmatch(r"::(error|warning|notice) (?:file=([^,:]+),line=(\d+),endLine=\d+,col=\d+,endColumn=\d+,)?"
                             r"title=([^:,]+)::(.+)", line)
        assert match, f"no annotation: {line}"
        yield match.groups()


def check_run(name, texts, code):
    problems = []
    document = json.loads(texts["json"])
    sarif = json.loads(texts["sarif"])
    problems += sarif_schema.problems(sarif, "sarifLog")
    results = sarif["runs"][0]["results"]
    rules = sarif["runs"][0]["tool"]["driver"]["rules"]
    problems += [f"{r['ruleId']} has another index" for r in results if rules[r["ruleIndex"]]["id"] != r["ruleId"]]
    problems += [f"{r['id']} has no help" for r in rules if "## What it finds" not in r["help"]["markdown"]]
    shown = [r for r in results if r.get("kind") != "open" and "suppressions" not in r
             and r.get("baselineState") != "unchanged"]
    if len(shown) != len(document["findings"]):
        problems.append(f"SARIF has {len(shown)} findings, JSON {len(document['findings'])}")
    told = [a for a in annotations(texts["github"]) if a[3].startswith("NF") and not a[4].startswith("undecided")]
    if len(told) != len(document["findings"]):
        problems.append(f"{len(told)} annotations, {len(document['findings'])} findings")
    suites = xml.etree.ElementTree.fromstring(texts["junit"])
    cases = list(suites.iter("testcase"))
    if int(suites.get("tests")) != len(cases):
        problems.append("JUnit counts its cases wrongly")
    failing = [f for f in document["findings"] if f["level"] != "info"]
    if len(list(suites.iter("failure"))) != len(failing) or int(suites.get("failures")) != len(failing):
        problems.append("JUnit has other failures")
    if code == 0 and failing:
        problems.append("exit 0 with findings")
    return [f"{name}: {problem}" for problem in problems]


def main():
    nfproof = str(pathlib.Path(sys.argv[1]).resolve())
    problems = []
    with tempfile.TemporaryDirectory() as directory:
        for path in sorted(ROOT.glob("examples/*.v4")) + sorted(ROOT.glob("examples/mail-server/rules.v*")):
            problems += check_run(path.name, *run(nfproof, directory, str(path)))
        odd = pathlib.Path(directory, "odd file, 100%.v4")
        odd.write_text(ODD, encoding="utf-8", errors="surrogateescape")
        for more in [], ["--write-baseline", "known.json"], ["--baseline", "known.json"], ["--diff-base", odd.name]:
            texts, code = run(nfproof, directory, odd.name, *more)
            problems += check_run(" ".join([odd.name, *more]), texts, code)
            suppressed = [r for r in json.loads(texts["sarif"])["runs"][0]["results"] if "suppressions" in r]
            if len(suppressed) != 1 or suppressed[0]["suppressions"][0]["justification"] != 'it is <meant> & "kept"':
                problems.append(f"{odd.name} {more}: {len(suppressed)} suppressed")
    print(*problems, sep="\n")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
