#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Takes every ruleset of the corpus to nftables, plain and optimised, and the plain text back to iptables.

Each step is proved by the program itself before it writes anything, so that what comes back means what went out. A
translation may be refused (a rule without equivalent), and a proof may be undecided, but none may find a difference
(exit code 70). Prints how many were proved.

usage: corpus_round_trips.py NFPROOF
"""

import collections
import concurrent.futures
import os
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
CORPUS = pathlib.Path(os.environ.get("NFPROOF_CORPUS", ROOT / "../shared/corpus")) / "rulesets"
SKIPPED = 77
WORDS = {0: "proved", 2: "refused", 3: "undecided", 70: "DIFFERENT"}
# Of the rulesets that have a translation, at least this part comes back proved.
LEAST = 0.8


def translate(nfproof, out, *arguments):
    command = [nfproof, "translate", *map(str, arguments), "-o", str(out)]
    return subprocess.run(command, capture_output=True, timeout=300, check=False).returncode


def round_trip(nfproof, path):
    """Exit codes of: to nftables, optimised, back."""
    sets = path.with_suffix(".ipset")
    files = [path, sets] if sets.is_file() else [path]
    with tempfile.TemporaryDirectory() as place:
        there = pathlib.Path(place, "there.nft")
        plain = translate(nfproof, there, *files, "--to", "nft")
        optimised = translate(nfproof, pathlib.Path(place, "optimised.nft"), *files, "--to", "nft", "--optimize")
        family = "ip6tables" if path.suffix == ".v6" else "iptables"
        back = translate(nfproof, pathlib.Path(place, "back"), there, "--to", family) if plain == 0 else None
    return plain, optimised, back


def main():
    nfproof = sys.argv[1]
    paths = sorted(path for path in CORPUS.glob("*/*") if path.suffix in (".v4", ".v6"))
    if not paths:
        print(f"*** NO CORPUS at {CORPUS}: set NFPROOF_CORPUS ***")
        return SKIPPED
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        results = list(pool.map(lambda path: round_trip(nfproof, path), paths))
    problems = 0
    for step, codes in zip(("plain", "optimised", "back"), zip(*results)):
        counts = collections.Counter(WORDS.get(code, f"exit {code}") for code in codes if code is not None)
        print(f"{step}: " + ", ".join(f"{count} {word}" for word, count in sorted(counts.items())))
    for path, codes in zip(paths, results):
        if any(code not in (None, *list(WORDS)[:3]) for code in codes):
            problems += 1
            print(f"{path}: exit codes {codes}")
    went = sum(plain == 0 for plain, _, _ in results)
    came = sum(back == 0 for _, _, back in results)
    if came < went * LEAST:
        problems += 1
        print(f"only {came} of {went} came back")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
