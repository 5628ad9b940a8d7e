#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compares what nft refuses with what nfproof refuses, for each line of nft_acceptance.txt.

  nft_acceptance.py PROGRAM [CASES] [--bless]

A line is `STATUS CONTEXT TEXT`; `\\n` in the text is a new line. Contexts: `rule` (of a chain of filter at input in a table
of inet that also has a dynamic set `s` of ipv4_addr), `nat` (the same, at prerouting, of nat), `file`. Statuses:

  good  nft takes it, and nfproof reads it
  bad   both refuse it
  lax   nft refuses it and nfproof does not: other versions take it, it depends on the machine, or it is not checked
  left  nft takes it and nfproof refuses it, always with a located error

nft is asked with `nft -c`, which changes nothing, in a network namespace of its own. --bless writes the statuses as they are
now. Versions other than the one that the file was written with may answer otherwise: then only nfproof's answers count.
77: there is no nft, or no namespaces.
"""

import concurrent.futures
import os
import pathlib
import re
import subprocess
import sys

WRITTEN_WITH = "1.0.6"
LOCATED = re.compile(r"^\S.*?:\d+:\d+: error: .*\[\S+\]$", re.M)
CHAINS = {"rule": "type filter hook input priority 0;", "nat": "type nat hook prerouting priority 0;"}


def text_of(context, text):
    text = text.replace("\\n", "\n")
    if context == "file":
        return text + "\n"
    return ("table inet t {\n set s { type ipv4_addr; flags dynamic; }\n chain c {\n  " + CHAINS[context] +
            "\n  " + text + "\n }\n}\n")


def nft_takes(text):
    return subprocess.run(["nft", "-c", "-f", "-"], input=text, capture_output=True, text=True).returncode == 0


def nfproof_answer(program, text):
    done = subprocess.run([program, "check", "--format", "nft", "--select", "NF101", "-"], input=text,
                          capture_output=True, text=True, errors="replace")
    if done.returncode not in (0, 1, 2, 3):
        return "crashed: exit code " + str(done.returncode)
    errors = LOCATED.findall(done.stderr)
    if done.returncode == 2 and not errors:
        return "refused without a place"
    return "refused" if errors else "read"


STATUSES = {(True, "read"): "good", (False, "refused"): "bad", (False, "read"): "lax", (True, "refused"): "left"}


def main():
    arguments = [each for each in sys.argv[1:] if each != "--bless"]
    program = os.path.abspath(arguments[0])
    path = pathlib.Path(arguments[1] if len(arguments) > 1 else pathlib.Path(__file__).with_suffix(".txt"))
    if os.environ.get("NFPROOF_IN_NAMESPACE") != "1":
        if subprocess.run(["unshare", "-n", "nft", "--version"], capture_output=True).returncode != 0:
            print("skipped: no nft or no network namespaces")
            return 77
        os.environ["NFPROOF_IN_NAMESPACE"] = "1"
        os.execvp("unshare", ["unshare", "-n", sys.executable, *sys.argv])
    same_version = WRITTEN_WITH in subprocess.run(["nft", "--version"], capture_output=True, text=True).stdout
    lines = path.read_text().splitlines()
    cases = [line.split(maxsplit=2) for line in lines if line and not line.startswith("#")]

    def ask(case):
        text = text_of(case[1], case[2])
        return nft_takes(text), nfproof_answer(program, text)

    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        answers = dict(zip((" ".join(case[1:]) for case in cases), pool.map(ask, cases)))
    wrong = 0
    written = []
    for line in lines:
        if not line or line.startswith("#"):
            written.append(line)
            continue
        status, context, text = line.split(maxsplit=2)
        takes, ours = answers[f"{context} {text}"]
        now = STATUSES.get((takes, ours), ours)
        written.append(f"{now} {context} {text}")
        we_should = "refused" if status in ("bad", "left") else "read"
        if now != status if same_version else ours != we_should:
            wrong += 1
            print(f"was {status}, is {now}: {context} {text}")
    if "--bless" in sys.argv:
        path.write_text("\n".join(written) + "\n")
        return 0
    print(f"{len(cases)} files, {wrong} otherwise than written")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
