// SPDX-License-Identifier: Apache-2.0
// Bytes at places of the packet: raw payload expressions and parts of headers that the field table does not have. Where
// the place is that of a field, it is a test of the field; else it is what the match `u32` can say.
#include <algorithm>
#include <array>

#include "compiler/extensions/values.h"
#include "compiler/frontend/nft/duration.h"
#include "compiler/frontend/nft/fields.h"
#include "compiler/frontend/nft/special_matches.h"

namespace nfproof::compiler::nft {
namespace {

using ir::FieldId;
using ir::FieldTest;
using ir::Predicate;
using ir::u128;
using ir::ValueSet;
using Kind = Expr::Kind;

enum class Base : std::uint8_t { kNetwork, kTransport };

struct Place {
  Base base{};
  unsigned offset = 0;  ///< in bits
  unsigned bits = 0;
  std::optional<ir::Family> only;
  std::uint8_t protocol = 0;  ///< that the header belongs to, 0: any
};

struct NamedPlace {
  std::string_view path;
  Place place;
};
const std::array kNames = std::to_array<NamedPlace>({
    {"ip hdrlength", {Base::kNetwork, 4, 4, ir::Family::kIpv4, 0}},
    {"ip id", {Base::kNetwork, 32, 16, ir::Family::kIpv4, 0}},
    {"ip frag-off", {Base::kNetwork, 48, 16, ir::Family::kIpv4, 0}},
    {"ip checksum", {Base::kNetwork, 80, 16, ir::Family::kIpv4, 0}},
    {"ip6 flowlabel", {Base::kNetwork, 12, 20, ir::Family::kIpv6, 0}},
    {"ip6 length", {Base::kNetwork, 32, 16, ir::Family::kIpv6, 0}},
    {"ip6 nexthdr", {Base::kNetwork, 48, 8, ir::Family::kIpv6, 0}},
    {"tcp sequence", {Base::kTransport, 32, 32, {}, ir::kProtoTcp}},
    {"tcp ackseq", {Base::kTransport, 64, 32, {}, ir::kProtoTcp}},
    {"tcp doff", {Base::kTransport, 96, 4, {}, ir::kProtoTcp}},
    {"tcp window", {Base::kTransport, 112, 16, {}, ir::kProtoTcp}},
    {"tcp checksum", {Base::kTransport, 128, 16, {}, ir::kProtoTcp}},
    {"tcp urgptr", {Base::kTransport, 144, 16, {}, ir::kProtoTcp}},
    {"udp length", {Base::kTransport, 32, 16, {}, ir::kProtoUdp}},
    {"udp checksum", {Base::kTransport, 48, 16, {}, ir::kProtoUdp}},
    {"icmp checksum", {Base::kTransport, 16, 16, {}, ir::kProtoIcmp}},
    {"icmp id", {Base::kTransport, 32, 16, {}, ir::kProtoIcmp}},
    {"icmp sequence", {Base::kTransport, 48, 16, {}, ir::kProtoIcmp}},
    {"icmp gateway", {Base::kTransport, 32, 32, {}, ir::kProtoIcmp}},
    {"icmp mtu", {Base::kTransport, 48, 16, {}, ir::kProtoIcmp}},
});

/// Fields by their place.
struct FieldPlace {
  Base base{};
  ir::Family family{};
  unsigned offset = 0;
  unsigned bits = 0;
  FieldId field{};
  std::uint8_t protocol = 0;
};
constexpr std::array kFields = std::to_array<FieldPlace>({
    {Base::kNetwork, ir::Family::kIpv4, 8, 8, FieldId::kIpTos, 0},
    {Base::kNetwork, ir::Family::kIpv4, 64, 8, FieldId::kIpTtl, 0},
    {Base::kNetwork, ir::Family::kIpv4, 72, 8, FieldId::kL4Proto, 0},
    {Base::kNetwork, ir::Family::kIpv4, 96, 32, FieldId::kIpSaddr, 0},
    {Base::kNetwork, ir::Family::kIpv4, 128, 32, FieldId::kIpDaddr, 0},
    {Base::kNetwork, ir::Family::kIpv6, 4, 8, FieldId::kIp6Tclass, 0},
    {Base::kNetwork, ir::Family::kIpv6, 56, 8, FieldId::kIp6HopLimit, 0},
    {Base::kTransport, ir::Family::kInet, 0, 16, FieldId::kIcmpTypeCode, ir::kProtoIcmp},
    {Base::kTransport, ir::Family::kInet, 0, 16, FieldId::kIcmp6TypeCode, ir::kProtoIcmp6},
    {Base::kTransport, ir::Family::kInet, 104, 8, FieldId::kTcpFlags, ir::kProtoTcp},
    {Base::kTransport, ir::Family::kInet, 0, 16, FieldId::kTcpSport, ir::kProtoTcp},
    {Base::kTransport, ir::Family::kInet, 16, 16, FieldId::kTcpDport, ir::kProtoTcp},
    {Base::kTransport, ir::Family::kInet, 0, 16, FieldId::kUdpSport, ir::kProtoUdp},
    {Base::kTransport, ir::Family::kInet, 16, 16, FieldId::kUdpDport, ir::kProtoUdp},
});

/// `@nh,8,8`
std::optional<Place> raw_place(std::string_view text) {
  Place place;
  if (text.starts_with("@nh,"))
    place.base = Base::kNetwork;
  else if (text.starts_with("@th,"))
    place.base = Base::kTransport;
  else
    return std::nullopt;
  const std::string_view numbers = text.substr(4);
  const std::size_t comma = numbers.find(',');
  const auto offset = read_plain_number(numbers.substr(0, comma));
  const auto bits = comma == std::string_view::npos ? std::nullopt : read_plain_number(numbers.substr(comma + 1));
  if (!offset || !bits || *offset > 65535 || *bits == 0 || *bits > 128) return std::nullopt;
  place.offset = static_cast<unsigned>(*offset);
  place.bits = static_cast<unsigned>(*bits);
  return place;
}

class PayloadLowering {
 public:
  PayloadLowering(const LowerContext& context, const Expr& selector, std::string_view comparison, const Expr& values)
      : context_(context), selector_(selector), comparison_(comparison), values_(values) {}

