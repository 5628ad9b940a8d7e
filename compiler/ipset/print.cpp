// SPDX-License-Identifier: Apache-2.0
// See print.h.
#include "compiler/ipset/print.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <numeric>
#include <tuple>
#include <utility>

#include "compiler/ir/field.h"

namespace nfproof::compiler::ipset {
namespace {

using ir::SetElement;
using ir::SetPart;
using ir::u128;

std::string hex(std::uint64_t number, int digits) {
  std::array<char, 24> text{};
  std::snprintf(text.data(), text.size(), "0x%0*llx", digits, static_cast<unsigned long long>(number));
  return text.data();
}

std::string mac_text(std::uint64_t mac) {
  std::string text;
  for (int shift = 40; shift >= 0; shift -= 8) {
    std::array<char, 4> byte{};
    std::snprintf(byte.data(), byte.size(), "%02X", static_cast<unsigned>(mac >> static_cast<unsigned>(shift) & 0xffU));
    text += byte.data();
    if (shift > 0) text += ':';
  }
  return text;
}

std::string network_text(u128 address, unsigned prefix, ir::Family family) {
  std::string text = ir::format_address(address, family);
  if (prefix != ir::address_bits(family)) text += '/' + std::to_string(prefix);
  return text;
}

std::string port_text(std::uint8_t protocol, std::uint16_t port, bool ipv6) {
  std::string text = protocol_name(protocol) + ':';
  if (protocol == ir::kProtoIcmp6 || (protocol == ir::kProtoIcmp && !ipv6))
    return text + icmp_text(port, protocol == ir::kProtoIcmp6);
  return text + std::to_string(port);
}

/// Options as they follow each other in a header: name and value, or the name alone.
using Fields = std::vector<std::pair<std::string, std::string>>;

void add_masks(const ir::SetHeader& header, Fields& fields) {
  if (header.netmask) fields.emplace_back("netmask", std::to_string(*header.netmask));
  if (header.bitmask)
    fields.emplace_back("bitmask", ir::format_address(*header.bitmask, header.family.value_or(ir::Family::kIpv4)));
}

void add_extensions(const ir::SetHeader& header, Fields& fields) {
  if (header.timeout) fields.emplace_back("timeout", std::to_string(*header.timeout));
  if (header.counters) fields.emplace_back("counters", "");
  if (header.comments) fields.emplace_back("comment", "");
  if (header.skbinfo) fields.emplace_back("skbinfo", "");
}

Fields hash_fields(const ir::SetHeader& header) {
  Fields fields;
  if (header.family) fields.emplace_back("family", *header.family == ir::Family::kIpv6 ? "inet6" : "inet");
  if (header.type == ir::SetType::kHashIpMark) fields.emplace_back("markmask", hex(header.markmask, 8));
  fields.emplace_back("hashsize", std::to_string(header.hashsize));
  fields.emplace_back("maxelem", std::to_string(header.maxelem));
  if (header.type == ir::SetType::kHashIp) add_masks(header, fields);
  add_extensions(header, fields);
  fields.emplace_back("bucketsize", std::to_string(header.bucketsize));
  fields.emplace_back("initval", hex(header.initval.value_or(0), 8));
  if (header.type != ir::SetType::kHashIp) add_masks(header, fields);
  return fields;
}

Fields header_fields(const ir::SetHeader& header) {
  const ir::SetTypeRow& type = ir::set_type_row(header.type);
  if (type.is_hash()) return hash_fields(header);
  Fields fields;
  if (type.is_bitmap()) {
    const auto text = [&](std::uint32_t value) {
      return header.type == ir::SetType::kBitmapPort ? std::to_string(value)
                                                     : ir::format_address(value, ir::Family::kIpv4);
    };
    fields.emplace_back("range", text(header.range_lo) + '-' + text(header.range_hi));
    add_masks(header, fields);
  } else {
    fields.emplace_back("size", std::to_string(header.size));
  }
  add_extensions(header, fields);
  return fields;
}

/// What stands behind an element.
Fields extra_fields(const ir::Set& set, std::size_t index, ir::SetTime now) {
  const ir::SetHeader& header = set.header();
  const ir::SetExtras extras = set.extras(index);
  Fields fields;
  if (header.timeout) {
    fields.emplace_back("timeout", std::to_string(ir::seconds_left(extras.expires, now)));
  }
  if (set.element(index).nomatch) fields.emplace_back("nomatch", "");
  if (set.element(index).wildcard) fields.emplace_back("wildcard", "");
  if (header.counters) {
    fields.emplace_back("packets", std::to_string(extras.packets));
    fields.emplace_back("bytes", std::to_string(extras.bytes));
  }
  if (header.comments && !extras.comment.empty()) fields.emplace_back("comment", '"' + extras.comment + '"');
  const ir::SkbInfo& skb = extras.skb;
  if (skb.mark != 0 || skb.mask != 0)
    fields.emplace_back("skbmark", hex(skb.mark, 0) + (skb.mask == 0xffffffff ? "" : '/' + hex(skb.mask, 0)));
  if (skb.priority != 0) {
    std::array<char, 16> text{};
    std::snprintf(text.data(), text.size(), "%x:%x", skb.priority >> 16U, skb.priority & 0xffffU);
    fields.emplace_back("skbprio", text.data());
  }
  if (skb.queue != 0) fields.emplace_back("skbqueue", std::to_string(skb.queue));
  return fields;
}

void append_words(std::string& out, const Fields& fields) {
  for (const auto& [name, value] : fields) {
    out += ' ';
    out += name;
    if (!value.empty()) (out += ' ') += value;
  }
}

void append_xml(std::string& out, const Fields& fields) {
  for (const auto& [name, value] : fields)
    out += value.empty() ? '<' + name + "/>" : '<' + name + '>' + value + "</" + name + '>';
}

/// Numbers as numbers, wider networks behind the narrower ones within them.
auto sort_key(const ir::Set& set, const SetElement& element) {
  const std::string name = set.header().type == ir::SetType::kHashNetIface ? set.interface(element.link) : "";
  return std::tuple(element.first, -static_cast<int>(element.prefix), element.protocol, element.port, element.second,
                    -static_cast<int>(element.prefix2), name.empty() ? element.link : 0, name);
}

std::vector<std::size_t> elements_in_order(const ir::Set& set, const PrintOptions& options) {
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < set.size(); ++i)
    if (!set.expired(i, options.now)) order.push_back(i);
  if (set.header().type == ir::SetType::kListSet) return order;
  if (options.sorted || set.type().is_bitmap())
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
      return sort_key(set, set.element(a)) < sort_key(set, set.element(b));
    });
  return order;
}

