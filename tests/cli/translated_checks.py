#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`check` says of a ruleset and of its own translation to nftables the same: as many findings of each check.

Spelling and modules (NF501, NF502) are another language's, and ipsets (NF503) are of iptables; comments, order and two
backends at once (NF504 to NF506, on request) are not. Without NFPROOF_CORPUS_CHECKS=1 only the examples are looked at;
with it also the corpus, where more differs for a reason: a file without a chain INPUT says nothing of its policy (NF301),
and what has no equivalent becomes several chains (NF106, NF505), whose rules are dead one by one (NF101).

usage: translated_checks.py NFPROOF
"""

import collections
import json
import os
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
CORPUS = pathlib.Path(os.environ.get("NFPROOF_CORPUS", ROOT / "../shared/corpus")) / "rulesets"
EXPLAINED = {"NF101", "NF106", "NF301", "NF505"}
ON_REQUEST = "NF504,NF505,NF506"


def findings(nfproof, path):
    """How many findings of each check; nothing when there is no answer."""
    count = collections.Counter()
    for more in ([], ["--select", ON_REQUEST]):
        done = subprocess.run([nfproof, "check", "--json", *more, str(path)], cwd=ROOT, capture_output=True, timeout=300,
                              check=False)
        if done.returncode not in (0, 1):
            return None
        ids = [finding["id"] for finding in json.loads(done.stdout)["findings"]]
        count.update(each for each in ids if more or not each.startswith("NF5"))
    return count


def main():
    nfproof = os.path.abspath(sys.argv[1])
    paths = sorted(ROOT.glob("examples/**/*.v[46]"))
    examples = set(paths)
    if os.environ.get("NFPROOF_CORPUS_CHECKS"):
        paths += sorted(CORPUS.glob("*/*.v[46]"))
    compared = problems = 0
    with tempfile.TemporaryDirectory() as place:
        for path in paths:
            made = pathlib.Path(place, "made.nft")
            made.unlink(missing_ok=True)
            command = [nfproof, "translate", str(path), "--to", "nft", "--no-verify", "-o", str(made)]
            subprocess.run(command, capture_output=True, timeout=300, check=False)
            before = findings(nfproof, path)
            after = findings(nfproof, made) if made.is_file() else None
            if before is None or after is None:
                continue
            compared += 1
            other = {each for each in before | after if before[each] != after[each]}
            if path not in examples:
                other -= EXPLAINED
            for each in sorted(other):
                problems += 1
                print(f"{path}: {each}: {before[each]} findings, {after[each]} in the translation")
    print(f"{compared} rulesets and their translations compared")
    return 1 if problems or compared < 5 else 0


if __name__ == "__main__":
    sys.exit(main())
