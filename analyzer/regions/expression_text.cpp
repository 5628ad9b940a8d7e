// SPDX-License-Identifier: Apache-2.0
// Cubes as conjunctions of matches.
#include "analyzer/regions/expression_text.h"

#include <algorithm>

#include "analyzer/regions/space_fields.h"
#include "compiler/ir/packet.h"

namespace nfproof::analyzer::regions {
namespace {

using ir::FieldId;
using ir::FieldKind;
using ir::u128;
using Intervals = ir::ValueSet::Intervals;

bool is_answer(const VariableInfo& info) {
  return info.kind == VariableInfo::Kind::kAnswer || info.kind == VariableInfo::Kind::kPick;
}

/// Packet expressions have no words for it.
bool is_speechless(const VariableInfo& info) { return is_answer(info) || info.field == FieldId::kTcpOption; }

std::string joined(const std::vector<std::string>& words, const char* between) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : between) + word;
  return text;
}

std::string hex(u128 value) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  do {
    text.insert(text.begin(), kDigits[static_cast<std::size_t>(value & 15U)]);
    value >>= 4;
  } while (value != 0);
  return "0x" + text;
}

std::string flags(u128 value) {
  std::string text = value == 0 ? "0x0" : ir::tcp_flags_text(static_cast<std::uint8_t>(value));
  for (char& c : text)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  for (std::size_t at = 0; (at = text.find(',', at)) != std::string::npos;) text.replace(at, 1, "|");
  return text;
}

/// `FIELD & MASK OP VALUE` for each part of the field that has a name.
std::vector<std::string> masked_text(FieldId field, u128 value, u128 mask, bool equal) {
  const std::string op = equal ? " == " : " != ";
  const auto one = [&](const std::string& name, unsigned shift, unsigned width) -> std::string {
    const u128 all = ir::max_of_bits(width);
    const u128 m = mask >> shift & all;
    const u128 v = value >> shift & all;
    if (m == 0) return {};
    if (field == FieldId::kTcpFlags && m != all) return name + " & (" + flags(m) + ')' + op + flags(v);
    if (field == FieldId::kTcpFlags) return name + op + flags(v);
    return name + (m == all ? "" : " & " + hex(m)) + op + hex(v);
  };
  std::vector<std::string> parts;
  if (field == FieldId::kIpTos || field == FieldId::kIp6Tclass) {
    const std::string ip = field == FieldId::kIpTos ? "ip" : "ip6";
    parts = {one(ip + " dscp", 2, 6), one(ip + " ecn", 0, 2)};
  } else {
    parts = {one(std::string(ir::field_info(field).nft), 0, ir::field_info(field).bits)};
  }
  std::erase(parts, std::string());
  return parts;
}

/// Types of ICMP as a whole, and codes of single types.
std::string icmp_text(const std::string& name, ir::Family family, const Intervals& values) {
  Intervals whole;
  std::vector<std::string> parts;
  for (const ir::Interval& range : values) {
    for (u128 type = range.lo >> 8; type <= range.hi >> 8; ++type) {
      const u128 lo = std::max(range.lo, type << 8) & 0xff;
      const u128 hi = std::min(range.hi, type << 8 | 0xff) & 0xff;
      if (lo == 0 && hi == 0xff)
        whole.push_back({type, type});
      else
        parts.push_back("(" + name + " type " + ir::format_number(type) + ' ' + name + " code " +
                        values_text(FieldKind::kNumber, family, 8, {{lo, hi}}) + ')');
    }
  }
  if (!whole.empty())
    parts.insert(parts.begin(), name + " type " +
                                    values_text(FieldKind::kNumber, family, 8,
                                                *ir::ValueSet::of_intervals(std::move(whole)).intervals()));
  if (parts.size() == 1) return parts[0].front() == '(' ? parts[0].substr(1, parts[0].size() - 2) : parts[0];
  return '(' + joined(parts, " or ") + ')';
}

}  // namespace

int RegionWriter::protocol_of(const Cube& cube) const {
  for (const Literal& literal : cube) {
    const VariableInfo& info = space_.info(literal.variable);
    if (info.field == FieldId::kTcpFlags && !contains(literal.atoms, kAbsent)) return ir::kProtoTcp;
    if (info.field != FieldId::kL4Proto || info.kind != VariableInfo::Kind::kValues) continue;
    const Intervals values = space_.values_of(literal.variable, literal.atoms);
    if (values.size() == 1 && values[0].lo == values[0].hi) return static_cast<int>(values[0].lo);
  }
  return -1;
}

