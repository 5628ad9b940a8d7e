// SPDX-License-Identifier: Apache-2.0
// Elements are read as numbers here, by the type that the set has: see element_check.h. Types that are not known here
// hold anything.
#include "compiler/frontend/nft/element_check.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string>

#include "compiler/extensions/values.h"
#include "compiler/frontend/nft/duration.h"
#include "compiler/frontend/nft/rule_headers.h"
#include "compiler/frontend/nft/special_matches.h"
#include "compiler/ir/address.h"

namespace nfproof::compiler::nft {
namespace {

using Kind = Expr::Kind;
using ir::u128;

struct Type {
  std::string_view name;
  unsigned bits;
  std::string_view one;  ///< of its values, for messages
};
constexpr std::array<Type, 5> kTypes = {{{"ipv4_addr", 32, "an IPv4 address"},
                                         {"ipv6_addr", 128, "an IPv6 address"},
                                         {"inet_service", 16, "a port"},
                                         {"inet_proto", 8, "a protocol"},
                                         {"mark", 32, "a mark"}}};

/// Of all versions, and fields that are one word.
constexpr std::array<std::string_view, 62> kKnownTypes = {
    "arp_op",      "bitmask",     "boolean",    "cgroupsv2",    "classid",    "cpu",          "ct_dir",    "ct_event",
    "ct_id",       "ct_label",    "ct_state",   "ct_status",    "day",        "dccp_pkttype", "devgroup",  "dscp",
    "ecn",         "ether_addr",  "ether_type", "fib_addrtype", "gid",        "hour",         "icmp_code", "icmp_type",
    "icmpv6_code", "icmpv6_type", "icmpx_code", "iface_index",  "iface_type", "ifkind",       "ifname",    "igmp_type",
    "iif",         "iifgroup",    "iifname",    "iiftype",      "inet_proto", "inet_service", "integer",   "ipv4_addr",
    "ipv6_addr",   "l4proto",     "ll_addr",    "mark",         "mh_type",    "nf_proto",     "nfproto",   "nft_proto",
    "oif",         "oifgroup",    "oifname",    "oiftype",      "pkt_type",   "pkttype",      "realm",     "rtclassid",
    "skgid",       "skuid",       "string",     "tcp_flag",     "time",       "uid"};

const Type* type_of(std::string_view name) {
  const std::string_view held = data_type_of(name);
  for (const Type& each : kTypes)
    if (each.name == held) return &each;
  return nullptr;
}

std::optional<u128> value_of(const Type& type, std::string_view text) {
  if (type.name == "ipv4_addr") {
    if (const auto address = ir::parse_address(text, ir::Family::kIpv4)) return address;
  }
  if (type.name == "ipv6_addr") return ir::parse_address(text, ir::Family::kIpv6);
  if (const auto number = read_plain_number(text))
    return *number <= ir::max_of_bits(type.bits) ? std::optional<u128>(*number) : std::nullopt;
  if (type.name == "inet_service") {
    if (const auto port = parse_port(text)) return *port;
  } else if (type.name == "inet_proto") {
    if (const auto protocol = parse_protocol(text)) return *protocol;
  }
  return std::nullopt;
}

struct Read {
  enum class State : std::uint8_t { kGood, kBad, kBackward, kUnknown } state = State::kUnknown;
  ir::Interval range{};
  bool ranged = false;  ///< written as a range or a prefix
};

Read between(const Type& type, std::string_view first, std::string_view last) {
  const auto lo = value_of(type, first), hi = value_of(type, last);
  if (!lo || !hi) return {Read::State::kBad, {}, true};
  return {*lo <= *hi ? Read::State::kGood : Read::State::kBackward, {*lo, *hi}, true};
}

Read read(const Type& type, const Expr& expr) {
  if (expr.kind == Kind::kRange) return between(type, expr.parts[0].text, expr.parts[1].text);
  if (expr.kind != Kind::kWord || expr.text == "*") return {};
  const std::string_view text = expr.text;
  if (const auto single = value_of(type, text)) return {Read::State::kGood, {*single, *single}, false};
  if (const std::size_t dash = text.find('-'); dash != std::string_view::npos)
    return between(type, text.substr(0, dash), text.substr(dash + 1));
  const std::size_t slash = text.find('/');
  const auto first = value_of(type, text.substr(0, slash));
  const auto prefix = slash == std::string_view::npos ? std::nullopt : read_plain_number(text.substr(slash + 1));
  if (!first || !prefix || *prefix > type.bits) return {Read::State::kBad, {}, false};
  const u128 mask = ir::prefix_mask(static_cast<unsigned>(*prefix), type.bits);
  return {
      Read::State::kGood, {*first & mask, (*first & mask) | (ir::max_of_bits(type.bits) & ~mask)}, *prefix < type.bits};
}

struct Keyed {
  ir::Interval range;
  const Expr* element;
};

std::string data_of(const Expr& element) {
  if (element.parts.size() < 2) return {};
  const Expr& data = element.parts[1];
  std::string text = plain_text(data);
  for (const Token& word : data.words) text += ' ' + std::string(word.text);
  return text;
}

/// Equal keys are one element, when what they map to is equal, too.
bool tell_overlap(std::vector<Keyed> keys, source::Diagnostics& diagnostics) {
  std::stable_sort(keys.begin(), keys.end(), [](const Keyed& a, const Keyed& b) { return a.range.lo < b.range.lo; });
  for (std::size_t i = 0; i + 1 < keys.size(); ++i) {
    const Keyed &one = keys[i], &next = keys[i + 1];
    if (next.range.lo > one.range.hi) continue;
    const bool same = one.range.lo == next.range.lo && one.range.hi == next.range.hi;
    if (same && data_of(*one.element) == data_of(*next.element)) continue;
    const Expr& later = one.element < next.element ? *next.element : *one.element;
    const Expr& earlier = one.element < next.element ? *one.element : *next.element;
    diagnostics.error("bad-nft", later.span,
                      "the key `" + plain_text(later.parts.front()) + "` overlaps `" +
                          plain_text(earlier.parts.front()) + "` before it" +
                          (later.parts.size() > 1 ? "" : "; `auto-merge` in the set joins them"));
    return false;
  }
  return true;
}

class SetCheck {
 public:
  SetCheck(StoredTable& table, source::Diagnostics& diagnostics) : table_(table), diagnostics_(diagnostics) {}

