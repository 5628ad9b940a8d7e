// SPDX-License-Identifier: Apache-2.0
// Values of options: see values.h. Service and protocol names are remembered, because each look-up reads a file.
#include "compiler/extensions/values.h"

#include <netdb.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <mutex>
#include <unordered_map>
#include <utility>
#include <vector>

#include "compiler/extensions/name_service.h"

namespace nfproof::compiler {
namespace {

/// Names that iptables knows without the protocols file, and in the order in which it looks.
constexpr std::array<NameValue, 13> kProtocols = {{{"tcp", 6},
                                                   {"sctp", 132},
                                                   {"udp", 17},
                                                   {"udplite", 136},
                                                   {"icmp", 1},
                                                   {"icmpv6", 58},
                                                   {"ipv6-icmp", 58},
                                                   {"esp", 50},
                                                   {"ah", 51},
                                                   {"ipv6-mh", 135},
                                                   {"mh", 135},
                                                   {"all", 0},
                                                   {"dccp", 33}}};

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return out;
}

std::optional<std::uint16_t> service(const std::string& name, const std::string& protocol) {
  static thread_local std::unordered_map<std::string, std::optional<std::uint16_t>> known;
  const std::string key = name + '/' + protocol;
  if (const auto found = known.find(key); found != known.end()) return found->second;
  const std::lock_guard lock(name_service());
  const servent* entry = getservbyname(name.c_str(), protocol.empty() ? nullptr : protocol.c_str());
  std::optional<std::uint16_t> port;
  if (entry != nullptr) {
    const auto raw = static_cast<std::uint16_t>(entry->s_port);
    port = static_cast<std::uint16_t>(raw << 8 | raw >> 8);
  }
  known.emplace(key, port);
  return port;
}

/// Dotted parts of an IPv4 address, each in decimal, octal or hexadecimal; missing parts at the end are 0 (`10.1` is
/// 10.1.0.0).
std::optional<std::uint32_t> parse_ipv4(std::string_view text) {
  std::uint64_t address = 0;
  unsigned shift = 24;
  std::size_t start = 0;
  while (start <= text.size()) {
    const std::size_t dot = std::min(text.find('.', start), text.size());
    const auto part = parse_number(text.substr(start, dot - start));
    if (!part || *part > 255 || shift > 24) return std::nullopt;
    address |= *part << shift;
    shift -= 8;  // wraps around after the fourth part
    start = dot + 1;
  }
  return static_cast<std::uint32_t>(address);
}

std::optional<ir::u128> parse_mask(std::string_view text, ir::Family family) {
  const unsigned bits = ir::address_bits(family);
  if (const auto prefix = parse_number(text)) {
    if (*prefix > bits) return std::nullopt;
    return ir::prefix_mask(static_cast<unsigned>(*prefix), bits);
  }
  if (family == ir::Family::kIpv6) return ir::parse_address(text, family);
  if (std::count(text.begin(), text.end(), '.') != 3) return std::nullopt;
  return parse_ipv4(text);
}

}  // namespace