std::string RegionWriter::field_name(const VariableInfo& info, int protocol) const {
  if (info.field == FieldId::kThSport || info.field == FieldId::kThDport) {
    const bool named = protocol == ir::kProtoTcp || protocol == ir::kProtoUdp || protocol == ir::kProtoSctp ||
                       protocol == ir::kProtoDccp || protocol == ir::kProtoUdplite;
    const std::string header = named ? ir::protocol_name(static_cast<std::uint8_t>(protocol)) : "th";
    return header + (info.field == FieldId::kThSport ? " sport" : " dport");
  }
  if (info.field == FieldId::kIpFragOffset) return "ip frag-off & 0x1fff";
  if (info.field == FieldId::kIp6FragOffset) return "frag frag-off & 0x1fff";
  const bool type = info.field == FieldId::kSaddrType || info.field == FieldId::kDaddrType;
  if (type && info.argument != 0)
    return std::string(info.field == FieldId::kSaddrType ? "fib saddr . " : "fib daddr . ") +
           (info.argument == 1 ? "iif type" : "oif type");
  return std::string(ir::field_info(info.field).nft);
}

/// Values that no packet of the cube has are taken out of it, and literals that every packet fulfils.
Cube RegionWriter::trimmed(Cube cube) {
  DiagramStore& store = space_.store();
  for (std::size_t i = 0; i < cube.size();) {
    Cube others = cube;
    others.erase(others.begin() + static_cast<std::ptrdiff_t>(i));
    const Ref inside = store.both(world_, condition_of(store, others));
    cube[i].possible = possible_atoms(store, inside, cube[i].variable);
    cube[i].atoms = intersection(cube[i].atoms, cube[i].possible);
    if (cube[i].atoms == cube[i].possible)
      cube.erase(cube.begin() + static_cast<std::ptrdiff_t>(i));
    else
      ++i;
  }
  return cube;
}

void RegionWriter::plain(const Cube& cube, const Literal& literal, std::vector<std::string>& words) {
  const VariableInfo& info = space_.info(literal.variable);
  const ir::FieldInfo& field = ir::field_info(info.field);
  const std::string name = field_name(info, protocol_of(cube));
  const Atom count = space_.store().atoms(literal.variable);
  AtomSet inside = literal.atoms;
  AtomSet outside = intersection(complement(literal.atoms, count), literal.possible);
  bool negated_whole = false;  // `not (...)`, also true where the field is absent
  if (info.may_be_absent) {
    const bool absent = contains(literal.atoms, kAbsent);
    const auto drop_absent = [](AtomSet& set) {
      if (!set.empty() && set.front().first == kAbsent && ++set.front().first > set.front().last)
        set.erase(set.begin());
    };
    drop_absent(inside);
    drop_absent(outside);
    negated_whole = absent;
  }
  const auto list = [&](const AtomSet& atoms) -> std::string {
    const Intervals values = space_.values_of(literal.variable, atoms);
    if (field.kind == FieldKind::kIcmp4) return icmp_text("icmp", space_.family(), values);
    if (field.kind == FieldKind::kIcmp6) return icmp_text("icmpv6", space_.family(), values);
    const bool fragment = info.field == FieldId::kIpFragOffset || info.field == FieldId::kIp6FragOffset;
    if (fragment && values == Intervals{{1, 8191}}) return name + " != 0";
    if (fragment && values == Intervals{{0, 0}}) return name + " == 0";
    if (fragment) return name.substr(0, name.find(" &")) + ' ' + values_text(field.kind, space_.family(), 13, values);
    return name + ' ' + values_text(field.kind, space_.family(), field.bits, values);
  };
  const auto pieces = [&](const AtomSet& atoms) { return space_.values_of(literal.variable, atoms).size(); };
  if (negated_whole) {
    words.push_back(outside.empty() ? "not (" + list({{1, count - 1}}) + ')' : "not (" + list(outside) + ')');
    return;
  }
  const bool icmp = field.kind == FieldKind::kIcmp4 || field.kind == FieldKind::kIcmp6;
  const bool fragment = info.field == FieldId::kIpFragOffset || info.field == FieldId::kIp6FragOffset;
  if (outside.empty()) return words.push_back(list(inside));
  if (pieces(outside) < pieces(inside) && !icmp && !fragment) {
    std::string values =
        values_text(field.kind, space_.family(), field.bits, space_.values_of(literal.variable, outside));
    const bool listed = field.kind == FieldKind::kCtState && values.find(',') != std::string::npos;
    for (std::size_t at = 0; listed && (at = values.find(',', at)) != std::string::npos; at += 2)
      values.replace(at, 1, ", ");
    return words.push_back(name + " != " + (listed ? "{ " + values + " }" : values));
  }
  words.push_back(list(inside));
}