  void run(const StoredSet& set) {
    if (set.key_types.empty()) return fail(set.span, "the set `" + set.name + "` does not say its type");
    for (const std::string& type : set.key_types) {
      const bool named = type.find_first_of(" .") == std::string::npos;  // else it is a field, of `typeof`
      if (named && std::find(kKnownTypes.begin(), kKnownTypes.end(), type) == kKnownTypes.end())
        return fail(set.span, type.empty() ? "expected types joined by `.` in the set `" + set.name + '`'
                                           : "there is no type `" + type + "` for the set `" + set.name + '`');
    }
    if (set.is_map && set.data_types.empty())
      return fail(set.span, "the map `" + set.name + "` does not say what it maps to: `type KEY : VALUE`");
    const Type* type = set.key_types.size() == 1 ? type_of(set.key_types.front()) : nullptr;
    std::vector<Keyed> keys;
    for (const Expr& element : set.elements) {
      if (!data(set, element)) return;
      if (type == nullptr && !joined_key(set, element.parts.front())) return;
      if (type == nullptr) continue;
      const Read found = read(*type, element.parts.front());
      if (!key(set, *type, element.parts.front(), found)) return;
      if (found.state == Read::State::kGood) keys.push_back({found.range, &element});
    }
    if (!set.auto_merge) (void)tell_overlap(std::move(keys), diagnostics_);
  }

 private:
  void fail(const source::Span& span, std::string message) { diagnostics_.error("bad-nft", span, std::move(message)); }

  /// Keys of several values.
  bool joined_key(const StoredSet& set, const Expr& written) {
    if (set.key_types.size() < 2 || written.text == "*") return true;
    if (written.kind != Kind::kConcat || written.parts.size() != set.key_types.size())
      return fail(written.span, "expected " + std::to_string(set.key_types.size()) + " values joined by `.`"), false;
    for (std::size_t i = 0; i < written.parts.size(); ++i) {
      const Type* type = type_of(set.key_types[i]);
      if (type != nullptr && !key(set, *type, written.parts[i], read(*type, written.parts[i]))) return false;
    }
    return true;
  }

  bool key(const StoredSet& set, const Type& type, const Expr& written, const Read& found) {
    if (found.state == Read::State::kBad)
      return fail(written.span, "expected " + std::string(type.one) + ", found `" + plain_text(written) + '`'), false;
    if (found.state == Read::State::kBackward)
      return fail(written.span, "the range `" + plain_text(written) + "` ends before it begins"), false;
    if (found.ranged && !set.interval && !set.auto_merge)
      return fail(written.span, "ranges and prefixes need `flags interval` in the set `" + set.name + '`'), false;
    return true;
  }

  bool data(const StoredSet& set, const Expr& element) {
    const bool has_data = element.parts.size() > 1;
    if (has_data && !set.is_map)
      return fail(element.span, "`KEY : VALUE` belongs into a map, and `" + set.name + "` is a set"), false;
    if (!has_data) return !set.is_map || (fail(element.span, "expected `KEY : VALUE`"), false);
    const Expr& value = element.parts[1];
    const bool verdict = set.data_types.front() == "verdict";
    if (verdict != (value.kind == Kind::kVerdict))
      return fail(value.span, verdict ? "expected a verdict" : "a verdict belongs into a map of verdicts"), false;
    const Type* type = set.data_types.size() == 1 ? type_of(set.data_types.front()) : nullptr;
    if (type != nullptr && value.kind == Kind::kWord && read(*type, value).state == Read::State::kBad)
      return fail(value.span, "expected " + std::string(type->one) + ", found `" + plain_text(value) + '`'), false;
    if (!verdict || value.words.size() < 2 || table_.find_chain(value.words.back().text) != nullptr) return true;
    return fail(value.words.back().span, "there is no chain `" + std::string(value.words.back().text) + '`'), false;
  }

  StoredTable& table_;
  source::Diagnostics& diagnostics_;
};

}  // namespace

void check_sets(StoredTable& table, source::Diagnostics& diagnostics) {
  SetCheck check(table, diagnostics);
  for (const StoredSet& set : table.sets) check.run(set);
}

bool check_overlaps(const std::vector<Expr>& elements, std::string_view type, source::Diagnostics& diagnostics) {
  const Type* of = type_of(type);
  std::vector<Keyed> keys;
  for (const Expr& element : elements) {
    const bool nested = !element.parts.empty() && element.parts.front().kind == Kind::kSet;
    const Read found = of == nullptr || nested ? Read{} : read(*of, element.parts.front());
    if (found.state == Read::State::kGood) keys.push_back({found.range, &element});
  }
  return tell_overlap(std::move(keys), diagnostics);
}

}  // namespace nfproof::compiler::nft