std::vector<ir::SetId> chosen(const ir::SetTable& sets, std::optional<ir::SetId> only) {
  return only ? std::vector{*only} : sets.in_order();
}

std::size_t rule_references(const PrintOptions& options, const ir::Set& set) {
  return options.in_rules == nullptr ? 0 : options.in_rules->count(set.name());
}

/// An estimate: the kernel's own number depends on its hash table.
std::size_t memory_of(const ir::Set& set) {
  constexpr std::size_t kBase = 200;
  constexpr std::size_t kElement = 64;
  const ir::SetHeader& header = set.header();
  std::size_t element = kElement;
  if (header.timeout) element += 8;
  if (header.counters) element += 16;
  if (header.comments) element += 8;
  if (header.skbinfo) element += 16;
  return kBase + set.size() * element;
}

}  // namespace

std::string element_text(const ir::SetTable& sets, const ir::Set& set, const SetElement& element) {
  const ir::SetHeader& header = set.header();
  const ir::Family family = header.family.value_or(ir::Family::kIpv4);
  std::string text;
  const auto& parts = set.type().parts;
  for (std::size_t i = 0; i < parts.size() && parts[i] != SetPart::kNone; ++i) {
    if (parts[i] == SetPart::kMac && set.type().is_bitmap() && !element.has_mac) break;
    if (i > 0) text += ',';
    switch (parts[i]) {
      case SetPart::kAddress: text += ir::format_address(i == 0 ? element.first : element.second, family); break;
      case SetPart::kNetwork:
        text += i == 0 ? network_text(element.first, element.prefix, family)
                       : network_text(element.second, element.prefix2, family);
        break;
      case SetPart::kPort:
        text += set.type().is_bitmap() ? ir::format_number(element.first)
                                       : port_text(element.protocol, element.port, header.family == ir::Family::kIpv6);
        break;
      case SetPart::kMac: text += mac_text(element.link); break;
      case SetPart::kMark: text += hex(element.link, 8); break;
      case SetPart::kInterface: text += (element.physdev ? "physdev:" : "") + set.interface(element.link); break;
      case SetPart::kSet: text += sets[ir::SetId{static_cast<std::uint32_t>(element.link)}].name(); break;
      case SetPart::kNone: break;
    }
  }
  return text;
}

