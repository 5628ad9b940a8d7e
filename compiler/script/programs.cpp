// SPDX-License-Identifier: Apache-2.0
// Programs: see programs.h. The lists are the documentation's lists too (docs/exec.md).
#include "compiler/script/programs.h"

#include <algorithm>
#include <array>
#include <numeric>
#include <vector>

namespace nfproof::script {
namespace {

using Names = std::span<const std::string_view>;

constexpr std::string_view kFirewall[] = {"ip6tables", "ip6tables-restore", "ip6tables-save", "ipset",
                                          "iptables",  "iptables-restore",  "iptables-save"};

constexpr std::string_view kQuiet[] = {"arptables", "arptables-restore",
                                       "brctl",     "bridge",
                                       "chgrp",     "chkconfig",
                                       "chmod",     "chown",
                                       "conntrack", "depmod",
                                       "ebtables",  "ebtables-restore",
                                       "ethtool",   "ifconfig",
                                       "ifdown",    "ifup",
                                       "insmod",    "invoke-rc.d",
                                       "ip",        "ipvsadm",
                                       "kill",      "killall",
                                       "ln",        "logger",
                                       "mail",      "modprobe",
                                       "mount",     "rc-service",
                                       "rmmod",     "route",
                                       "service",   "sleep",
                                       "sync",      "sysctl",
                                       "systemctl", "tc",
                                       "tput",      "udevadm",
                                       "umount",    "update-rc.d",
                                       "usleep",    "vconfig",
                                       "wall"};

constexpr std::string_view kReader[] = {
    "arp",         "curl",       "date",       "df",        "diff",     "dig",       "dmesg",      "dnsdomainname",
    "domainname",  "du",         "file",       "find",      "free",     "getconf",   "getent",     "getopt",
    "host",        "hostid",     "hostname",   "ipcalc",    "jq",       "last",      "logname",    "ls",
    "lsb_release", "lsmod",      "lsof",       "md5sum",    "modinfo",  "netstat",   "nmcli",      "nproc",
    "nslookup",    "openssl",    "pgrep",      "pidof",     "ping",     "ping6",     "ps",         "python",
    "readlink",    "realpath",   "resolvectl", "rpm",       "runlevel", "sha256sum", "ss",         "stat",
    "tty",         "uname",      "uptime",     "uuidgen",   "wget",     "who",       "getenforce", "cmp",
    "dpkg",        "dpkg-query", "mktemp",     "nc",        "perl",     "comm",      "paste",      "join",
    "column",      "fold",       "od",         "xxd",       "hexdump",  "base64",    "gzip",       "gunzip",
    "zcat",        "unzip",      "tar",        "ipcalc-ng", "sipcalc",  "whois",     "traceroute", "mtr",
    "ntpdate"};

constexpr std::string_view kComputed[] = {"awk",  "basename", "cat",   "cp",    "cut",    "dirname", "egrep",   "env",
                                          "expr", "fgrep",    "gawk",  "grep",  "head",   "id",      "mawk",    "mkdir",
                                          "mv",   "nice",     "nohup", "rev",   "rm",     "rmdir",   "sed",     "seq",
                                          "sort", "stdbuf",   "sudo",  "tac",   "tail",   "tee",     "timeout", "touch",
                                          "tr",   "uniq",     "wc",    "which", "whoami", "xargs",   "yes"};

constexpr std::string_view kShell[] = {"ash", "bash", "dash", "sh"};

constexpr std::string_view kChanger[] = {"at",
                                         "batch",
                                         "containerd",
                                         "csf",
                                         "docker",
                                         "dockerd",
                                         "fail2ban-client",
                                         "ferm",
                                         "firehol",
                                         "firewall-cmd",
                                         "firewall-offline-cmd",
                                         "iptables-apply",
                                         "lxc",
                                         "netfilter-persistent",
                                         "nft",
                                         "podman",
                                         "shorewall",
                                         "shorewall6",
                                         "ufw",
                                         "virsh",
                                         "wg-quick",
                                         "xtables-multi",
                                         "nerdctl",
                                         "kubectl"};

bool is_in(Names names, std::string_view name) { return std::find(names.begin(), names.end(), name) != names.end(); }

constexpr std::array<std::string_view, 6> kDirectories = {"/usr/sbin/", "/sbin/",           "/usr/bin/",
                                                          "/bin/",      "/usr/local/sbin/", "/usr/local/bin/"};

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), 0);
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t changed = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, changed});
    }
  }
  return row[b.size()];
}

std::string_view base_name(std::string_view path) { return path.substr(path.rfind('/') + 1); }

}  // namespace

ProgramKind program_kind(std::string_view name) {
  if (is_in(kFirewall, name) || firewall_program(name)) return ProgramKind::kFirewall;
  if (is_in(kQuiet, name)) return ProgramKind::kQuiet;
  if (is_in(kReader, name)) return ProgramKind::kReader;
  if (is_in(kComputed, name)) return ProgramKind::kComputed;
  if (is_in(kShell, name)) return ProgramKind::kShell;
  if (is_in(kChanger, name)) return ProgramKind::kChanger;
  return ProgramKind::kUnknown;
}

std::optional<std::string> firewall_program(std::string_view word) {
  const bool has_directory = word.find('/') != std::string_view::npos;
  if (has_directory && !word.starts_with('/')) return std::nullopt;
  std::string name(base_name(word));
  for (const std::string_view backend : {"-legacy", "-nft"}) {
    const std::size_t at = name.find(backend);
    if (at != std::string::npos && name.starts_with("ip") && name.find("tables") != std::string::npos)
      name.erase(at, backend.size());
  }
  if (!is_in(kFirewall, name)) return std::nullopt;
  return name;
}

std::string program_path(std::string_view name) {
  switch (program_kind(name)) {
    case ProgramKind::kFirewall:
    case ProgramKind::kQuiet: return "/usr/sbin/" + std::string(name);
    case ProgramKind::kReader:
    case ProgramKind::kComputed:
    case ProgramKind::kShell: return "/usr/bin/" + std::string(name);
    case ProgramKind::kChanger:
    case ProgramKind::kUnknown: break;
  }
  return {};
}

bool is_program_path(std::string_view path) {
  const std::string_view directory = path.substr(0, path.size() - base_name(path).size());
  return is_in(kDirectories, directory) && !program_path(base_name(path)).empty();
}

std::string_view similar_program(std::string_view name) {
  std::string_view best;
  std::size_t best_distance = 3;
  if (name.size() < 5) return best;
  const auto look = [&](Names names, std::size_t most) {
    for (const std::string_view known : names) {
      const std::size_t distance = edit_distance(name, known);
      if (distance >= best_distance || distance > most) continue;
      best = known;
      best_distance = distance;
    }
  };
  look(kFirewall, 2);
  look(kQuiet, 1);
  look(kComputed, 1);
  return best;
}

bool is_firewall_service(std::string_view name) {
  static constexpr std::string_view kServices[] = {"containerd",
                                                   "csf",
                                                   "docker",
                                                   "fail2ban",
                                                   "ferm",
                                                   "firehol",
                                                   "firewalld",
                                                   "ip6tables",
                                                   "ipset",
                                                   "iptables",
                                                   "iptables-persistent",
                                                   "k3s",
                                                   "kubelet",
                                                   "netfilter-persistent",
                                                   "nftables",
                                                   "libvirtd",
                                                   "lxd",
                                                   "shorewall",
                                                   "shorewall6",
                                                   "ufw",
                                                   "podman",
                                                   "lfd"};
  if (name.ends_with(".service")) name.remove_suffix(8);
  return is_in(kServices, name);
}

}  // namespace nfproof::script
