// SPDX-License-Identifier: Apache-2.0
// See values.h. The names of ICMP types are those of `ipset help hash:ip,port`.
#include "compiler/ipset/values.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <strings.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <span>
#include <utility>

#include "compiler/ir/field.h"

namespace nfproof::compiler::ipset {
namespace {

struct IcmpName {
  std::string_view name;
  std::uint8_t type;
  std::uint8_t code;
};

constexpr std::array<IcmpName, 34> kIcmpNames = {{
    {"echo-reply", 0, 0},
    {"pong", 0, 0},
    {"network-unreachable", 3, 0},
    {"host-unreachable", 3, 1},
    {"protocol-unreachable", 3, 2},
    {"port-unreachable", 3, 3},
    {"fragmentation-needed", 3, 4},
    {"source-route-failed", 3, 5},
    {"network-unknown", 3, 6},
    {"host-unknown", 3, 7},
    {"network-prohibited", 3, 9},
    {"host-prohibited", 3, 10},
    {"TOS-network-unreachable", 3, 11},
    {"TOS-host-unreachable", 3, 12},
    {"communication-prohibited", 3, 13},
    {"host-precedence-violation", 3, 14},
    {"precedence-cutoff", 3, 15},
    {"source-quench", 4, 0},
    {"network-redirect", 5, 0},
    {"host-redirect", 5, 1},
    {"TOS-network-redirect", 5, 2},
    {"TOS-host-redirect", 5, 3},
    {"echo-request", 8, 0},
    {"ping", 8, 0},
    {"router-advertisement", 9, 0},
    {"router-solicitation", 10, 0},
    {"ttl-zero-during-transit", 11, 0},
    {"ttl-zero-during-reassembly", 11, 1},
    {"ip-header-bad", 12, 0},
    {"required-option-missing", 12, 1},
    {"timestamp-request", 13, 0},
    {"timestamp-reply", 14, 0},
    {"address-mask-request", 17, 0},
    {"address-mask-reply", 18, 0},
}};

constexpr std::array<IcmpName, 21> kIcmp6Names = {{
    {"no-route", 1, 0},
    {"communication-prohibited", 1, 1},
    {"address-unreachable", 1, 3},
    {"port-unreachable", 1, 4},
    {"packet-too-big", 2, 0},
    {"ttl-zero-during-transit", 3, 0},
    {"ttl-zero-during-reassembly", 3, 1},
    {"bad-header", 4, 0},
    {"unknown-header-type", 4, 1},
    {"unknown-option", 4, 2},
    {"echo-request", 128, 0},
    {"ping", 128, 0},
    {"echo-reply", 129, 0},
    {"pong", 129, 0},
    {"router-solicitation", 133, 0},
    {"router-advertisement", 134, 0},
    {"neighbour-solicitation", 135, 0},
    {"neigbour-solicitation", 135, 0},
    {"neighbour-advertisement", 136, 0},
    {"neigbour-advertisement", 136, 0},
    {"redirect", 137, 0},
}};

std::span<const IcmpName> icmp_names(bool ipv6) {
  return ipv6 ? std::span<const IcmpName>(kIcmp6Names) : std::span<const IcmpName>(kIcmpNames);
}

/// strtoull(3) with all it takes: blanks and a sign before, 0 and 0x. False when it is no number.
bool read_number(const std::string& text, std::uint64_t& number, bool& overflow) {
  char* end = nullptr;
  errno = 0;
  number = std::strtoull(text.c_str(), &end, 0);
  overflow = errno == ERANGE;
  return end != text.c_str() && *end == '\0';
}

std::string number_failure(const std::string& text, std::uint64_t min, std::uint64_t max) {
  std::uint64_t number = 0;
  bool overflow = false;
  if (!read_number(text, number, overflow) && !overflow) return "'" + text + "' is invalid as number";
  return "'" + text + "' is out of range " + std::to_string(min) + "-" + std::to_string(max);
}

std::optional<std::uint64_t> plain_number(const std::string& text, std::uint64_t min, std::uint64_t max) {
  std::uint64_t number = 0;
  bool overflow = false;
  if (!read_number(text, number, overflow) || overflow || number < min || number > max) return std::nullopt;
  return number;
}

/// Protocols that sets are full of, so that the system's table is not read for each element.
constexpr std::array<std::pair<std::string_view, std::uint8_t>, 4> kUsualProtocols = {
    {{"tcp", ir::kProtoTcp}, {"udp", ir::kProtoUdp}, {"icmp", ir::kProtoIcmp}, {"ipv6-icmp", ir::kProtoIcmp6}}};

/// Takes the brackets off that protect dashes and slashes.
std::string_view strip_brackets(std::string_view text) {
  if (text.size() >= 2 && text.front() == '[' && text.back() == ']') return text.substr(1, text.size() - 2);
  return text;
}

}  // namespace

std::size_t find_separator(std::string_view text, char separator) {
  if (text.empty() || text.front() == separator || text.back() == separator) return std::string_view::npos;
  return text.find(separator);
}

std::optional<std::uint64_t> ValueReader::number(std::string_view view, std::uint64_t min, std::uint64_t max) {
  const std::string text(view);
  const auto number = plain_number(text, min, max);
  if (!number) fail(number_failure(text, min, max));
  return number;
}

std::optional<ir::u128> ValueReader::address(std::string_view view, ir::Family family) {
  const std::string text(strip_brackets(view));
  if (family == ir::Family::kIpv6) {
    if (const auto address = ir::parse_address(text, family)) return address;
  } else if (!text.empty() && text.find_first_not_of("0123456789.") == std::string::npos && text.back() != '.') {
    in_addr address{};
    if (inet_aton(text.c_str(), &address) != 0) return ntohl(address.s_addr);
  }
  fail("cannot parse " + text + ": resolving to " + (family == ir::Family::kIpv6 ? "IPv6" : "IPv4") +
       " address failed");
  return std::nullopt;
}

std::optional<std::uint64_t> ValueReader::mac(std::string_view view) {
  const std::string text(view);
  constexpr std::size_t kLongest = 17;
  const char* at = text.c_str();
  std::uint64_t mac = 0;
  for (unsigned i = 0; i < 6 && text.size() <= kLongest; ++i) {
    char* end = nullptr;
    const long byte = std::strtol(at, &end, 16);
    const bool good_end = i < 5 ? *end == ':' : *end == '\0';
    if (!good_end || byte < 0 || byte > 255) break;
    mac = mac << 8U | static_cast<std::uint64_t>(byte);
    if (i == 5) return mac;
    at = end + 1;
  }
  fail("cannot parse '" + text + "' as ethernet address");
  return std::nullopt;
}

std::optional<std::uint16_t> ValueReader::port(std::string_view view, const std::string& protocol) {
  const std::string text(view);
  if (const auto number = plain_number(text, 0, 65535)) return static_cast<std::uint16_t>(*number);
  const std::string name(strip_brackets(view));
  const auto number = plain_number(protocol, 0, 255);
  const protoent* entry = number ? getprotobynumber(static_cast<int>(*number)) : nullptr;
  const std::string protocol_name = entry != nullptr ? entry->p_name : protocol;
  if (const servent* service = getservbyname(name.c_str(), protocol_name.c_str()); service != nullptr)
    return ntohs(static_cast<std::uint16_t>(service->s_port));
  const std::string no_number = number ? "" : "\nSyntax error: '" + protocol + "' is invalid as number";
  fail(number_failure(text, 0, 65535) + no_number + "\ncannot parse '" + text + "' as a " + protocol + " port");
  return std::nullopt;
}

std::optional<std::uint8_t> ValueReader::protocol(const std::string& text) {
  for (const auto& [usual, number] : kUsualProtocols)
    if (usual == text) return number;
  const char* name = strcasecmp(text.c_str(), "icmpv6") == 0 ? "ipv6-icmp" : text.c_str();
  if (const protoent* entry = getprotobyname(name); entry != nullptr) {
    if (entry->p_proto != 0) return static_cast<std::uint8_t>(entry->p_proto);
    fail("Unsupported protocol '" + text + "'");
    return std::nullopt;
  }
  if (const auto number = plain_number(text, 0, 255)) return static_cast<std::uint8_t>(*number);
  fail("cannot parse '" + text + "' as a protocol");
  return std::nullopt;
}

std::optional<std::uint16_t> ValueReader::icmp(std::string_view text, bool ipv6) {
  for (const IcmpName& row : icmp_names(ipv6))
    if (!text.empty() && text.size() <= row.name.size() && strncasecmp(row.name.data(), text.data(), text.size()) == 0)
      return static_cast<std::uint16_t>(row.type << 8U | row.code);
  const std::size_t slash = find_separator(text, '/');
  if (slash == std::string_view::npos) {
    fail(Failure{Failure::Kind::kSyntax,
                 "Cannot parse " + std::string(text) + " as an " + (ipv6 ? "ICMPv6" : "ICMP") + " type/code.",
                 word_,
                 {}});
    return std::nullopt;
  }
  const auto type = number(text.substr(0, slash), 0, 255);
  const auto code = type ? number(text.substr(slash + 1), 0, 255) : std::nullopt;
  if (!code) return std::nullopt;
  return static_cast<std::uint16_t>(*type << 8U | *code);
}

std::optional<ir::SkbInfo> ValueReader::skb_mark(const std::string& text) {
  unsigned long mark = 0;
  unsigned long mask = 0;
  // NOLINTNEXTLINE(cert-err34-c): what ipset takes is what sscanf(3) takes
  const int count = std::sscanf(text.c_str(), "0x%lx/0x%lx", &mark, &mask);
  if (count < 1) {
    fail("Invalid skbmark format, it should be:  MARK/MASK or MARK (see manpage)");
    return std::nullopt;
  }
  ir::SkbInfo info;
  info.mark = static_cast<std::uint32_t>(mark);
  info.mask = count == 2 ? static_cast<std::uint32_t>(mask) : 0xffffffff;
  return info;
}

std::optional<std::uint32_t> ValueReader::skb_priority(const std::string& text) {
  unsigned major = 0;
  unsigned minor = 0;
  // NOLINTNEXTLINE(cert-err34-c): what ipset takes is what sscanf(3) takes
  if (std::sscanf(text.c_str(), "%x:%x", &major, &minor) != 2) {
    fail("Invalid skbprio format, it should be:MAJOR:MINOR (see manpage)");
    return std::nullopt;
  }
  return major << 16U | (minor & 0xffffU);
}

std::string icmp_text(std::uint16_t type_code, bool ipv6) {
  for (const IcmpName& row : icmp_names(ipv6))
    if ((row.type << 8U | row.code) == type_code) return std::string(row.name);
  return std::to_string(type_code >> 8U) + '/' + std::to_string(type_code & 0xffU);
}

std::string protocol_name(std::uint8_t protocol) {
  for (const auto& [usual, number] : kUsualProtocols)
    if (number == protocol) return std::string(usual);
  if (const protoent* entry = getprotobynumber(protocol); entry != nullptr) return entry->p_name;
  return std::to_string(protocol);
}

bool has_ports(std::uint8_t protocol) {
  return protocol == ir::kProtoTcp || protocol == ir::kProtoUdp || protocol == ir::kProtoUdplite ||
         protocol == ir::kProtoSctp;
}

}  // namespace nfproof::compiler::ipset