std::string spec_text(const ir::SetHeader& header, const ElementSpec& spec) {
  const ir::SetTypeRow& type = ir::set_type_row(header.type);
  const ir::Family family = header.family.value_or(ir::Family::kIpv4);
  std::string text;
  for (std::size_t i = 0; i < type.parts.size() && type.parts[i] != SetPart::kNone; ++i) {
    if (type.parts[i] == SetPart::kMac && !spec.mac) break;
    if (i > 0) text += ',';
    const AddressSpec& address = i == 0 ? spec.first : spec.second;
    switch (type.parts[i]) {
      case SetPart::kAddress:
      case SetPart::kNetwork:
        text += network_text(address.from, address.prefix.value_or(ir::address_bits(family)), family);
        if (address.to && i == 0) text += '-' + ir::format_address(*address.to, family);
        break;
      case SetPart::kPort:
        text += type.is_bitmap() ? std::to_string(spec.port)
                                 : port_text(spec.protocol, spec.port, header.family == ir::Family::kIpv6);
        break;
      case SetPart::kMac: text += mac_text(*spec.mac); break;
      case SetPart::kMark: text += hex(spec.mark, 8); break;
      case SetPart::kInterface: text += spec.interface; break;
      case SetPart::kSet: text += spec.member + (spec.reference ? " after " + *spec.reference : ""); break;
      case SetPart::kNone: break;
    }
  }
  return text;
}

std::string save_text(const ir::SetTable& sets, std::optional<ir::SetId> only, const PrintOptions& options) {
  std::string out;
  for (const ir::SetId id : chosen(sets, only)) {
    const ir::Set& set = sets[id];
    out += "create " + set.name() + ' ' + std::string(set.type().name);
    append_words(out, header_fields(set.header()));
    out += '\n';
    if (options.terse) continue;
    for (const std::size_t index : elements_in_order(set, options)) {
      out += "add " + set.name() + ' ' + element_text(sets, set, set.element(index));
      append_words(out, extra_fields(set, index, options.now));
      out += '\n';
    }
  }
  return out;
}

std::string list_text(const ir::SetTable& sets, std::optional<ir::SetId> only, const PrintOptions& options) {
  std::string out;
  for (const ir::SetId id : chosen(sets, only)) {
    const ir::Set& set = sets[id];
    if (options.names_only) {
      out += set.name() + '\n';
      continue;
    }
    const auto order = elements_in_order(set, options);
    if (!out.empty()) out += '\n';
    out += "Name: " + set.name() + "\nType: " + std::string(set.type().name) +
           "\nRevision: " + std::to_string(set.type().revision) + "\nHeader:";
    append_words(out, header_fields(set.header()));
    out += "\nSize in memory: " + std::to_string(memory_of(set)) +
           "\nReferences: " + std::to_string(sets.references(id) + rule_references(options, set)) +
           "\nNumber of entries: " + std::to_string(order.size()) + '\n';
    if (options.terse) continue;
    out += "Members:\n";
    for (const std::size_t index : order) {
      out += element_text(sets, set, set.element(index));
      append_words(out, extra_fields(set, index, options.now));
      out += '\n';
    }
  }
  return out;
}

std::string xml_text(const ir::SetTable& sets, std::optional<ir::SetId> only, const PrintOptions& options) {
  std::string out = "<ipsets>\n";
  for (const ir::SetId id : chosen(sets, only)) {
    const ir::Set& set = sets[id];
    if (options.names_only) {
      out += "<ipset name=\"" + set.name() + "\"/>\n";
      continue;
    }
    const auto order = elements_in_order(set, options);
    out += "<ipset name=\"" + set.name() + "\">\n<type>" + std::string(set.type().name) + "</type>\n<revision>" +
           std::to_string(set.type().revision) + "</revision>\n<header>";
    append_xml(out, header_fields(set.header()));
    out += "\n<memsize>" + std::to_string(memory_of(set)) + "</memsize>\n<references>" +
           std::to_string(sets.references(id) + rule_references(options, set)) + "</references>\n<numentries>" +
           std::to_string(order.size()) + "</numentries>\n</header>\n";
    if (!options.terse) {
      out += "<members>\n";
      for (const std::size_t index : order) {
        out += "<member><elem>" + element_text(sets, set, set.element(index)) + "</elem>";
        append_xml(out, extra_fields(set, index, options.now));
        out += "</member>\n";
      }
      out += "</members>\n";
    }
    out += "</ipset>\n";
  }
  return out + "</ipsets>\n";
}

}  // namespace nfproof::compiler::ipset
