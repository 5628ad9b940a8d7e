// SPDX-License-Identifier: Apache-2.0
// The columns of `iptables -L`: see listing.h.
#include "compiler/commands/listing.h"

#include <netdb.h>

#include <algorithm>
#include <cctype>
#include <optional>

#include "compiler/commands/module_listing.h"
#include "compiler/extensions/values.h"

namespace nfproof::compiler {
namespace {

/// At least `width` bytes wide; blanks on the right.
void append_left(std::string& out, std::string_view text, std::size_t width) {
  out += text;
  if (text.size() < width) out.append(width - text.size(), ' ');
}

void append_right(std::string& out, std::string_view text, std::size_t width) {
  if (text.size() < width) out.append(width - text.size(), ' ');
  out += text;
}

/// 99999 and 100K, 9999K and 10M...
std::string short_number(std::uint64_t number) {
  if (number <= 99999) return std::to_string(number);
  for (const char unit : {'K', 'M', 'G'}) {
    number = (number + 500) / 1000;
    if (number <= 9999) return std::to_string(number) + unit;
  }
  return std::to_string((number + 500) / 1000) + 'T';
}

void append_number(std::string& out, std::uint64_t number, const ListFormat& format) {
  append_right(out, format.exact ? std::to_string(number) : short_number(number), format.exact ? 8 : 5);
  out += ' ';
}

/// The basic options of a rule, as its text has them. Absent ones are empty.
struct BasicColumns {
  struct Value {
    std::string_view text;
    bool negated = false;
  };
  Value source, destination, in, out, protocol;
  bool fragment = false;
  bool no_fragment = false;
};

/// A name may hold blanks (`-i a b`), so a value ends where the next option begins.
BasicColumns columns_of(std::string_view basic) {
  BasicColumns columns;
  while (!basic.empty()) {
    const bool negated = basic.starts_with("! ");
    if (negated) basic.remove_prefix(2);
    const char letter = basic.size() > 1 ? basic[1] : '\0';
    basic.remove_prefix(std::min<std::size_t>(3, basic.size()));
    if (letter == 'f') {
      (negated ? columns.no_fragment : columns.fragment) = true;
      continue;
    }
    std::size_t end = basic.size();
    for (const std::string_view next : {" -d ", " -i ", " -o ", " -p ", " -f", " ! -"})
      end = std::min(end, basic.find(next));
    const BasicColumns::Value value{basic.substr(0, end), negated};
    switch (letter) {
      case 's': columns.source = value; break;
      case 'd': columns.destination = value; break;
      case 'i': columns.in = value; break;
      case 'o': columns.out = value; break;
      case 'p': columns.protocol = value; break;
      default: break;
    }
    basic.remove_prefix(std::min(end + 1, basic.size()));
  }
  return columns;
}

/// Without its mask when that is the whole address.
std::string address_text(const BasicColumns::Value& value, ir::Family family, bool numeric) {
  if (value.text.empty()) return numeric ? (family == ir::Family::kIpv4 ? "0.0.0.0/0" : "::/0") : "anywhere";
  const std::string_view whole = family == ir::Family::kIpv4 ? "/32" : "/128";
  std::string_view text = value.text;
  if (text.ends_with(whole)) text.remove_suffix(whole.size());
  if (text == "0.0.0.0/0" && !numeric) return "anywhere";
  return std::string(text);
}

/// The names that iptables knows without asking (xtables_chain_protos); others only when names are wanted.
std::string protocol_column(std::string_view text, const ListFormat& format) {
  const auto number = text.empty() ? std::uint8_t{0} : parse_protocol(text);
  if (!number) return std::string(text);
  if (format.numeric && !format.one_line) return std::to_string(*number);
  return list_protocol(*number, format.numeric);
}

void append_addresses(std::string& out, const BasicColumns& columns, ir::Family family, const ListFormat& format) {
  const std::size_t width = format.one_line ? 0 : 19;
  out += columns.source.negated ? '!' : ' ';
  append_left(out, address_text(columns.source, family, format.numeric), width);
  out += ' ';
  out += columns.destination.negated ? '!' : ' ';
  if (format.one_line) out += "-> ";
  append_left(out, address_text(columns.destination, family, format.numeric), width);
  out += ' ';
}

void append_interface(std::string& out, const BasicColumns::Value& value, const char* label, const ListFormat& format) {
  std::string text = value.negated ? "!" : "";
  text += value.text.empty() ? (format.numeric ? "*" : "any") : value.text;
  if (format.one_line) out += label;
  append_left(out, text, format.one_line ? 0 : 6);
  out += ' ';
}

}  // namespace

void append_list_header(std::string& out, const ListedChain& chain, const ListFormat& format) {
  out += "Chain " + std::string(chain.name);
  if (chain.base != nullptr) {
    out += " (policy " + std::string(ir::verdict_name(chain.base->policy));
    const auto number = [&format](std::uint64_t count) {
      return format.exact ? std::to_string(count) : short_number(count);
    };
    if (format.counters)
      out += ' ' + number(chain.counters.packets) + " packets, " + number(chain.counters.bytes) + " bytes";
    out += ")\n";
  } else {
    out += " (" + std::to_string(chain.references) + " references)\n";
  }
  if (format.line_numbers) out += "num  ";
  if (format.counters) out += format.exact ? "    pkts      bytes " : " pkts bytes ";
  out += "target     prot opt";
  if (format.counters) out += " in     out   ";
  out += format.counters ? "  " : " ";
  append_left(out, "source", 19);
  out += "  ";
  append_left(out, "destination", 19);
  out += " \n";
}

void append_list_rule(std::string& out, const ir::Rule& rule, const ir::Counters& counters, std::size_t number,
                      const RulePlace& place, const ListFormat& format) {
  const BasicColumns columns = columns_of(rule.basic);
  if (format.line_numbers) {
    append_left(out, std::to_string(number), 4);
    out += ' ';
  }
  if (format.counters && !format.one_line) {
    append_number(out, counters.packets, format);
    append_number(out, counters.bytes, format);
  }
  // NOTRACK is another name for CT, which listings do not use.
  std::string_view target = rule.target ? rule.target->name.view() : std::string_view{};
  if (target == "NOTRACK") target = "CT";
  append_left(out, target, format.one_line ? 0 : 9);
  out += ' ';
  out += columns.protocol.negated ? '!' : ' ';
  append_left(out, protocol_column(columns.protocol.text, format), format.one_line ? 0 : 5);
  if (format.one_line) out += " opt ";
  out += columns.fragment ? "-f " : columns.no_fragment ? "!f " : "-- ";
  if (format.counters || format.one_line) {
    if (!format.one_line) out += ' ';
    append_interface(out, columns.in, "in ", format);
    append_interface(out, columns.out, "out ", format);
  }
  append_addresses(out, columns, place.family, format);
  if (format.one_line) out += ' ';
  if (rule.verdict.kind == ir::VerdictKind::kGoto) out += "[goto] ";
  append_modules(out, rule, place, format.numeric);
  out += '\n';
}

}  // namespace nfproof::compiler