/// All literals over one bit field. Single values of several groups are written as one.
void RegionWriter::bits(const Cube& cube, std::size_t first, std::size_t last, std::vector<std::string>& words) {
  const FieldId field = space_.info(cube[first].variable).field;
  const std::string there = field == FieldId::kTcpFlags ? "tcp sport 0-65535" : "ct state new,established,related";
  u128 value = 0;
  u128 mask = 0;
  std::vector<std::string> more;
  for (std::size_t i = first; i < last; ++i) {
    const VariableInfo& info = space_.info(cube[i].variable);
    const AtomSet& atoms = cube[i].atoms;
    const Atom begin = info.may_be_absent ? 1 : 0;
    const Atom count = space_.store().atoms(cube[i].variable);
    const bool complete = space_.is_complete(cube[i].variable);
    const bool others = !complete && contains(atoms, count - 1);  // values that no constant is
    const bool absent = info.may_be_absent && contains(atoms, kAbsent);
    std::vector<std::string> inside, outside, not_outside;
    for (Atom atom = begin; atom < (complete ? count : count - 1); ++atom) {
      const auto text = [&](bool equal) {
        return joined(masked_text(field, info.constants[atom], info.mask, equal), " ");
      };
      if (contains(atoms, atom)) inside.push_back(text(true));
      if (contains(atoms, atom) || !contains(cube[i].possible, atom)) continue;
      outside.push_back(text(true));
      not_outside.push_back(text(false));
    }
    const bool two_parts = masked_text(field, 0, info.mask, true).size() > 1;
    if (absent && (others || complete)) {
      more.push_back("not (" + joined(outside, " or ") + ')');
    } else if (absent) {
      inside.insert(inside.begin(), "not (" + there + ')');
      more.push_back('(' + joined(inside, " or ") + ')');
    } else if (others && not_outside.empty()) {
      more.push_back(there);
    } else if (others && two_parts) {
      more.push_back("not (" + joined(outside, " or ") + ')');
    } else if (others) {
      more.push_back(joined(not_outside, " "));
    } else if (inside.size() == 1) {
      for (Atom atom = begin; atom < count; ++atom)
        if (contains(atoms, atom)) value |= info.constants[atom];
      mask |= info.mask;
    } else {
      more.push_back('(' + joined(inside, " or ") + ')');
    }
  }
  if (mask != 0)
    for (const std::string& part : masked_text(field, value, mask, true)) words.push_back(part);
  words.insert(words.end(), more.begin(), more.end());
}

void RegionWriter::interfaces(const Literal& literal, std::vector<std::string>& words) const {
  const VariableInfo& info = space_.info(literal.variable);
  const std::string name(ir::field_info(info.field).nft);
  std::vector<std::size_t> inside;
  std::vector<std::size_t> outside;
  bool any_other = false;
  for (Atom atom = 0; atom < info.classes.size(); ++atom)
    for (const ir::Interval& range : info.classes[atom])
      for (u128 index = range.lo; index <= range.hi; ++index) {
        const bool in = contains(literal.atoms, atom);
        const auto& known = space_.interface_name(static_cast<std::size_t>(index));
        any_other = any_other || (in && !known.exact && known.pattern.empty());
        if (in) inside.push_back(static_cast<std::size_t>(index));
        if (!in && contains(literal.possible, atom)) outside.push_back(static_cast<std::size_t>(index));
      }
  // Names as such, and patterns with those taken out that are on the other side.
  const auto alternatives = [&](const std::vector<std::size_t>& these, const std::vector<std::size_t>& those) {
    std::vector<std::string> parts;
    std::vector<std::string> plain;
    for (const std::size_t index : these) {
      const auto& known = space_.interface_name(index);
      std::vector<std::string> taken_out;
      const std::string prefix = known.pattern.substr(0, known.exact ? 0 : known.pattern.size() - 1);
      for (const std::size_t other : those)
        if (const auto& their = space_.interface_name(other);
            !known.exact && their.pattern != known.pattern && their.pattern.starts_with(prefix))
          taken_out.push_back('"' + their.pattern + '"');
      const bool covered = std::any_of(these.begin(), these.end(), [&](std::size_t other) {
        const auto& wider = space_.interface_name(other);
        const bool matches = !wider.exact && wider.pattern.size() > 1 && wider.pattern != known.pattern &&
                             known.pattern.starts_with(wider.pattern.substr(0, wider.pattern.size() - 1));
        return matches;
      });
      if (taken_out.empty() && covered) continue;
      if (taken_out.empty())
        plain.push_back('"' + known.pattern + '"');
      else
        parts.push_back('(' + name + " \"" + known.pattern + "\" " + name + " != { " + joined(taken_out, ", ") + " })");
    }
    if (plain.size() == 1) parts.insert(parts.begin(), name + ' ' + plain[0]);
    if (plain.size() > 1) parts.insert(parts.begin(), name + " { " + joined(plain, ", ") + " }");
    return parts;
  };
  if (!any_other) {
    const auto parts = alternatives(inside, outside);
    words.push_back(parts.size() == 1 ? parts[0] : '(' + joined(parts, " or ") + ')');
    return;
  }
  const auto parts = alternatives(outside, inside);
  if (parts.size() == 1 && parts[0].front() != '(')
    words.push_back(name + " != " + parts[0].substr(name.size() + 1));
  else
    words.push_back("not (" + joined(parts, " or ") + ')');
}