  std::optional<Special> run() {
    const Expr& field = selector_.kind == Kind::kOperator ? selector_.parts[0] : selector_;
    if (field.kind != Kind::kField || field.words.empty()) return std::nullopt;
    const std::string_view first = field.words.front().text;
    const bool raw = field.words.size() == 1 && first.starts_with("@");
    std::optional<Place> place;
    if (raw) {
      place = raw_place(first);
      if (!place) return Special{Conjunction{opaque_payload(selector_, comparison_, values_)}};
    } else {
      const std::string path = field_path(field, context_.family);
      for (const NamedPlace& named : kNames)
        if (named.path == path) place = named.place;
      if (!place) return std::nullopt;
    }
    if (selector_.kind == Kind::kOperator) {
      const auto mask = plain_number(selector_.parts[1]);
      if (selector_.text != "&" || !mask) return not_here("this expression cannot be tested");
      mask_ = *mask;
    }
    family_ = context_.packet_family ? context_.packet_family : place->only;
    return test(*place);
  }

 private:
  Special not_here(std::string message) const {
    context_.unsupported(selector_.span, std::move(message));
    return {};
  }
  [[nodiscard]] bool negated() const { return comparison_ == "!=" || comparison_ == "!"; }

  /// Bytes that have any value are there: which later fragments have not. (Packets that are cut short are not told
  /// apart.)
  Special no_later_fragment() const {
    const auto first = [](FieldId field) { return FieldTest{field, 0, false, ValueSet::of_value(0)}; };
    Conjunction v4 = {first(FieldId::kIpFragOffset)};
    Conjunction v6 = {first(FieldId::kIp6FragOffset)};
    if (family_ == ir::Family::kIpv4) return {std::move(v4)};
    if (family_ == ir::Family::kIpv6) return {std::move(v6)};
    return {Conjunction{disjunction(context_.ruleset.predicates, {std::move(v4), std::move(v6)})}};
  }

  Special test(const Place& place) const {
    if (place.base == Base::kTransport && comparison_ == ">=" && !mask_ && plain_number(values_) == 0)
      return no_later_fragment();
    const u128 most = ir::max_of_bits(place.bits);
    const u128 mask = mask_ ? *mask_ & most : most;
    auto ranges =
        place.bits <= 64 ? plain_intervals(values_, comparison_, static_cast<std::uint64_t>(most)) : std::nullopt;
    if (!ranges && place.bits == 8) ranges = protocols();
    if (!ranges) return opaque(place);
    if (place.only && context_.packet_family && *place.only != *context_.packet_family)
      return {Conjunction{never_test()}};
    if (auto found = as_field(place, mask, *ranges)) return std::move(*found);
    return as_u32(place, mask, *ranges);
  }

