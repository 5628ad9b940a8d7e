#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Firewall scripts: what `nfproof exec` prints is what the kernel has after really running them.

usage: kernel_scripts.py NFPROOF [NAME...]

Each script in tests/scripts is run by its shell in a network and mount namespace of its own, where the iptables names
are the legacy tools, programs that would touch the machine do nothing, and /proc/sys is a copy; then it is followed by
`nfproof exec`, and the tables are compared. Scripts in tests/scripts/path are run a second time by the real shell with
links to nfproof on PATH instead of being followed. A line `# test: WORDS` gives a script its arguments; a file
NAME.refused holds what `nfproof exec` says about a script that it does not follow. NFPROOF_REBLESS=1 rewrites those.
"""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
SCRIPTS = ROOT / "tests/scripts"
TABLES = ["iptables", "ip6tables"]
STUBS = ["modprobe", "depmod", "insmod", "sysctl", "logger", "service", "systemctl", "chkconfig", "route", "ifconfig",
         "lsmod", "wall", "udevadm", "tc", "update-rc.d", "conntrack"]
SKIPPED = 77


def say(text):
    print(text, flush=True)


class Machine:
    """The directories that are put over those of the machine, in a mount namespace."""

    def __init__(self, directory, nfproof):
        self.root = pathlib.Path(directory)
        self.nfproof = os.path.abspath(nfproof)
        self.alternatives()
        self.stubs()
        self.sysctls()
        self.links()

    def alternatives(self):
        """/sbin/iptables and its sisters are the legacy tools."""
        target = self.root / "alternatives"
        shutil.copytree("/etc/alternatives", target, symlinks=True)
        for name in TABLES:
            for kind in ("", "-save", "-restore"):
                link = target / (name + kind)
                link.unlink(missing_ok=True)
                link.symlink_to(f"/usr/sbin/{name}-legacy{kind}")

    def stubs(self):
        (self.root / "stubs").mkdir()
        for name in STUBS:
            (self.root / "stubs" / name).symlink_to("/bin/true")
        sudo = self.root / "stubs" / "sudo"
        sudo.write_text('#!/bin/sh\nexec "$@"\n')
        sudo.chmod(0o755)

    def sysctls(self):
        """Files below /proc/sys/net and /proc/sys/kernel, empty."""
        target = self.root / "sys"
        for top in ("net", "kernel"):
            for path, _, files in os.walk("/proc/sys/" + top):
                here = target / os.path.relpath(path, "/proc/sys")
                here.mkdir(parents=True, exist_ok=True)
                for name in files:
                    (here / name).touch()

    def links(self):
        (self.root / "links").mkdir()
        for name in TABLES:
            for kind in ("", "-save", "-restore"):
                (self.root / "links" / (name + kind)).symlink_to(self.nfproof)
        (self.root / "links" / "ipset").symlink_to(self.nfproof)

    def prepare(self):
        """Shell commands that turn a fresh namespace into the machine of the script."""
        return (f"set -e\nmount --bind {self.root}/alternatives /etc/alternatives\n"
                f"mount --bind {self.root}/sys /proc/sys\nmount -t overlay -o lowerdir={self.root}/stubs:/usr/sbin overlay /usr/sbin\nip link set lo up\nset +e\n")


def header(script, word):
    found = re.search(rf"^# {word}: (.*)$", script.read_text(encoding="utf-8"), flags=re.M)
    return found[1].split() if found else []


def shell_of(script):
    return "bash" if "bash" in script.read_text(encoding="utf-8").split("\n", 1)[0] else "sh"


def tables_of(text):
    """Without remarks and counters; sets apart, without the number that the kernel draws for their hash."""
    lines = [re.sub(r"\[\d+:\d+\]", "[0:0]", re.sub(r" initval 0x[0-9a-f]+", "", line))
             for line in text.splitlines() if line and not line.startswith("#")]
    sets = [line for line in lines if line.startswith(("create ", "add "))]
    return "\n".join(line for line in lines if line not in sets), sets


def environment(path):
    return {"PATH": f"{path}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root",
            "USER": "root", "LOGNAME": "root", "LC_ALL": "C.UTF-8"}


def real(machine, script):
    """What the kernel has afterwards, and the exit status of the script."""
    saves = machine.root / "saves"
    shutil.rmtree(saves, ignore_errors=True)
    saves.mkdir()
    line = machine.prepare() + f"cd {script.parent}\n"
    line += f"{shell_of(script)} ./{script.name} {' '.join(header(script, 'test'))} >{saves}/out 2>{saves}/err </dev/null\n"
    line += f"echo $? >{saves}/status\n"
    for name in TABLES:
        line += f"/usr/sbin/{name}-legacy-save >{saves}/{name}\n"
    line += f"ipset save >{saves}/ipset\n"
    done = subprocess.run(["unshare", "--net", "--mount", "--propagation", "private", "sh", "-c", line],
                          env=environment(machine.root / "stubs"), capture_output=True, text=True, check=False)
    if not (saves / "status").exists():
        raise RuntimeError(f"{script.name}: no namespace: {done.stderr}")
    status = int((saves / "status").read_text())
    texts = {name: (saves / name).read_text() for name in [*TABLES, "ipset", "err"]}
    return texts, status


def followed(machine, script):
    done = subprocess.run([machine.nfproof, "exec", "--quiet", script.name, *header(script, "test")],
                          cwd=script.parent, env=environment("/nowhere"), capture_output=True, text=True, check=False,
                          stdin=subprocess.DEVNULL)
    return done.stdout, done.stderr, done.returncode


def linked(machine, script):
    """Run by the real shell, with links to nfproof on PATH."""
    state = machine.root / "state"
    state.unlink(missing_ok=True)
    line = f"cd {script.parent}; {shell_of(script)} ./{script.name} {' '.join(header(script, 'test'))}"
    variables = environment(f"{machine.root}/links:{machine.root}/stubs") | {"NFPROOF_STATE": str(state)}
    done = subprocess.run(["sh", "-c", line], env=variables, capture_output=True, text=True, check=False,
                          stdin=subprocess.DEVNULL)
    saved = "".join(subprocess.run([machine.root / "links" / (name + "-save")], env=variables, capture_output=True,
                                   text=True, check=False).stdout for name in TABLES)
    sets = ""
    if "ipset" in script.read_text(encoding="utf-8"):
        sets = subprocess.run([machine.root / "links" / "ipset", "save"], env=variables, capture_output=True, text=True,
                              check=False).stdout
    return sets + saved, done.stderr, done.returncode


def compare(script, how, got, kernel, status, code):
    """Prints what differs."""
    text, sets = tables_of(got)
    wanted = "\n".join(filter(None, (tables_of(kernel[name])[0] for name in TABLES)))
    good = True
    if text != wanted:
        good = False
        mine, theirs = text.splitlines(), wanted.splitlines()
        say(f"FAIL {script.name} ({how}): the tables differ")
        for line in mine:
            if line not in theirs:
                say(f"  nfproof only: {line}")
        for line in theirs:
            if line not in mine:
                say(f"  kernel only:  {line}")
        if sorted(mine) == sorted(theirs):
            say("  the order is different:")
            for a, b in zip(mine, theirs):
                if a != b:
                    say(f"  nfproof: {a}\n  kernel:  {b}")
                    break
        say("  " + kernel["err"][:600].replace("\n", "\n  "))
    if sorted(sets) != sorted(tables_of(kernel["ipset"])[1]):
        good = False
        say(f"FAIL {script.name} ({how}): the sets differ\n  nfproof: {sets}\n  kernel:  {tables_of(kernel['ipset'])[1]}")
    if code != status:
        good = False
        say(f"FAIL {script.name} ({how}): status {code}, in the shell {status}\n  {kernel['err'][:300]}")
    return good


def check_refusal(machine, script, pinned):
    out, err, code = followed(machine, script)
    if os.environ.get("NFPROOF_REBLESS") == "1":
        pinned.write_text(err, encoding="utf-8")
    if code != 2 or out or err != pinned.read_text(encoding="utf-8"):
        say(f"FAIL {script.name}: expected exit code 2 and the messages in {pinned.name}, got {code}:\n{err}{out}")
        return False
    return True


def check(machine, script):
    pinned = script.with_suffix(".refused")
    if pinned.exists():
        return check_refusal(machine, script, pinned)
    kernel, status = real(machine, script)
    if script.parent.name == "path":
        out, _, code = linked(machine, script)
        if not compare(script, "on PATH", out, kernel, status, code):
            return False
    out, err, code = followed(machine, script)
    if code == 2 or "error:" in err:
        say(f"FAIL {script.name}: not followed:\n{err}")
        return False
    return compare(script, "followed", out, kernel, min(status, 1), code)


def main():
    nfproof, names = sys.argv[1], sys.argv[2:]
    if subprocess.run(["unshare", "--net", "--mount", "true"], capture_output=True, check=False).returncode != 0:
        print("SKIPPED: no namespaces here (they need root)")
        return SKIPPED
    scripts = [path for path in sorted(SCRIPTS.glob("*.sh")) + sorted((SCRIPTS / "path").glob("*.sh"))
               if not names or path.stem in names]
    with tempfile.TemporaryDirectory(prefix="nfproof-scripts-") as directory:
        machine = Machine(directory, nfproof)
        failed = [script.name for script in scripts if not check(machine, script)]
    refused = sum(path.with_suffix(".refused").exists() for path in scripts)
    print(f"{len(scripts)} scripts: {len(scripts) - refused - len(failed)} as in the kernel, {refused} refused, "
          f"{len(failed)} failed: {' '.join(failed)}")
    return 1 if failed or (not names and len(scripts) < 40) else 0


if __name__ == "__main__":
    sys.exit(main())