std::string RegionWriter::cube_text(const Cube& given) {
  const Cube cube = trimmed(given);
  std::vector<std::string> words;
  std::vector<std::string> protocol;
  const int number = protocol_of(cube);
  const std::string header = number < 0 ? std::string() : ir::protocol_name(static_cast<std::uint8_t>(number));
  for (std::size_t i = 0; i < cube.size(); ++i) {
    const VariableInfo& info = space_.info(cube[i].variable);
    if (info.kind == VariableInfo::Kind::kBits) {
      std::size_t last = i + 1;
      while (last < cube.size() && space_.info(cube[last].variable).field == info.field) ++last;
      bits(cube, i, last, words);
      i = last - 1;
    } else if (ir::field_info(info.field).kind == FieldKind::kInterface) {
      interfaces(cube[i], words);
    } else if (info.field == FieldId::kL4Proto) {
      plain(cube, cube[i], protocol);
    } else {
      plain(cube, cube[i], words);
    }
  }
  // `tcp dport 22` says the protocol itself.
  const std::string icmp = number == ir::kProtoIcmp6 ? "icmpv6" : header;
  const bool said = std::any_of(words.begin(), words.end(), [&](const std::string& word) {
    return !header.empty() && (word.starts_with(header + ' ') || word.starts_with(icmp + ' '));
  });
  if (!said) words.insert(words.end(), protocol.begin(), protocol.end());
  if (words.empty()) return space_.family() == ir::Family::kIpv4 ? "meta nfproto ipv4" : "meta nfproto ipv6";
  return joined(words, " ");
}

std::string RegionWriter::alternatives(const std::vector<Cube>& cubes) {
  std::vector<std::string> parts;
  for (const Cube& cube : cubes) parts.push_back(cube_text(cube));
  if (parts.size() == 1) return parts[0];
  for (std::string& part : parts)
    if (part.find(' ') != std::string::npos) part = '(' + part + ')';
  return joined(parts, " or ");
}

RegionText RegionWriter::write(Ref region, std::size_t most_cubes) {
  DiagramStore& store = space_.store();
  RegionText text;
  std::vector<bool> speechless(store.variables(), false);
  const std::vector<bool> support = store.support(region);
  for (Variable variable = 0; variable < store.variables(); ++variable) {
    speechless[variable] = is_speechless(space_.info(variable));
    if (!speechless[variable] || !support[variable]) continue;
    text.depends_on.push_back(variable);
  }
  if (!text.depends_on.empty()) {
    const Ref possible = store.exists(region, speechless);
    const Ref impossible = store.exists(store.without(world_, region), speechless);
    text.certain = store.both(possible, impossible) == kNo;
    region = possible;
  }
  const Ref others = store.without(world_, region);
  const Cover direct = cover(store, region, store.negate(others), most_cubes);
  // What the smallest cube around it has too much.
  Cube around;
  for (Literal& literal : hull(store, region)) {
    // A literal that every packet there fulfils says nothing.
    const Ref test = store.test(literal.variable, literal.atoms);
    if (store.without(world_, test) != kNo) around.push_back(std::move(literal));
  }
  const Ref much = store.without(store.both(world_, condition_of(store, around)), region);
  const std::size_t most = direct.complete ? direct.cubes.size() : most_cubes;
  if (direct.cubes.size() > 1 && much != kNo) {
    const Cover taken_out = cover(store, much, store.negate(region), most);
    if (taken_out.complete && taken_out.cubes.size() + 1 < direct.cubes.size()) {
      const std::string base = around.empty() ? std::string() : cube_text(around) + ' ';
      text.expression = base + "not (" + alternatives(taken_out.cubes) + ')';
      return text;
    }
  }
  text.complete = direct.complete;
  text.expression = alternatives(direct.cubes);
  return text;
}

}  // namespace nfproof::analyzer::regions
