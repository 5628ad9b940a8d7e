// SPDX-License-Identifier: Apache-2.0
// Reads elements part by part. What each part may look like is libipset's choice for each type (lib/ipset_hash_*.c).
#include "compiler/ipset/element.h"

#include <array>

#include "compiler/ir/field.h"

namespace nfproof::compiler::ipset {
namespace {

constexpr std::size_t kNone = std::string_view::npos;
constexpr std::size_t kMaxInterface = 15;

std::string quoted(std::string_view text) { return "'" + std::string(text) + "'"; }

/// Where a range is divided; dashes inside of brackets do not count.
std::size_t range_dash(std::string_view text) {
  if (!text.starts_with('[')) return find_separator(text, '-');
  const std::size_t close = text.find(']');
  if (close == kNone) return kNone;
  const std::size_t dash = find_separator(text.substr(close), '-');
  return dash == kNone ? kNone : close + dash;
}

bool check_form(ValueReader& reader, std::string_view text, ir::Family family, AddressForm form) {
  const bool range = range_dash(text) != kNone;
  const std::size_t slash = find_separator(text, '/');
  if (form == AddressForm::kNoRange && range) {
    reader.fail("IP address or IP/cidr must be specified: " + std::string(text));
    return false;
  }
  const std::string_view host = family == ir::Family::kIpv4 ? "/32" : "/128";
  if (form == AddressForm::kPlain && (range || (slash != kNone && text.substr(slash) != host))) {
    reader.fail("plain IP address must be supplied: " + std::string(text));
    return false;
  }
  return true;
}

/// A prefix length; numbers that fit no byte are refused as numbers.
std::optional<std::uint8_t> read_prefix(ValueReader& reader, std::string_view text, unsigned max) {
  const auto number = reader.number(text, 0, 255);
  if (!number) return std::nullopt;
  if (*number > max) {
    reader.fail(quoted(text) + " is out of range 0-" + std::to_string(max));
    return std::nullopt;
  }
  return static_cast<std::uint8_t>(*number);
}

/// Brackets must be closed, and only a dash may follow them.
bool check_brackets(ValueReader& reader, std::string_view text) {
  if (!text.starts_with('[')) return true;
  const std::size_t close = text.find(']');
  if (close == kNone) {
    reader.fail("cannot find closing escape character ']' in " + std::string(text));
    return false;
  }
  if (close + 1 < text.size() && text[close + 1] != '-') {
    reader.fail("range separator expected after '" + std::string(text.substr(0, close + 1)) + "'");
    return false;
  }
  return true;
}

/// `PORT` or `PORT-PORT`.
bool read_ports(ValueReader& reader, std::string_view text, const std::string& protocol, std::uint16_t& port,
                std::optional<std::uint16_t>& port_to) {
  if (!check_brackets(reader, text)) return false;
  if (const std::size_t dash = range_dash(text); dash != kNone) {
    port_to = reader.port(text.substr(dash + 1), protocol);
    if (!port_to) return false;
    text = text.substr(0, dash);
  }
  const auto number = reader.port(text, protocol);
  if (!number) return false;
  port = *number;
  return true;
}

/// ICMP goes with one family only; ipset has a second message for that.
bool check_icmp_family(ValueReader& reader, std::uint8_t protocol, std::optional<ir::Family> family) {
  const bool ipv6 = protocol == ir::kProtoIcmp6;
  if (family == (ipv6 ? ir::Family::kIpv6 : ir::Family::kIpv4)) return true;
  reader.fail(std::string("Protocol ") + (ipv6 ? "ICMPv6" : "ICMP") + " can be used with family " +
              (ipv6 ? "inet6" : "inet") + " only\nInvalid add command: missing setname");
  return false;
}

/// `[PROTOCOL:]PORT`.
bool read_port_part(ValueReader& reader, std::string_view text, const ir::SetHeader& header, ElementSpec& spec) {
  const std::size_t colon = find_separator(text, ':');
  if (colon == kNone) {
    spec.protocol = ir::kProtoTcp;
    return read_ports(reader, text, "tcp", spec.port, spec.port_to);
  }
  const std::string name(text.substr(0, colon));
  const std::string_view value = text.substr(colon + 1);
  const auto protocol = reader.protocol(name);
  if (!protocol) return false;
  spec.protocol = *protocol;
  if (has_ports(*protocol)) return read_ports(reader, value, name, spec.port, spec.port_to);
  if (*protocol == ir::kProtoIcmp || *protocol == ir::kProtoIcmp6) {
    if (!check_icmp_family(reader, *protocol, header.family)) return false;
    const auto type = reader.icmp(value, *protocol == ir::kProtoIcmp6);
    if (type) spec.port = *type;
    return type.has_value();
  }
  if (value == "0") return true;
  reader.fail("Protocol " + name + " can be used with pseudo port value 0 only.");
  return false;
}

bool read_interface(ValueReader& reader, std::string_view text, ElementSpec& spec) {
  constexpr std::string_view kPhysdev = "physdev:";
  if (text.starts_with(kPhysdev)) {
    spec.physdev = true;
    text.remove_prefix(kPhysdev.size());
  }
  if (text.size() > kMaxInterface) {
    reader.fail("interface name " + quoted(text) + " is longer than 15 characters");
    return false;
  }
  spec.interface = text;
  return true;
}

/// `NAME`, or in the old form `NAME,before,NAME` and `NAME,after,NAME`.
bool read_member(ValueReader& reader, std::string_view text, ElementSpec& spec) {
  std::string_view name = text;
  if (const std::size_t comma = find_separator(text, ','); comma != kNone) {
    name = text.substr(0, comma);
    const std::string_view rest = text.substr(comma + 1);
    const std::size_t second = find_separator(rest, ',');
    const std::string_view place = rest.substr(0, second);
    if (second == kNone || (place != "before" && place != "after")) {
      reader.fail(Failure{Failure::Kind::kSyntax, "you must specify elements as setname,[before|after],setname", 0,
                          ir::SetError::kNone});
      return false;
    }
    spec.reference = rest.substr(second + 1);
    spec.before = place == "before";
    if (!check_set_name(reader, *spec.reference)) return false;
  }
  spec.member = name;
  return check_set_name(reader, name);
}

AddressForm form_of(const ir::SetHeader& header, unsigned part) {
  using ir::SetType;
  const bool v4 = header.family != ir::Family::kIpv6;
  switch (header.type) {
    case SetType::kBitmapIpMac:
    case SetType::kHashIpMac: return AddressForm::kPlain;
    case SetType::kBitmapIp: return AddressForm::kAny;
    case SetType::kHashIpPortIp:
      if (part == 2) return AddressForm::kPlain;
      break;
    default: break;
  }
  const ir::SetPart kind = ir::set_type_row(header.type).parts[part];
  if (v4) return AddressForm::kAny;
  return kind == ir::SetPart::kNetwork ? AddressForm::kNoRange : AddressForm::kPlain;
}

bool read_part(ValueReader& reader, std::string_view text, const ir::SetHeader& header, unsigned part,
               ElementSpec& spec) {
  switch (ir::set_type_row(header.type).parts[part]) {
    case ir::SetPart::kAddress:
    case ir::SetPart::kNetwork: {
      const auto address = read_address(reader, text, *header.family, form_of(header, part));
      if (address) (part == 0 ? spec.first : spec.second) = *address;
      return address.has_value();
    }
    case ir::SetPart::kPort:
      if (header.type == ir::SetType::kBitmapPort) return read_bitmap_port(reader, text, spec.port, spec.port_to);
      return read_port_part(reader, text, header, spec);
    case ir::SetPart::kMac: spec.mac = reader.mac(text); return spec.mac.has_value();
    case ir::SetPart::kMark: {
      const auto mark = reader.number(text, 0, 0xffffffff);
      if (mark) spec.mark = static_cast<std::uint32_t>(*mark);
      return mark.has_value();
    }
    case ir::SetPart::kInterface: return read_interface(reader, text, spec);
    case ir::SetPart::kSet: return read_member(reader, text, spec);
    case ir::SetPart::kNone: return true;
  }
  return true;
}

/// Divides the text at its commas; false when there are too few or too many of them.
bool split_parts(ValueReader& reader, std::string_view text, const ir::SetTypeRow& type,
                 std::array<std::string_view, 3>& parts, unsigned& count) {
  static constexpr std::array<std::string_view, 3> kMissing = {"First", "Second", "Third"};
  static constexpr std::array<std::string_view, 3> kTooMany = {"Elem separator in ", "Two elem separators in ",
                                                               "Three elem separators in "};
  static constexpr std::array<std::string_view, 3> kSupported = {"none", "one", "two"};
  const unsigned dimension = type.dimension();
  std::string_view rest = text;
  for (count = 0;; rest = rest.substr(parts[count - 1].size() + 1)) {
    const std::size_t comma = find_separator(rest, ',');
    parts[count++] = rest.substr(0, comma);
    if (comma == kNone) break;
    if (count < dimension) continue;
    reader.fail(std::string(kTooMany[count - 1]) + std::string(text) + ", but settype " + std::string(type.name) +
                " supports " + std::string(kSupported[count - 1]) + ".");
    return false;
  }
  if (count == dimension || type.last_part_optional) return true;
  reader.fail(std::string(kMissing[count]) + " element is missing from " + std::string(text) + ".");
  return false;
}

}  // namespace

bool check_set_name(ValueReader& reader, std::string_view name) {
  if (name.size() <= kMaxSetName) return true;
  reader.fail("setname " + quoted(name) + " is longer than 31 characters");
  return false;
}

std::optional<AddressSpec> read_address(ValueReader& reader, std::string_view text, ir::Family family,
                                        AddressForm form) {
  if (!check_form(reader, text, family, form)) return std::nullopt;
  AddressSpec spec;
  std::string_view from = text;
  std::string_view to;
  if (const std::size_t slash = find_separator(text, '/'); slash != kNone) {
    from = text.substr(0, slash);
    spec.prefix = read_prefix(reader, text.substr(slash + 1), ir::address_bits(family));
    if (!spec.prefix) return std::nullopt;
  } else {
    if (!check_brackets(reader, text)) return std::nullopt;
    if (const std::size_t dash = range_dash(text); dash != kNone) {
      from = text.substr(0, dash);
      to = text.substr(dash + 1);
    }
  }
  const auto first = reader.address(from, family);
  if (!first) return std::nullopt;
  spec.from = *first;
  if (to.empty()) return spec;
  spec.to = reader.address(to, family);
  if (!spec.to) return std::nullopt;
  return spec;
}

bool read_bitmap_port(ValueReader& reader, std::string_view text, std::uint16_t& port,
                      std::optional<std::uint16_t>& port_to) {
  const std::size_t colon = find_separator(text, ':');
  std::string name = "tcp";
  if (colon != kNone) {
    name = text.substr(0, colon);
    text.remove_prefix(colon + 1);
    const auto protocol = reader.protocol(name);
    if (!protocol) return false;
    if (*protocol != ir::kProtoTcp && *protocol != ir::kProtoUdp) {
      reader.fail("Only protocols TCP and UDP are valid");
      return false;
    }
  }
  return read_ports(reader, text, name, port, port_to);
}

std::optional<ElementSpec> read_element(ValueReader& reader, std::string_view text, const ir::SetHeader& header) {
  ElementSpec spec;
  if (header.type == ir::SetType::kListSet)
    return read_member(reader, text, spec) ? std::optional(std::move(spec)) : std::nullopt;
  std::array<std::string_view, 3> parts;
  unsigned count = 0;
  if (!split_parts(reader, text, ir::set_type_row(header.type), parts, count)) return std::nullopt;
  for (unsigned i = 0; i < count; ++i)
    if (!read_part(reader, parts[i], header, i, spec)) return std::nullopt;
  return spec;
}

}  // namespace nfproof::compiler::ipset