  /// Bytes that nothing here can look at, of a header that must be there all the same.
  Special opaque(const Place& place) const {
    Conjunction tests;
    if (place.only) tests.push_back(family_test(*place.only));
    if (place.protocol != 0) tests.push_back(protocol_test(place.protocol));
    tests.push_back(opaque_payload(selector_, comparison_, values_));
    return {std::move(tests)};
  }

  /// The next header may be named.
  [[nodiscard]] std::optional<ValueSet::Intervals> protocols() const {
    ValueSet::Intervals all;
    const auto add = [&](const Expr& each) {
      const Expr& word = each.kind == Kind::kElement ? each.parts.front() : each;
      const auto protocol = parse_protocol(word.text);
      if (protocol) all.push_back({*protocol, *protocol});
      return protocol.has_value();
    };
    if (values_.kind != Kind::kSet) return add(values_) ? std::optional(all) : std::nullopt;
    for (const Expr& element : values_.parts)
      if (!add(element)) return std::nullopt;
    return all;
  }

  /// Values of bits within a field's; nothing when only a part of them can be told.
  static std::optional<ValueSet> values_of(const ValueSet::Intervals& ranges, u128 mask, unsigned shift,
                                           unsigned bits) {
    const u128 all = ir::max_of_bits(bits);
    if ((mask >> shift & all) << shift != mask) return std::nullopt;
    const u128 kept = mask >> shift;
    if (kept == all) {
      ValueSet::Intervals moved;
      for (const ir::Interval& range : ranges) {
        if ((range.lo >> shift) << shift != range.lo || (range.hi >> shift) << shift != range.hi) return std::nullopt;
        moved.push_back({range.lo >> shift, range.hi >> shift});
      }
      return ValueSet::of_intervals(std::move(moved));
    }
    ValueSet::Masks masks;
    for (const ir::Interval& range : ranges) {
      if (range.lo != range.hi || (range.lo & ~mask) != 0) return std::nullopt;
      masks.push_back({range.lo >> shift, kept});
    }
    return ValueSet::of_masks(std::move(masks));
  }

  std::optional<Special> as_field(const Place& place, u128 mask, const ValueSet::Intervals& ranges) const {
    const auto tested = [&](FieldId field, unsigned shift, unsigned bits) -> std::optional<Special> {
      auto values = values_of(ranges, mask, shift, bits);
      if (!values) return std::nullopt;
      return Special{Conjunction{FieldTest{field, 0, negated(), std::move(*values)}}};
    };
    if (place.base == Base::kNetwork && !family_) return std::nullopt;
    for (const FieldPlace& row : kFields) {
      const bool same = row.base == place.base && row.offset == place.offset && row.bits == place.bits;
      if (!same || (row.family != ir::Family::kInet && row.family != family_)) continue;
      if (row.protocol != 0 && row.protocol != context_.l4proto) continue;
      if (auto found = tested(row.field, 0, row.bits)) {
        if (row.field == FieldId::kL4Proto) found->tests->push_back(family_test(ir::Family::kIpv4));
        return found;
      }
    }
    if (place.base != Base::kNetwork) return std::nullopt;
    if (family_ == ir::Family::kIpv6 && place.offset == 0 && place.bits == 16) return tested(FieldId::kIp6Tclass, 4, 8);
    if (family_ == ir::Family::kIpv4 && place.offset == 48 && place.bits == 16 && (mask & ~u128{0x1fff}) == 0)
      return tested(FieldId::kIpFragOffset, 0, 13);
    if (family_ == ir::Family::kIpv6 && place.offset == 32 && place.bits == 16 && mask == 0xffff) {
      // The length of the payload is what the packet has beside its header.
      ValueSet::Intervals lengths;
      for (const ir::Interval& range : ranges) lengths.push_back({range.lo + 40, range.hi + 40});
      return Special{
          Conjunction{family_test(ir::Family::kIpv6),
                      FieldTest{FieldId::kLength, 0, negated(), ValueSet::of_intervals(std::move(lengths))}}};
    }
    return std::nullopt;
  }

