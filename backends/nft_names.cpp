// SPDX-License-Identifier: Apache-2.0
// Names and strings of nftables text.
#include "backends/nft_names.h"

#include <algorithm>
#include <array>

namespace nfproof::backends {
namespace {

/// Words that nft's scanner does not take as the name of a chain, sorted.
constexpr std::array kKeywords = std::to_array<std::string_view>(
    {"accept",   "add",      "ah",        "all",       "and",        "arp",      "auto-merge", "bridge",
     "cgroup",   "chain",    "comment",   "comp",      "constant",   "continue", "counter",    "cpu",
     "create",   "ct",       "day",       "dccp",      "define",     "delete",   "describe",   "device",
     "devices",  "dnat",     "drop",      "dst",       "dup",        "dynamic",  "ecn",        "element",
     "elements", "eq",       "esp",       "ether",     "exists",     "expires",  "export",     "exthdr",
     "fib",      "flags",    "flow",      "flowtable", "flush",      "frag",     "fwd",        "gc-interval",
     "ge",       "get",      "goto",      "gt",        "handle",     "hbh",      "hook",       "hour",
     "ibriport", "ibrname",  "icmp",      "icmpv6",    "igmp",       "iif",      "iifgroup",   "iifname",
     "iiftype",  "import",   "include",   "index",     "inet",       "insert",   "interval",   "ip",
     "ip6",      "ipsec",    "jhash",     "jump",      "last",       "le",       "limit",      "list",
     "log",      "lt",       "map",       "mark",      "masquerade", "meta",     "meter",      "mh",
     "missing",  "monitor",  "ne",        "netdev",    "nftrace",    "not",      "notrack",    "numgen",
     "obriport", "obrname",  "offload",   "oif",       "oifgroup",   "oifname",  "oiftype",    "or",
     "osf",      "pkttype",  "policy",    "position",  "priority",   "queue",    "quota",      "random",
     "redefine", "redirect", "reject",    "rename",    "replace",    "reset",    "return",     "rt",
     "rt0",      "rt2",      "rtclassid", "rule",      "ruleset",    "sctp",     "secmark",    "set",
     "size",     "skgid",    "skuid",     "snat",      "socket",     "srh",      "symhash",    "synproxy",
     "table",    "tcp",      "th",        "time",      "timeout",    "tproxy",   "type",       "typeof",
     "udp",      "udplite",  "undefine",  "update",    "vlan",       "vmap",     "xor",        "xt"});

constexpr std::size_t kLongestName = 127;

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool may_start(char c) { return is_letter(c) || c == '_'; }
bool may_follow(char c) { return may_start(c) || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '/'; }

bool is_keyword(std::string_view name) { return std::binary_search(kKeywords.begin(), kKeywords.end(), name); }

bool is_plain(char c) { return static_cast<unsigned char>(c) >= 0x20 && c != 0x7f && c != '"'; }

}  // namespace

std::string nft_tcp_option(std::uint8_t kind) {
  switch (kind) {
    case 2: return "maxseg";
    case 3: return "window";
    case 4: return "sack-perm";
    case 5: return "sack";
    case 8: return "timestamp";
    case 19: return "md5sig";
    case 30: return "mptcp";
    case 34: return "fastopen";
    default: return std::to_string(kind);
  }
}

bool is_nft_name(std::string_view name) {
  return !name.empty() && name.size() <= kLongestName && may_start(name.front()) &&
         std::all_of(name.begin(), name.end(), may_follow) && !is_keyword(name);
}

std::string NftNames::make(std::string_view wanted) {
  std::string name(wanted.substr(0, kLongestName - 8));
  std::replace_if(
      name.begin(), name.end(), [](char c) { return !may_follow(c); }, '_');
  if (name.empty() || !may_start(name.front())) name.insert(0, 1, '_');
  if (is_keyword(name)) name += '_';
  std::string unique = name;
  for (unsigned n = 2; !reserve(unique); ++n) unique = name + "_" + std::to_string(n);
  return unique;
}

std::string nft_quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) out += is_plain(c) ? c : (c == '"' ? '\'' : ' ');
  return out += '"';
}

bool is_nft_quotable(std::string_view text) { return std::all_of(text.begin(), text.end(), is_plain); }

std::string_view cut_text(std::string_view text, std::size_t bytes) {
  if (text.size() <= bytes) return text;
  while (bytes > 0 && (static_cast<unsigned char>(text[bytes]) & 0xc0) == 0x80) --bytes;
  return text.substr(0, bytes);
}

std::string nft_interface(std::string_view name, bool wildcard) {
  std::string out(name);
  // Only the last character can be mistaken for the wildcard.
  if (wildcard) {
    out += '*';
  } else if (!out.empty() && out.back() == '*') {
    out.insert(out.size() - 1, 1, '\\');
  }
  return nft_quoted(out);
}

}  // namespace nfproof::backends
