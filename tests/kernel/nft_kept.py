#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Translations from nftables to nftables, in the kernel: each loads, twice, and is then listed as the original; optimized and as
JSON it has its sets, maps and objects.

  nft_kept.py PROGRAM [--all]

Inputs are the files of nft_files that nft takes and every eighth `good` line of nft_acceptance.txt (--all: every one). Each is
translated plain, optimized and as JSON; what JSON has no words for may be refused with a located error,
and what is optimized may stay unproved. 77: there is no nft,
or no namespaces.
"""

import difflib
import os
import pathlib
import re
import subprocess
import sys
import tempfile

from nft_acceptance import text_of

HERE = pathlib.Path(__file__).resolve().parent
WAYS = (("--to", "nft"), ("--to", "nft", "--optimize"), ("--to", "nft-json"))
DECLARED = ("sets", "maps", "counters", "quotas", "limits", "ct helpers", "ct timeouts", "ct expectations", "flowtables",
            "synproxys")
LOCATED = re.compile(r"^\S.*?:\d+:\d+: error: .*\[\S+\]$", re.M)


def listing(path, what, json=False, times=1):
    """What a new namespace lists after the file was loaded; None when nft refuses it."""
    load = f"nft {'-j ' if json else ''}-f {path}"
    # Not every version lists every kind.
    lists = "; ".join(f"echo '# {each}'; nft -s list {each} 2>/dev/null" for each in what)
    script = " && ".join([load] * times + [f"{{ {lists}; true; }}"])
    done = subprocess.run(["unshare", "-n", "sh", "-c", script], capture_output=True, text=True)
    if done.returncode != 0:
        return None
    # What is left of a timeout runs, and elements are listed in any order.
    text = re.sub(r" expires \w+", "", done.stdout)
    return re.sub(r"\{ ([^{}]*) \}", lambda found: "{ " + ", ".join(sorted(found[1].split(", "))) + " }", text)


def as_json_has_it(text):
    """nft 1.0.6 takes comments from JSON only of elements and rules, and not that packets may fill a set."""
    text = re.sub(r"\n\s*comment [^\n]*", "", text)
    return re.sub(r"\n\s*flags dynamic(?=\n)", "", text.replace("dynamic,", "").replace(",dynamic", ""))


def check(program, path, folder):
    """What is wrong, as text; None when nft refuses the original."""
    original = listing(path, ["ruleset"])
    if original is None:
        return None
    problems = []
    for way in WAYS:
        made = os.path.join(folder, "made")
        done = subprocess.run([program, "translate", path, *way, "-c", "--format", "nft", "-o", made],
                              capture_output=True, text=True)
        label = " ".join(way)
        refused = done.returncode == 2 and LOCATED.search(done.stderr)
        undecided = done.returncode == 3 and "not proved" in done.stderr and "--optimize" in way
        if refused or undecided:
            continue
        if done.returncode != 0:
            problems.append(f"{label}: exit code {done.returncode}\n{done.stderr[:2000]}")
            continue
        json = way[1] == "nft-json"
        same = not json and "--optimize" not in way
        what = ["ruleset"] if same else DECLARED
        wanted = original if same else listing(path, what)
        got = listing(made, what, json, times=2)
        if got is None:
            problems.append(f"{label}: nft refuses the translation\n{open(made).read()[:2000]}")
            continue
        if json:
            got, wanted = as_json_has_it(got), as_json_has_it(wanted)
        changed = list(difflib.unified_diff(wanted.split("\n"), got.split("\n"), lineterm="", n=0))
        if not same:  # sets that were anonymous may have come
            changed = [line for line in changed if line.startswith("-") and not line.startswith("---")]
        if changed:
            problems.append(f"{label}: the listing differs\n" + "\n".join(changed[:40]))
    return problems


def main():
    arguments = [each for each in sys.argv[1:] if each != "--all"]
    program = os.path.abspath(arguments[0])
    if subprocess.run(["unshare", "-n", "nft", "list", "ruleset"], capture_output=True).returncode != 0:
        print("SKIPPED: this needs nft and network namespaces")
        return 77
    inputs = [(path.name, path.read_text())
              for path in [HERE / "nft_kept.nft", *sorted((HERE / "nft_files").glob("*.nft"))]]
    good = [line.split(" ", 2)[1:] for line in (HERE / "nft_acceptance.txt").read_text().splitlines()
            if line.startswith("good ")]
    for context, text in good if "--all" in sys.argv else good[::8]:
        inputs.append((text, text_of(context, text)))
    checked, failed = 0, 0
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "original.nft")
        for name, text in inputs:
            pathlib.Path(path).write_text(text)
            problems = check(program, path, folder)
            checked += problems is not None
            if problems is None and name == "nft_kept.nft":
                problems = ["nft refuses it"]
            for each in problems or []:
                print(f"{name}: {each}\n")
            failed += bool(problems)
    print(f"{checked} of {len(inputs)} inputs load here and were translated; {failed} failed")
    return 1 if failed or checked == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
