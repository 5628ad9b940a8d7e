#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs the same commands with nfproof in the place of iptables and with the real iptables-legacy, in a network namespace.

usage: virtual_iptables.py NFPROOF random [--seed N] [--sequences N] [--steps N]
       virtual_iptables.py NFPROOF modules [CONFORMANCE.TSV]

`random`: sequences of commands made by chance, right and wrong ones. After each the exit code, both outputs, the saved
tables with counters and the listing must be the same. `modules`: every accepted rule of the table as -L shows it.
Exits with 77 where namespaces or the real programs are not to be had.
"""

import argparse
import os
import pathlib
import random
import re
import shlex
import shutil
import subprocess
import sys
import tempfile

REAL = "/usr/sbin/xtables-legacy-multi"
PROGRAMS = ["iptables", "iptables-save", "iptables-restore", "ip6tables", "ip6tables-save", "ip6tables-restore"]
SKIP = 77
# Ranges and interface patterns that hold everything, and how a rate was rounded, are not in the canonical text from
# which nfproof lists a rule: iptables-save does not print them either.
LOST = re.compile(r"!0:(255|65535|4294967295)|type 255 code 255|rate-interval| !?\+ ")
# Of a file of the machine, which only the real program looks for.
MACHINE = re.compile(r"Warning: cannot open /etc/xtables/connlabel.conf: .*\n")
CORPUS = pathlib.Path(os.environ.get("NFPROOF_CORPUS", pathlib.Path(__file__).resolve().parents[3] / "shared/corpus"))


class Pair:
    """The two ways to run a command: directories of links, and the state file of one of them."""

    def __init__(self, nfproof, directory):
        self.directory = pathlib.Path(directory)
        self.state = self.directory / "state"
        for name, target in (("real", REAL), ("virtual", nfproof)):
            (self.directory / name).mkdir()
            for program in PROGRAMS:
                (self.directory / name / program).symlink_to(target)

    def run(self, which, command, text):
        path = self.directory / which / command[0]
        environment = dict(os.environ, NFPROOF_STATE=str(self.state), LC_ALL="C")
        done = subprocess.run([command[0], *command[1:]], executable=path, input=text, env=environment,
                              capture_output=True, timeout=60, check=False)
        return done.returncode, without_remarks(done.stdout), MACHINE.sub("", done.stderr.decode("utf-8", "surrogateescape"))

    def both(self, command, text=b""):
        return self.run("real", command, text), self.run("virtual", command, text)


def without_remarks(data):
    """Dates differ."""
    lines = data.decode("utf-8", "surrogateescape").split("\n")
    return "\n".join(line for line in lines if not re.match(r"# (Generated|Completed)", line))


def show(command):
    return " ".join(shlex.quote(word) for word in command)


def difference(real, virtual):
    """What differs, for people; empty when nothing does."""
    text = ""
    for name, ours, theirs in (("exit code", virtual[0], real[0]), ("output", virtual[1], real[1]),
                               ("errors", virtual[2], real[2])):
        if ours != theirs:
            text += f"  {name}: real {theirs!r}\n  {' ' * len(name)}  ours {ours!r}\n"
    return text


# --- Random sequences ---

TABLES = {"filter": ["INPUT", "FORWARD", "OUTPUT"], "nat": ["PREROUTING", "INPUT", "OUTPUT", "POSTROUTING"],
          "mangle": ["PREROUTING", "INPUT", "FORWARD", "OUTPUT", "POSTROUTING"], "raw": ["PREROUTING", "OUTPUT"]}
CHAINS = ["aa", "bb", "c-c", "DDDD"]


class Generator:
    def __init__(self, seed):
        self.random = random.Random(seed)
        self.ipv6 = self.random.random() < 0.3
        self.tables = self.random.sample(list(TABLES), 2) if self.random.random() < 0.7 else ["filter"]

    def pick(self, *choices):
        return self.random.choice(choices)

    def chance(self, share):
        return self.random.random() < share

    def chain(self, table):
        if self.chance(0.03):
            return self.pick("nope", "x" * 29, "", "INPUT")
        return self.random.choice(CHAINS if self.chance(0.5) else TABLES[table])

    def number(self):
        return str(self.random.choices([1, 2, 3, 4, 9, 0, "x"], [8, 5, 3, 2, 1, 0.3, 0.2])[0])

    def address(self):
        if self.ipv6:
            return self.pick("2001:db8::1", "2001:db8::/32", "fe80::/10", "::/0", "2001:db8::5/ffff:ffff::")
        return self.pick("10.0.0.1", "10.0.0.0/8", "192.168.1.77/24", "0.0.0.0/0", "10.1.2.3/255.255.0.255", "172.16/12")

    def negated(self, words):
        return ["!", *words] if self.chance(0.2) else words

    def basic(self):
        words = []
        if self.chance(0.3):
            words += self.negated([self.pick("-s", "--source", "--src"), self.address()])
        elif self.chance(0.08):
            words += ["-s", f"{self.address()},{self.address()}"]
        if self.chance(0.2):
            words += self.negated([self.pick("-d", "--destination"), self.address()])
        if self.chance(0.15):
            words += self.negated(["-i", self.pick("eth0", "eth+", "lo")])
        if self.chance(0.1):
            words += self.negated(["-o", self.pick("eth1", "tun+")])
        return words

    def matches(self):
        icmp = ["-p", "icmpv6", "--icmpv6-type", self.pick("echo-request", "1/0", "133")] if self.ipv6 else \
            ["-p", "icmp", "--icmp-type", self.pick("8", "echo-reply", "3/1", "any")]
        choices = [
            [], [], ["-p", "tcp"], ["!", "-p", "udp"], ["-p", "47"], icmp,
            ["-p", "tcp", *self.negated(["--dport", self.pick("22", "ssh", "80:90", ":1023", "8080:")])],
            ["-p", "udp", "-m", "udp", "--sport", self.pick("53", "1024:"), "--dport", "123"],
            ["-p", "tcp", *self.negated(["--syn"])], ["-p", "tcp", "--tcp-flags", "ALL", self.pick("NONE", "SYN,ACK")],
            ["-m", "state", "--state", self.pick("NEW", "RELATED,ESTABLISHED")],
            ["-m", "conntrack", *self.negated(["--ctstate", self.pick("INVALID", "NEW,RELATED", "ESTABLISHED")])],
            ["-p", "tcp", "-m", "multiport", *self.negated([self.pick("--dports", "--sports", "--ports"), "22,80:90"])],
            ["-m", "comment", "--comment", self.pick("plain", "two words", 'a "quoted" word', "it's")],
            ["-m", "limit", "--limit", self.pick("5/min", "1/s", "10/hour"), "--limit-burst", "7"],
            ["-m", "mark", *self.negated(["--mark", self.pick("1", "0x10/0xf0")])],
            ["-m", "mac", "--mac-source", "00:11:22:33:44:55"], ["-m", "length", "--length", "100:200"],
            ["-m", "pkttype", "--pkt-type", "broadcast"], ["-m", "addrtype", "--dst-type", "LOCAL"],
            ["-m", "statistic", "--mode", "nth", "--every", "3", "--packet", "1"],
            ["-m", "recent", "--set", "--name", "seen"], ["-m", "dscp", "--dscp", "8"],
            ["-m", "connmark", "--mark", "3"],
        ]
        if not self.ipv6:
            choices += [["-f"], ["!", "-f"], ["-m", "ttl", "--ttl-lt", "5"]]
        return self.random.choice(choices)

    def target(self, table):
        if self.chance(0.25):
            return [self.pick("-j", "-j", "-j", "-g"), self.random.choice(CHAINS)]
        choices = [[], ["-j", "ACCEPT"], ["-j", "DROP"], ["-j", "RETURN"], ["-j", "LOG", "--log-prefix", "a b "],
                   ["-j", "MARK", "--set-mark", "7"], ["-j", "REJECT"], ["-j", "NFLOG", "--nflog-group", "2"],
                   ["--jump", "ACCEPT"]]
        if table == "nat":
            to = "2001:db8::9" if self.ipv6 else "192.0.2.9"
            choices += [["-j", "DNAT", "--to-destination", to], ["-j", "SNAT", "--to-source", to], ["-j", "MASQUERADE"],
                        ["-j", "REDIRECT"]]
        if table == "raw":
            choices += [["-j", "CT", "--notrack"], ["-j", "NOTRACK"]]
        return self.random.choice(choices)

    def rule(self, table):
        return self.basic() + self.matches() + self.target(table)

    def wrong(self, table):
        chain = self.random.choice(TABLES[table])
        return self.random.choice([
            ["-A", chain, "-j", "NOSUCH"], ["-A", chain, "-m", "nosuch"], ["-A", chain, "--nosuch"], ["-A", chain, "-y"],
            ["-A", chain, "stray"], ["-A"], [], ["-A", chain, "-p", "nosuch"], ["-A", chain, "-s", "1.2.3.4/99"],
            ["-A", chain, "-s", "no.such.host.invalid"], ["-A", chain, "--dport", "22"], ["-A", chain, "!"],
            ["-A", chain, "!", "!", "-p", "tcp"], ["-A", chain, "-p", "tcp", "-p", "udp"], ["-L", "-A", chain],
            ["-A", chain, "-j", "ACCEPT", "-j", "DROP"], ["-F", chain, "-j", "ACCEPT"], ["-n", "-S"], ["-R", chain],
            ["-P", chain], ["-P", chain, "REJECT"], ["-P", "aa", "DROP"], ["-E", "aa"], ["-N", "ACCEPT"], ["-N", "LOG"],
            ["-N", "-x"], ["-N", "a b"], ["-A", chain, "-j", "INPUT"], ["-A", chain, "-g", "nosuch"],
            ["-A", chain, "-g", "ACCEPT"], ["-c", "1", "-A", chain], ["-c", "a", "b", "-A", chain], ["-w", "x", "-S"],
            ["-A", chain, "-p", "tcp", "--dport"], ["-A", chain, "-i", "a-name-that-is-too-long"], ["-D", chain, "1", "-j", "DROP"],
            ["-A", chain, "-m", "tcp", "--dport", "22"], ["-A", chain, "-i", ""], ["-A", chain, "-j", ""],
            ["-A", chain, "-s", "1.1.1.1,2.2.2.2", "!", "-d", "1.1.1.1,2.2.2.2"],
            ["-R", chain, "1", "-s", "1.1.1.1,2.2.2.2", "-j", "ACCEPT"], ["-A", chain, "--jump"], ["-A", chain, "--line"],
            ["-X", chain], ["-E", chain, "new"], ["-N", chain], ["-4", "-6", "-S"], ["-A", chain, "!", "-j", "ACCEPT"],
            ["!", "-A", chain], ["-A", chain, "-n"], ["-L", "-c", "1", "2"], ["-W", "5", "-S"], ["-A", chain, "-t"],
        ])

    def command(self):
        table = self.random.choice(self.tables)
        program = "ip6tables" if self.ipv6 else "iptables"
        if self.chance(0.08):
            return self.restore(table, program)
        if self.chance(0.12):
            words = self.wrong(table)
        else:
            words = self.good(table)
        if table != "filter" or self.chance(0.1):
            at = self.random.choice([0, len(words)])
            words[at:at] = ["-t", table]
        return [program, *words], b""

    def good(self, table):
        chain = self.chain(table)
        count = ["-c", str(self.random.randrange(200000)), str(self.random.randrange(10 ** 9))] if self.chance(0.3) else []
        show_it = ["-v"] if self.chance(0.1) else []
        kinds = [
            (10, lambda: ["-A", chain, *self.rule(table), *count, *show_it]),
            (5, lambda: ["-I", chain, *([self.number()] if self.chance(0.6) else []), *self.rule(table), *count, *show_it]),
            (3, lambda: ["-D", chain, self.number()]), (3, lambda: ["-D", chain, *self.rule(table), *show_it]),
            (2, lambda: ["-R", chain, self.number(), *self.rule(table), *count]),
            (2, lambda: ["-C", chain, *self.rule(table)]), (5, lambda: ["-N", self.random.choice(CHAINS)]),
            (2, lambda: ["-X", *([self.random.choice(CHAINS)] if self.chance(0.8) else []), *show_it]),
            (1, lambda: ["-F", *([chain] if self.chance(0.8) else []), *show_it]),
            (2, lambda: ["-P", self.random.choice(TABLES[table]), self.pick("ACCEPT", "DROP"), *count]),
            (2, lambda: ["-E", self.random.choice(CHAINS), self.random.choice(CHAINS)]),
            (2, lambda: ["-Z", *([chain] + ([self.number()] if self.chance(0.4) else []) if self.chance(0.8) else [])]),
            (2, lambda: ["-S", *([chain] + ([self.number()] if self.chance(0.3) else []) if self.chance(0.6) else []), *show_it]),
            (3, lambda: [self.pick("-nL", "-nvL", "-nvxL", "-vnL", "-L"),
                         *([chain] + ([self.number()] if self.chance(0.3) else []) if self.chance(0.6) else []),
                         *(["--line-numbers"] if self.chance(0.4) else []), "-n"][:None if self.chance(0.02) else -1]),
            (1, lambda: ["-nL", "-Z", chain]),
        ]
        weights = [weight for weight, _ in kinds]
        return self.random.choices(kinds, weights)[0][1]()

    def restore(self, table, program):
        lines = [f"*{table}"]
        for chain in self.random.sample(TABLES[table], self.random.randrange(len(TABLES[table]) + 1)):
            lines.append(f":{chain} {self.pick('ACCEPT', 'DROP')} [{self.random.randrange(99)}:{self.random.randrange(9999)}]")
        for chain in self.random.sample(CHAINS, self.random.randrange(len(CHAINS) + 1)):
            lines.append(f":{chain} - [0:0]")
        for _ in range(self.random.randrange(6)):
            words = ["-A", self.chain(table) or "aa", *self.rule(table)]
            quoted = ['"' + w.replace('"', '\\"') + '"' if re.search(r"[ \"']", w) else w for w in words]
            count = f"[{self.random.randrange(999)}:{self.random.randrange(99999)}] " if self.chance(0.4) else ""
            lines.append(count + " ".join(quoted))
        if self.chance(0.15):
            lines.insert(self.random.randrange(1, len(lines) + 1),
                         self.pick("-X", "-F", "-N aa", "-D aa 1", "-P INPUT DROP", ":aa", ":", "nonsense", "# remark", "*nat",
                                   ":INPUT FOO [0:0]", ":aa ACCEPT [0:0]", "[1:2 -A INPUT", "-4 -A INPUT", "-6 -A INPUT"))
        if not self.chance(0.04):
            lines.append("COMMIT")
        options = [option for option in ("-n", "-c", "-t", "-v") if self.chance(0.35 if option in ("-n", "-c") else 0.08)]
        return [f"{program}-restore", *options], ("\n".join(lines) + "\n").encode()


def random_sequence(pair, seed, steps):
    generator = Generator(seed)
    program = "ip6tables" if generator.ipv6 else "iptables"
    history = []
    for _ in range(steps):
        command, text = generator.command()
        history.append((command, text))
        checks = [(command, text), ([f"{program}-save", "-c"], b"")]
        checks += [([program, "-t", table, "-L", "-v", "-n", "--line-numbers"], b"") for table in generator.tables]
        for check, check_input in checks:
            problem = difference(*pair.both(check, check_input))
            if not problem:
                continue
            print(f"seed {seed}, step {len(history)}: {show(command)} differs in `{show(check)}`\n{problem}")
            if text:
                print(f"  input: {text!r}")
            for past, past_text in history[-8:]:
                print(f"    {show(past)}" + (f" <<< {past_text!r}" if past_text else ""))
            return False
    return True


# --- Listing of modules ---

def unescape(text):
    return re.sub(r"\\(.)", lambda m: {"n": "\n", "t": "\t"}.get(m[1], m[1]), text)


def list_modules(pair, path):
    shown, differences = 0, 0
    for line in path.read_text(encoding="utf-8", errors="surrogateescape").splitlines():
        fields = line.split("\t")
        if len(fields) < 7 or fields[0] == "family" or fields[6] != "OK":
            continue
        for family in fields[0].split(","):
            program = "iptables" if family == "4" else "ip6tables"
            table, chain = fields[1].split(",")[0], fields[2].split(",")[0]
            try:
                words = shlex.split(unescape(fields[4]))
            except ValueError:
                continue
            real, virtual = pair.both([program, "-t", table, "-A", chain, *words])
            if real[0] == 0 and virtual[0] == 0:
                shown += 1
                for options in (["-n", "-v"], ["-n"]):
                    listings = pair.both([program, "-t", table, "-L", chain, *options])
                    problem = difference(*listings)
                    if problem and not LOST.search(listings[0][1]):
                        differences += 1
                        print(f"{program} {table} {chain} {fields[4]} ({' '.join(options)})\n{problem}")
                        break
            for which, result in (("real", real), ("virtual", virtual)):
                if result[0] == 0:
                    pair.run(which, [program, "-t", table, "-F", chain], b"")
    print(f"{shown} rules listed, {differences} differ")
    return shown > 300 and differences == 0


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("nfproof", type=pathlib.Path)
    parser.add_argument("what", choices=["random", "modules"])
    parser.add_argument("conformance", nargs="?", type=pathlib.Path,
                        default=CORPUS / "conformance/conformance.tsv")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--sequences", type=int, default=20)
    parser.add_argument("--steps", type=int, default=25)
    parser.add_argument("--inside", action="store_true")
    arguments = parser.parse_args()
    if not arguments.inside:
        if not os.access(REAL, os.X_OK) or shutil.which("unshare") is None:
            print("skipped: no iptables-legacy here")
            return SKIP
        if subprocess.run(["unshare", "-n", "true"], capture_output=True, check=False).returncode != 0:
            print("skipped: no network namespaces here")
            return SKIP
        if arguments.what == "modules":
            if not arguments.conformance.exists():
                print("skipped: no corpus here")
                return SKIP
            return subprocess.call(["unshare", "-n", sys.executable, *sys.argv, "--inside"])
        codes = [subprocess.call(["unshare", "-n", sys.executable, __file__, str(arguments.nfproof), "random", "--inside",
                                  "--seed", str(seed), "--steps", str(arguments.steps)])
                 for seed in range(arguments.seed, arguments.seed + arguments.sequences)]
        print(f"{codes.count(0)} of {len(codes)} sequences agree")
        return 0 if not any(codes) else 1
    with tempfile.TemporaryDirectory() as directory:
        pair = Pair(arguments.nfproof.resolve(), directory)
        if arguments.what == "modules":
            return 0 if list_modules(pair, arguments.conformance) else 1
        return 0 if random_sequence(pair, arguments.seed, arguments.steps) else 1


if __name__ == "__main__":
    sys.exit(main())
