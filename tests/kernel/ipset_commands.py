#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Random sequences of ipset commands, carried out by the real ipset in a network namespace and by the program under
test: after each command exit code, output and messages must be the same.

  ipset_commands.py PROGRAM [SEQUENCES [COMMANDS [SEED]]]

PROGRAM is called as `PROGRAM ipset --state FILE WORDS...`. What chance decides in the kernel is left out of the
comparison: `initval`, the order of elements in hash types, the size in memory, how far a hash table has grown, and
which element a full set with `forceadd` loses, if any.
"""

import os
import random
import re
import subprocess
import sys
import tempfile

TYPES = ["hash:ip", "hash:net", "hash:ip,port", "hash:net,port", "hash:ip,port,ip", "hash:ip,port,net",
         "hash:net,iface", "bitmap:ip", "bitmap:ip,mac", "bitmap:port", "list:set"]
NAMES = ["a", "b", "c", "d", "e"]


def address(rng, v6):
    if v6:
        return rng.choice(["fe80::1", "fe80::2", "2001:db8::", "2001:db8::10", "::", "::1", "2001:db8:0:1::5"])
    return rng.choice(["10.0.0.%d" % rng.randrange(8), "10.0.1.%d" % rng.randrange(4), "192.0.2.1", "0.0.0.0",
                       "255.255.255.255", "10.0", "10.0.0.300", "host.example"] if rng.random() < 0.1 else
                      ["10.0.0.%d" % rng.randrange(8), "10.0.1.%d" % rng.randrange(4), "192.0.2.1"])


def addresses(rng, v6):
    text = address(rng, v6)
    roll = rng.random()
    if roll < 0.3:
        return text + "/%d" % rng.choice([64, 128, 120, 0, 127] if v6 else [24, 32, 29, 30, 31, 0, 33])
    if roll < 0.45:  # not too far: large sets take the real ipset very long
        if text.startswith("10.0.") or v6:
            return text + "-" + ("fe80::5" if v6 else "10.0.%d.%d" % (rng.randrange(2), rng.randrange(8)))
        return text + "-" + text
    return text


def port(rng, v6):
    number = rng.choice(["80", "22", "1000", "http", "0", "65536", "x"] if rng.random() < 0.2 else ["80", "22", "81"])
    if rng.random() < 0.3:
        number += "-" + rng.choice(["82", "20", "84"])
    roll = rng.random()
    if roll < 0.35:
        return number
    if roll < 0.7:
        return rng.choice(["tcp", "udp", "sctp", "udplite", "6", "17"]) + ":" + number
    icmp = "icmpv6" if v6 else "icmp"
    return rng.choice([icmp + ":ping", icmp + ":1/3", icmp + ":echo-reply", "gre:0", "47:0", "esp:0", "gre:5",
                       "icmp:x", "icmp:8", "nothing:0", "ospf:0", icmp + ":redirect"])


def mac(rng):
    return rng.choice(["00:11:22:33:44:55", "0:11:22:33:44:55", "02:00:00:00:00:01", "aa:bb:cc:dd:ee:ff", "xx"])


def element(rng, kind, v6):
    parts = {
        "hash:ip": lambda: addresses(rng, v6),
        "hash:net": lambda: addresses(rng, v6),
        "hash:ip,port": lambda: addresses(rng, v6) + "," + port(rng, v6),
        "hash:net,port": lambda: addresses(rng, v6) + "," + port(rng, v6),
        "hash:ip,port,ip": lambda: addresses(rng, v6) + "," + port(rng, v6) + "," + addresses(rng, v6),
        "hash:ip,port,net": lambda: addresses(rng, v6) + "," + port(rng, v6) + "," + addresses(rng, v6),
        "hash:net,iface": lambda: addresses(rng, v6) + "," + rng.choice(["eth0", "eth1", "eth", "physdev:eth0", "e" * 16]),
        "bitmap:ip": lambda: addresses(rng, False),
        "bitmap:ip,mac": lambda: address(rng, False) + ("," + mac(rng) if rng.random() < 0.6 else ""),
        "bitmap:port": lambda: rng.choice(["80", "22-25", "25-22", "tcp:http", "udp:53", "99", "1", "200"]),
        "list:set": lambda: rng.choice(NAMES) + (rng.choice([",before,", ",after,"]) + rng.choice(NAMES)
                                                 if rng.random() < 0.1 else ""),
    }
    text = parts[kind]()
    if rng.random() < 0.03:
        text = rng.choice([text + ",", "," + text, text + ",1,2,3", "x", text.split(",")[0]])
    return text


def create(rng, name):
    kind = rng.choice(TYPES)
    words = ["create", name, kind]
    v6 = kind.startswith("hash:") and rng.random() < 0.3
    if v6:
        words += rng.choice([["family", "inet6"], ["-6"]])
    if kind in ("bitmap:ip", "bitmap:ip,mac"):
        words += ["range", rng.choice(["10.0.0.0/24", "10.0.0.0/22", "10.0.0.2-10.0.1.2", "10.0.0.0/8"])]
    if kind == "bitmap:port":
        words += ["range", rng.choice(["0-100", "20-90", "90-20", "tcp:http-100"])]
    if kind == "list:set" and rng.random() < 0.5:
        words += ["size", rng.choice(["2", "8", "20"])]
    extras = [["timeout", rng.choice(["0", "3000", "5000", "9999999"])], ["counters"], ["comment"], ["skbinfo"]]
    if kind.startswith("hash:"):
        extras += [["hashsize", rng.choice(["64", "100", "5000"])], ["maxelem", rng.choice(["3", "10", "65536", "x"])],
                   ["family", "inet9"]] if rng.random() < 0.5 else []
    if kind in ("hash:ip", "hash:ip,port", "bitmap:ip"):
        extras += [["netmask", rng.choice(["24", "30", "0", "33", "64"])]]
    if kind in ("hash:ip", "hash:ip,port"):
        extras += [["bitmask", rng.choice(["255.255.255.0", "0.0.0.0", "255.0.255.255", "ffff:ffff::ff"])]]
    for extra in extras:
        if rng.random() < (0.35 if extra[0] in ("timeout", "counters", "comment", "skbinfo") else 0.12):
            words += extra
    if rng.random() < 0.03:
        words += [rng.choice(["nonsense", "timeout", "counters", "range"])]
    return words, kind, v6


def extensions(rng):
    words = []
    for extra in [["timeout", rng.choice(["0", "2000", "7000", "-1"])],
                  ["packets", rng.choice(["0", "5", "18446744073709551615"])], ["bytes", "77"],
                  ["comment", rng.choice(["hello", "two words", 'a"b', ""])],
                  ["skbmark", rng.choice(["0x5", "0x5/0xff", "5", "0x0"])], ["skbprio", rng.choice(["1:2", "a:ff", "7"])],
                  ["skbqueue", rng.choice(["3", "0", "70000"])]]:
        if rng.random() < 0.08:
            words += extra
    return words


def command(rng, kinds):
    name = rng.choice(NAMES)
    kind, v6 = kinds.get(name, (rng.choice(TYPES), False))
    roll = rng.random()
    flags = [rng.choice(["-exist", "-!", "-q", "--exist"])] if rng.random() < 0.1 else []
    if roll < 0.12 or not kinds:
        words, kind, v6 = create(rng, name)
        return words + flags, (name, kind, v6)
    if roll < 0.60:
        words = ["add", name, element(rng, kind, v6)]
        if kind != "list:set" and "net" in kind and rng.random() < 0.15:
            words += ["nomatch"]
        if kind == "hash:net,iface" and rng.random() < 0.1:
            words += ["wildcard"]
        if kind == "list:set" and rng.random() < 0.3:
            words += [rng.choice(["before", "after"]), rng.choice(NAMES)]
        return words + extensions(rng) + flags, None
    if roll < 0.72:
        return ["del", name, element(rng, kind, v6)] + flags, None
    if roll < 0.87:
        return ["test", name, element(rng, kind, v6)] + (["nomatch"] if rng.random() < 0.05 else []) + flags, None
    if roll < 0.90:
        return ["flush", name], None
    if roll < 0.92:
        return ["swap", name, rng.choice(NAMES)], None
    if roll < 0.94:
        return ["rename", name, rng.choice(NAMES)], None
    if roll < 0.95:
        return ["destroy", name], None
    return rng.choice([["list"], ["save"], ["list", "-n"], ["list", "-t", name], ["save", name, "-s"],
                       ["list", name, "-o", "xml"], ["list", "-o", "save"], ["nonsense"], ["list", name, "x"], []]), None


def normal(text):
    text = re.sub(r"initval(>| )0x[0-9a-f]{8}", r"initval\1X", text)
    text = re.sub(r"(Size in memory: |<memsize>)\d+", r"\1N", text)
    text = re.sub(r"(hashsize(?:>| ))\d+", r"\1N", text)
    text = re.sub(r"(bucketsize(?:>| ))\d+", r"\1N", text)
    # Time goes on: timeouts of elements are multiples of 1000 s, of which a few seconds may be gone.
    text = re.sub(r"(timeout(?:>| ))(\d+)", lambda m: m[1] + str((int(m[2]) + 999) // 1000 * 1000), text)
    return sorted(text.splitlines())


def run(words):
    done = subprocess.run(words, capture_output=True, check=False, timeout=60)
    return done.returncode, done.stdout.decode("utf-8", "replace"), done.stderr.decode("utf-8", "replace")


def sequence(program, seed, count, state):
    rng = random.Random(seed)
    kinds = {}
    subprocess.run(["ipset", "flush"], check=True)
    subprocess.run(["ipset", "destroy"], check=True)
    if os.path.exists(state):
        os.remove(state)
    history = []
    for _ in range(count):
        words, made = command(rng, kinds)
        history.append(words)
        real = run(["ipset"] + words)
        # Here ipset crashed or met a bug of its own (a host's prefix in the third part of an element): the program under
        # test need not follow.
        if real[0] < 0 or "It's a bug, please report" in real[2]:
            return None
        mine = run([program, "ipset", "--state", state] + words)
        if real[0] == 0 and made:
            kinds.setdefault(made[0], made[1:])
        if words and words[0] in ("swap", "rename") and real[0] == 0:
            a, b = words[1], words[2]
            if words[0] == "swap":
                kinds[a], kinds[b] = kinds[b], kinds[a]
            else:
                kinds[b] = kinds.pop(a)
        if words and words[0] == "destroy" and real[0] == 0:
            kinds.pop(words[1], None)
        if real[0] != mine[0] or normal(real[1]) != normal(mine[1]) or normal(real[2]) != normal(mine[2]):
            lines = [" ".join("'%s'" % word if not word or " " in word else word for word in each) for each in history]
            return "seed %d\n%s\nreal: %r\nmine: %r" % (seed, "\n".join(lines[-40:]), real, mine)
    return None


def main():
    program = sys.argv[1]
    sequences, count, first = (int(each) for each in (sys.argv[2:] + ["10", "60", "1"][len(sys.argv) - 2:]))
    if os.environ.get("NFPROOF_INSIDE") != "1":
        os.environ["NFPROOF_INSIDE"] = "1"
        probe = subprocess.run(["unshare", "-n", "ipset", "list"], capture_output=True, check=False)
        if probe.returncode != 0:
            print("SKIPPED: no network namespace, or no ipset: " + probe.stderr.decode().strip())
            sys.exit(77)
        os.execvp("unshare", ["unshare", "-n", sys.executable] + sys.argv)
    failures = 0
    with tempfile.TemporaryDirectory() as folder:
        for seed in range(first, first + sequences):
            problem = sequence(program, seed, count, os.path.join(folder, "state"))
            if problem:
                failures += 1
                print(problem + "\n", flush=True)
    print("%d sequences of %d commands, %d differ" % (sequences, count, failures))
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