std::optional<std::uint64_t> parse_number(std::string_view text) {
  int base = 10;
  if (text.size() > 2 && text[0] == '0' && (text[1] == 'x' || text[1] == 'X')) {
    base = 16;
    text.remove_prefix(2);
  } else if (text.size() > 1 && text[0] == '0') {
    base = 8;
  }
  std::uint64_t number = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number, base);
  if (text.empty() || failed != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::optional<std::uint16_t> parse_port(std::string_view text, std::string_view protocol) {
  if (const auto number = parse_number(text)) {
    if (*number > 65535) return std::nullopt;
    return static_cast<std::uint16_t>(*number);
  }
  const bool plain = !text.empty() && text.size() < 64 && std::isalnum(static_cast<unsigned char>(text[0]));
  return plain ? service(std::string(text), std::string(protocol)) : std::nullopt;
}

std::optional<std::uint8_t> parse_protocol(std::string_view text) {
  if (const auto number = parse_number(text)) {
    if (*number > 255) return std::nullopt;
    return static_cast<std::uint8_t>(*number);
  }
  const std::string name = lower(text);
  for (const NameValue& known : kProtocols)
    if (known.name == name) return static_cast<std::uint8_t>(known.value);
  static thread_local std::unordered_map<std::string, std::optional<std::uint8_t>> known;
  if (const auto found = known.find(name); found != known.end()) return found->second;
  const std::lock_guard lock(name_service());
  const protoent* entry = name.empty() ? nullptr : getprotobyname(name.c_str());
  std::optional<std::uint8_t> protocol;
  if (entry != nullptr && entry->p_proto >= 0 && entry->p_proto <= 255)
    protocol = static_cast<std::uint8_t>(entry->p_proto);
  known.emplace(name, protocol);
  return protocol;
}

std::string protocol_text(std::uint8_t protocol) {
  static thread_local std::array<std::string, 256> known;
  std::string& text = known[protocol];
  if (!text.empty()) return text;
  const std::lock_guard lock(name_service());
  if (const protoent* entry = protocol == 0 ? nullptr : getprotobynumber(protocol); entry != nullptr)
    text = entry->p_name;
  for (const NameValue& name : kProtocols)
    if (text.empty() && name.value == protocol) text = name.name;
  if (text.empty()) text = std::to_string(protocol);
  return text;
}

std::optional<Network> parse_network(std::string_view text, ir::Family family) {
  const std::size_t slash = text.find('/');
  const std::string_view address = text.substr(0, slash);
  ir::u128 mask = ir::max_of_bits(ir::address_bits(family));
  if (slash != std::string_view::npos) {
    const auto given = parse_mask(text.substr(slash + 1), family);
    if (!given) return std::nullopt;
    mask = *given;
  }
  std::optional<ir::u128> value;
  if (family == ir::Family::kIpv4) {
    if (const auto parsed = parse_ipv4(address)) value = *parsed;
  } else {
    value = ir::parse_address(address, family);
  }
  if (!value && mask == 0 && !address.empty()) value = 0;  // `any/0`: the name does not matter
  if (!value) return std::nullopt;
  return Network{*value & mask, mask};
}

std::string network_text(const Network& network, ir::Family family) {
  std::string out = ir::format_address(network.value, family) + '/';
  if (const auto prefix = ir::mask_prefix(network.mask, ir::address_bits(family))) return out + std::to_string(*prefix);
  return out + ir::format_address(network.mask, family);
}

std::optional<std::uint64_t> parse_mac(std::string_view text) {
  std::uint64_t mac = 0;
  std::size_t start = 0;
  for (int i = 0; i < 6; ++i) {
    const std::size_t colon = i < 5 ? text.find(':', start) : text.size();
    if (colon == std::string_view::npos || colon <= start || colon - start > 2) return std::nullopt;
    unsigned byte = 0;
    const auto [end, failed] = std::from_chars(text.data() + start, text.data() + colon, byte, 16);
    if (failed != std::errc{} || end != text.data() + colon) return std::nullopt;
    mac = mac << 8 | byte;
    start = colon + 1;
  }
  return mac;
}

bool is_placeholder(std::string_view text) {
  if (text.size() > 2 && text.front() == '[' && text.back() == ']') text = text.substr(1, text.size() - 2);
  const auto encloses = [text](std::string_view open, std::string_view close) {
    const std::size_t at = text.find(open);
    return at != std::string_view::npos && text.find(close, at + open.size()) != std::string_view::npos;
  };
  if (encloses("<", ">") || encloses("{{", "}}") || encloses("@", "@") || encloses("%", "%")) return true;
  if (text.find('$') != std::string_view::npos) return true;
  const auto is_form = [](char c) { return (c >= '0' && c <= '9') || c == '.' || c == ':' || c == '/' || c == '-'; };
  const auto is_blot = [](char c) { return c == 'x' || c == 'X' || c == '*' || c == '#' || c == '?' || c == '_'; };
  const auto blots = std::count_if(text.begin(), text.end(), is_blot);
  if (blots >= 2 && std::all_of(text.begin(), text.end(), [&](char c) { return is_form(c) || is_blot(c); }))
    return true;
  // `WAN_IP/32`, `WAN_IP:80`
  if (text.size() >= 3 && text[0] >= 'A' && text[0] <= 'Z') text = text.substr(0, text.find_first_of("/:"));
  const auto is_word = [](char c) { return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_'; };
  const bool capitals = text.size() >= 3 && text[0] >= 'A' && std::all_of(text.begin(), text.end(), is_word);
  return capitals && (text.size() >= 6 || text.find('_') != std::string_view::npos);
}

bool is_host_name(std::string_view text) {
  text = text.substr(0, text.find('/'));
  const auto fits = [](unsigned char c) { return std::isalnum(c) != 0 || c == '.' || c == '-' || c == '_'; };
  const auto is_letter = [](unsigned char c) { return std::isalpha(c) != 0; };
  if (text.empty() || !std::all_of(text.begin(), text.end(), fits)) return false;
  const bool dotted = text.find('.') != std::string_view::npos && std::any_of(text.begin(), text.end(), is_letter);
  return dotted || std::all_of(text.begin(), text.end(), [&](char c) { return is_letter(c) || c == '-'; });
}

std::string value_hint(std::string_view text) {
  if (is_placeholder(text)) return ": a placeholder, which stands for a value";
  const bool dotted = text.find('.') != std::string_view::npos;
  if (is_host_name(text) && dotted)
    return ": host names are not looked up (iptables asks the resolver, and keeps the addresses)";
  return {};
}

void append_quoted(std::string& out, std::string_view text) {
  const bool plain = !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '-';
  });
  out += ' ';
  if (plain) {
    out += text;
    return;
  }
  out += '"';
  for (std::size_t from = 0; from < text.size();) {
    const std::size_t special = std::min(text.find_first_of("\"\\'", from + 1), text.size());
    const bool escaped = text[from] == '"' || text[from] == '\\' || text[from] == '\'';
    if (escaped) out += '\\';
    out += text.substr(from, special - from);
    from = special;
  }
  out += '"';
}

void append_range(std::string& out, const NumberRange& range, char separator) {
  out += ' ';
  out += std::to_string(range.lo);
  if (range.hi == range.lo) return;
  out += separator;
  out += std::to_string(range.hi);
}

void append_mark(std::string& out, std::uint32_t value, std::uint32_t mask) {
  const auto hex = [&out](std::uint32_t number) {
    std::array<char, 8> digits{};
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number, 16).ptr;
    out += "0x";
    out.append(digits.data(), end);
  };
  out += ' ';
  hex(value);
  if (mask == 0xffffffff) return;
  out += '/';
  hex(mask);
}

std::mutex& name_service() {
  static std::mutex mutex;
  return mutex;
}

}  // namespace nfproof::compiler
