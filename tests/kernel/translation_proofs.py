#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Translates every ruleset of the corpus in every way, and says how many of the translations are proved.

  translation_proofs.py PROGRAM PROVE_LISTING [CORPUS] [--only WAY,...] [--jobs N] [--strict] [--all]

Ways: nft, optimize, inet (rulesets of both families that lie beside each other, as one), inet-optimize, iptables,
iptables-optimize, back (the translation to nftables, back to iptables), optimize-back, listing and optimize-listing
(what `nft list ruleset` prints of the loaded translation), json and optimize-json (the same translations as JSON),
json-listing and optimize-json-listing (what `nft -j list ruleset` prints of those). Of each one of these becomes true:

  proved     equivalent to what it was made from
  refused    nothing was written, since rules have no equivalent; each is told with its place
  rest       of those refused: with --partial the rest is proved
  undecided  the proof came to no end, or part of the result cannot be read back
  unread     the ruleset itself has errors
  unloaded   (listings) this kernel does not take the translation
  wrong      not equivalent, or an internal error

Those that are neither proved nor refused for such rules are listed with the first reason; --all: all that are not
proved. --strict: the exit code is 1 when there is
any of them that is undecided or wrong; otherwise only for wrong ones. 77: no corpus.
"""

import argparse
import collections
import concurrent.futures
import os
import pathlib
import re
import subprocess
import sys
import tempfile

LOCATED = re.compile(r"^\S.*?:\d+:\d+: error: ")
CLASSES = ["proved", "refused", "rest", "undecided", "unread", "unloaded", "wrong"]


def run(*command, **options):
    return subprocess.run([str(each) for each in command], capture_output=True, text=True, errors="replace", **options)


def first_reason(text):
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    for part in (" error: ", "not proved: "):
        for line in lines:
            if part in line:
                return line
    for at, line in enumerate(lines):  # the first difference: where, what was, what is
        if line.startswith("- "):
            return "; ".join(lines[max(at - 1, 0):at + 2])
    return lines[0] if lines else "no reason given"


class Corpus:
    def __init__(self, program, prove_listing, folder):
        self.program, self.prove_listing = program, prove_listing
        self.scratch = pathlib.Path(folder)

    def translate(self, files, to, *options, name):
        """The class of the translation, a reason, and the file that holds it."""
        out = self.scratch / name
        code, said = self.call(files, "--to", to, *options, "-o", out)
        if code == 0:
            unread = "the input has errors" in said
            return ("unread" if unread else "proved"), (first_reason(said) if unread else ""), out
        if code == 3:
            return "undecided", first_reason(said), None
        errors = [line for line in said.splitlines() if "error:" in line]
        if code == 2 and "[no-translation]" in said and all(LOCATED.match(line) for line in errors):
            code, said = self.call(files, "--to", to, *options, "--partial", "-o", out)
            if code == 70:
                return "wrong", first_reason(said), None
            rest = "the rest is proved" in said
            return ("rest" if rest else "refused"), first_reason(said), None
        if code == 2:
            return "unread", first_reason(said), None
        return "wrong", f"exit code {code}: {first_reason(said)}", None

    def call(self, files, *options):
        done = run(self.program, "translate", *files, *options)
        return done.returncode, done.stderr

    def listing(self, files, made, name, nft="nft"):
        listed = run("unshare", "-n", "sh", "-c", f"{nft} -f '{made}' && {nft} list ruleset")
        if listed.returncode != 0:
            return "unloaded", first_reason(listed.stderr)
        text = self.scratch / (name + ".listing")
        text.write_text(listed.stdout)
        done = run(self.prove_listing, *files, text)
        classes = {0: "proved", 2: "unread", 3: "undecided"}
        return classes.get(done.returncode, "wrong"), first_reason(done.stderr)

    def ruleset(self, number, path, ways):
        """(way, class, reason) for one ruleset."""
        sets = path.with_suffix(".ipset")
        files = [path] + ([sets] if sets.exists() else [])
        back = "ip6tables" if path.suffix == ".v6" else "iptables"
        for way, options in (("nft", []), ("optimize", ["--optimize"])):
            prefix = "" if way == "nft" else "optimize-"
            back_way, listing_way = prefix + "back", prefix + "listing"
            if not {way, back_way, listing_way, prefix + "json", prefix + "json-listing"} & ways:
                continue
            what, why, made = self.translate(files, "nft", *options, name=f"{number}.{way}.nft")
            yield way, what, why
            if made is None or what != "proved":
                continue
            if back_way in ways:
                # nftables has no names for sets of ipset: those that stay are sets of their table.
                yield (back_way, *self.translate([made], back, name=f"{number}.{way}.rules")[:2])
            if listing_way in ways:
                yield (listing_way, *self.listing(files, made, f"{number}.{way}"))
            json_way = prefix + "json"
            if not {json_way, json_way + "-listing"} & ways:
                continue
            what, why, made = self.translate(files, "nft-json", *options, name=f"{number}.{way}.json")
            yield json_way, what, why
            if json_way + "-listing" in ways and what == "proved":
                yield (json_way + "-listing", *self.listing(files, made, f"{number}.{way}.json", "nft -j"))
        for way, options in (("iptables", []), ("iptables-optimize", ["--optimize"])):
            if way in ways:
                yield (way, *self.translate(files, back, *options, name=f"{number}.{way}.rules")[:2])

    def pair(self, number, files, ways):
        for way, options in (("inet", []), ("inet-optimize", ["--optimize"])):
            if way in ways:
                yield (way, *self.translate(files, "nft", "--inet", *options, name=f"{number}.{way}.nft")[:2])


WAYS = ["nft", "optimize", "inet", "inet-optimize", "iptables", "iptables-optimize", "back", "optimize-back", "listing",
        "optimize-listing", "json", "json-listing", "optimize-json", "optimize-json-listing"]


def pairs_of(files):
    """Rulesets of both families with the same name, or that are alone in their folder."""
    by_place = collections.defaultdict(list)
    for path in files:
        by_place[path.with_suffix("")].append(path)
    by_folder = collections.defaultdict(list)
    for path in files:
        by_folder[path.parent].append(path)
    pairs = {tuple(each) for each in [*by_place.values(), *by_folder.values()]
             if sorted(path.suffix for path in each) == [".v4", ".v6"]}
    return sorted(pairs)


def main():
    arguments = argparse.ArgumentParser(usage=__doc__)
    arguments.add_argument("program", type=pathlib.Path)
    arguments.add_argument("prove_listing", type=pathlib.Path)
    arguments.add_argument("corpus", nargs="?", type=pathlib.Path)
    arguments.add_argument("--only", default=",".join(WAYS))
    arguments.add_argument("--jobs", type=int, default=os.cpu_count())
    arguments.add_argument("--strict", action="store_true")
    arguments.add_argument("--all", action="store_true")
    options = arguments.parse_args()
    beside = pathlib.Path(__file__).resolve().parents[2] / ".." / "shared" / "corpus"
    corpus = options.corpus or pathlib.Path(os.environ.get("NFPROOF_CORPUS", beside))
    files = sorted(path for path in (corpus / "rulesets").rglob("*") if path.suffix in (".v4", ".v6"))
    if not files:
        print(f"*** NO CORPUS at {corpus}: set NFPROOF_CORPUS ***")
        return 77
    ways = set(options.only.split(","))
    if run("unshare", "-n", "nft", "list", "ruleset").returncode != 0:
        print("*** no listings: they need root and nft ***")
        ways -= {way for way in WAYS if way.endswith("listing")}

    counts = {way: collections.Counter() for way in WAYS}
    open_cases = []
    with tempfile.TemporaryDirectory() as folder, concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        work = Corpus(options.program, options.prove_listing, folder)
        jobs = {pool.submit(lambda *given: list(work.ruleset(*given)), n, path, ways): path
                for n, path in enumerate(files)}
        jobs |= {pool.submit(lambda *given: list(work.pair(*given)), f"pair{n}", pair, ways): pair[0]
                 for n, pair in enumerate(pairs_of(files))}
        for job, path in jobs.items():
            for way, what, why in job.result():
                counts[way][what] += 1
                if what != "proved" and (options.all or what not in ("refused", "rest", "unread")):
                    open_cases.append((way, what, path.relative_to(corpus / "rulesets"), why))

    print(f"{len(files)} rulesets\n{'':18}" + "".join(f"{name:>10}" for name in CLASSES))
    for way in WAYS:
        if way in ways and counts[way]:
            print(f"{way:18}" + "".join(f"{counts[way][name]:>10}" for name in CLASSES))
    for way, what, path, why in open_cases:
        print(f"{what}: {way} {path}\n    {why}")
    bad = ("wrong", "undecided") if options.strict else ("wrong",)
    return int(any(counts[way][name] for way in WAYS for name in bad))


if __name__ == "__main__":
    sys.exit(main())