  /// The values of the bits of `mask` that are none of those.
  static std::vector<ir::U32Test::Range> others(std::vector<ir::U32Test::Range> values, std::uint32_t mask) {
    std::sort(values.begin(), values.end(), [](const auto& a, const auto& b) { return a.lo < b.lo; });
    const std::uint32_t step = mask & (~mask + 1);  // between two values
    std::vector<ir::U32Test::Range> out;
    std::uint64_t next = 0;
    for (const ir::U32Test::Range& range : values) {
      if (range.lo > next) out.push_back({static_cast<std::uint32_t>(next), range.lo - step});
      next = std::max<std::uint64_t>(next, std::uint64_t{range.hi} + step);
    }
    if (next <= mask) out.push_back({static_cast<std::uint32_t>(next), mask});
    return out;
  }

  Special as_u32(const Place& place, u128 mask, const ValueSet::Intervals& ranges) const {
    using Op = ir::U32Test::Op;
    // In IPv6 the header behind the first one has no fixed place.
    if (place.base == Base::kTransport ? family_ != ir::Family::kIpv4 : !family_) return opaque(place);
    const unsigned first = place.offset / 8;
    const unsigned lead = place.offset % 8;
    if (lead + place.bits > 32) return opaque(place);
    ir::U32Test::Test test;
    if (place.base == Base::kTransport)
      test.steps = {{Op::kRightShift, 22}, {Op::kAnd, 0x3C}, {Op::kAt, first}};
    else
      test.offset = first;
    // However few bytes are named, the word that begins with them is compared, so that equal tests are equal.
    const unsigned shift = 32 - lead - place.bits;
    if (place.bits != 32 || mask != ir::max_of_bits(32))
      test.steps.push_back({Op::kAnd, static_cast<std::uint32_t>(mask << shift)});
    for (const ir::Interval& range : ranges)
      test.values.push_back(
          {static_cast<std::uint32_t>(range.lo << shift), static_cast<std::uint32_t>(range.hi << shift)});
    Conjunction tests;
    if (place.only) tests.push_back(family_test(*place.only));
    if (place.protocol != 0) tests.push_back(protocol_test(place.protocol));
    // Where the bytes are not, neither a test nor its opposite is true.
    if (negated()) test.values = others(test.values, static_cast<std::uint32_t>(mask << shift));
    tests.push_back(test.values.empty() ? never_test() : Predicate{ir::U32Test{{std::move(test)}}});
    return {std::move(tests)};
  }

  const LowerContext& context_;
  const Expr& selector_;
  std::string_view comparison_;
  const Expr& values_;
  std::optional<std::uint64_t> mask_;
  std::optional<ir::Family> family_;
};

}  // namespace

ir::Predicate opaque_payload(const Expr& selector, std::string_view comparison, const Expr& values) {
  std::string text = plain_text(selector);
  if (!comparison.empty()) text += ' ' + std::string(comparison);
  return ir::Opaque{"payload", text + ' ' + plain_text(values), false, false};
}

std::optional<Special> lower_payload(const LowerContext& context, const Expr& selector, std::string_view comparison,
                                     const Expr& values) {
  return PayloadLowering(context, selector, comparison, values).run();
}

/// What makes two sets that packets fill answer alike.
static std::string memory_text(const StoredSet& set) {
  std::string text = set.timeout ? " kept " + std::to_string(*set.timeout) : "";
  if (set.elements.empty()) return text;
  std::string elements;
  for (const Expr& element : set.elements) {
    for (const Expr& part : element.parts) elements += plain_text(part) + ' ';
    for (std::size_t i = 0; i + 1 < element.words.size(); ++i)
      if (element.words[i].text == "timeout")
        elements += std::to_string(read_duration(element.words[i + 1].text).value_or(0));
    elements += ", ";
  }
  return text + " with " + std::to_string(set.elements.size()) + " elements at first, #" +
         std::to_string(std::hash<std::string>{}(elements));
}

std::optional<Conjunction> lower_dynamic_set(const LowerContext& context, const Expr& selector,
                                             std::string_view comparison, const Expr& values) {
  const StoredSet* set = context.table.find_set(values.text);
  if (set == nullptr || (!set->dynamic && !set->timeout)) return std::nullopt;
  ir::Opaque test{"set", '@' + set->name + " has " + plain_text(selector) + memory_text(*set), true, false};
  if (comparison == "!=" || comparison == "!")
    return Conjunction{opposite(context.ruleset.predicates, std::move(test))};
  return Conjunction{std::move(test)};
}

}  // namespace nfproof::compiler::nft
