// SPDX-License-Identifier: Apache-2.0
// What one match of a packet expression means.
#include "compiler/frontend/expression_match.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "compiler/frontend/expression_field.h"

namespace nfproof::compiler {
namespace {

using ir::FieldId;
using ir::FieldKind;
using ir::FieldTest;
using ir::Interval;
using ir::Masked;
using ir::Predicate;
using ir::u128;
using ir::ValueSet;

class MatchLowering {
 public:
  MatchLowering(const MatchSyntax& test, source::Diagnostics& diagnostics) : test_(test), diagnostics_(diagnostics) {}

  std::optional<std::vector<Predicate>> run();
  std::optional<std::vector<Predicate>> run(const ExpressionField& field);

 private:
  std::optional<std::vector<Predicate>> error(const source::Span& span, std::string message) {
    diagnostics_.error("bad-expression", span, std::move(message));
    return std::nullopt;
  }
  bool fail(const source::Span& span, std::string message) { return error(span, std::move(message)).has_value(); }

  std::optional<std::vector<Predicate>> unknown_field();
  std::optional<std::vector<Predicate>> family_test();
  std::optional<std::vector<Predicate>> interface_test();
  std::optional<std::vector<Predicate>> masked_test(u128 mask);
  std::optional<std::vector<Predicate>> bit_test();
  std::optional<std::vector<Predicate>> order_test();
  std::optional<std::vector<Predicate>> value_test();
  std::optional<std::vector<Predicate>> finish(ValueSet values, bool negated) const;

  std::optional<u128> value(const MatchWord& word);
  std::optional<u128> ored(const std::vector<MatchWord>& words);
  std::optional<u128> ored(const MatchElement& element);
  std::optional<Interval> interval(const MatchElement& element);
  bool network(const MatchElement& element, const MatchWord& prefix);
  bool add(const MatchElement& element);
  void add(Interval values);
  [[nodiscard]] bool negated() const { return test_.comparison == "!=" || test_.comparison == "!"; }

  const MatchSyntax& test_;
  source::Diagnostics& diagnostics_;
  ExpressionField field_;
  ValueSet::Intervals intervals_;
  ValueSet::Masks masks_;
};

std::string quoted(std::string_view text) { return '`' + std::string(text) + '`'; }

std::optional<std::vector<Predicate>> MatchLowering::unknown_field() {
  const std::string_view path = test_.field.text;
  const std::string header(path.substr(0, path.find(' ')));
  const std::vector<std::string> known = expression_fields_of(header);
  std::string message = "unknown field " + quoted(path);
  for (std::size_t i = 0; i < known.size(); ++i)
    message += (i == 0 ? "; " + quoted(header) + " has " : ", ") + quoted(known[i]);
  return error(test_.field.span, message);
}

std::optional<u128> MatchLowering::value(const MatchWord& word) {
  const std::optional<u128> number = parse_value(field_, word.text);
  if (!number) fail(word.span, "expected " + std::string(describe_values(field_)) + ", found " + quoted(word.text));
  return number;
}

std::optional<u128> MatchLowering::ored(const std::vector<MatchWord>& words) {
  u128 bits = 0;
  for (const MatchWord& word : words) {
    const std::optional<u128> bit = value(word);
    if (!bit) return std::nullopt;
    bits |= *bit;
  }
  return bits;
}

std::optional<u128> MatchLowering::ored(const MatchElement& element) {
  if (element.last || element.prefix) {
    fail(element.first.span, quoted(test_.field.text) + " takes no ranges");
    return std::nullopt;
  }
  std::vector<MatchWord> words = {element.first};
  words.insert(words.end(), element.ored.begin(), element.ored.end());
  return ored(words);
}

/// A range in one word (`80-90`) or two; a name may hold a dash itself (`ftp-data`).
std::optional<Interval> MatchLowering::interval(const MatchElement& element) {
  const std::string& text = element.first.text;
  if (!element.last) {
    if (const std::optional<u128> single = parse_value(field_, text)) return Interval{*single, *single};
    for (std::size_t dash = text.find('-'); dash != std::string::npos; dash = text.find('-', dash + 1)) {
      const std::optional<u128> lo = parse_value(field_, std::string_view(text).substr(0, dash));
      const std::optional<u128> hi = parse_value(field_, std::string_view(text).substr(dash + 1));
      if (lo && hi && *lo <= *hi) return Interval{*lo, *hi};
      if (lo && hi) return fail(element.first.span, "the range runs backwards"), std::nullopt;
    }
    return value(element.first), std::nullopt;
  }
  const std::optional<u128> lo = value(element.first);
  const std::optional<u128> hi = lo ? value(*element.last) : std::nullopt;
  if (!lo || !hi) return std::nullopt;
  if (*lo > *hi) return fail(element.first.span, "the range runs backwards"), std::nullopt;
  return Interval{*lo, *hi};
}

/// Adds values of the named part of the field as values of the whole field.
void MatchLowering::add(Interval values) {
  const unsigned width = ir::field_info(field_.field).bits;
  if (field_.shift + field_.bits == width) {
    intervals_.push_back({values.lo << field_.shift, values.hi << field_.shift | ir::max_of_bits(field_.shift)});
    return;
  }
  const u128 mask = ir::max_of_bits(field_.bits) << field_.shift;
  for (u128 each = values.lo; each <= values.hi; ++each) masks_.push_back({each << field_.shift, mask});
}

bool MatchLowering::network(const MatchElement& element, const MatchWord& prefix) {
  const bool v4 = field_.kind == FieldKind::kAddress4;
  if (!v4 && field_.kind != FieldKind::kAddress6)
    return fail(prefix.span, quoted(test_.field.text) + " takes no prefix length");
  const std::optional<u128> address = value(element.first);
  if (!address) return false;
  unsigned length = 0;
  const char* end = prefix.text.data() + prefix.text.size();
  const auto [stop, failure] = std::from_chars(prefix.text.data(), end, length);
  if (failure != std::errc() || stop != end || length > field_.bits)
    return fail(prefix.span, "expected a prefix length up to " + std::to_string(field_.bits));
  const u128 mask = ir::prefix_mask(length, field_.bits);
  intervals_.push_back({*address & mask, (*address & mask) | (ir::max_of_bits(field_.bits) & ~mask)});
  return true;
}

bool MatchLowering::add(const MatchElement& element) {
  if (element.prefix) return network(element, *element.prefix);
  if (!element.ored.empty()) {
    const std::optional<u128> bits = ored(element);
    if (bits) add(Interval{*bits, *bits});
    return bits.has_value();
  }
  const std::optional<Interval> values = interval(element);
  if (values) add(*values);
  return values.has_value();
}

std::optional<std::vector<Predicate>> MatchLowering::finish(ValueSet values, bool is_negated) const {
  std::vector<Predicate> predicates;
  if (field_.only) {
    const FieldId address = *field_.only == ir::Family::kIpv4 ? FieldId::kIpSaddr : FieldId::kIp6Saddr;
    predicates.emplace_back(FieldTest{address, 0, false, ValueSet::all(ir::field_info(address).bits)});
  }
  predicates.emplace_back(FieldTest{field_.field, field_.argument, is_negated, std::move(values)});
  return predicates;
}

/// `meta nfproto ipv4`, `meta protocol ip6`: a packet of the family is one that has its addresses.
std::optional<std::vector<Predicate>> MatchLowering::family_test() {
  const bool plain = test_.elements.size() == 1 && test_.mask.empty() && test_.slash.empty() && !test_.elements[0].last;
  const MatchWord& word = test_.elements[0].first;
  const bool v4 = word.text == "ipv4" || word.text == "ip";
  const bool v6 = word.text == "ipv6" || word.text == "ip6";
  if (!plain || (!v4 && !v6)) return error(word.span, "expected `ipv4` or `ipv6`");
  const FieldId address = v4 != negated() ? FieldId::kIpSaddr : FieldId::kIp6Saddr;
  return {{FieldTest{address, 0, false, ValueSet::all(ir::field_info(address).bits)}}};
}

std::optional<std::vector<Predicate>> MatchLowering::interface_test() {
  ValueSet::Interfaces patterns;
  for (const MatchElement& element : test_.elements) {
    const bool plain = !element.last && !element.prefix && element.ored.empty();
    if (!plain || !test_.mask.empty() || !test_.slash.empty())
      return error(element.first.span, "an interface name takes no range, prefix or mask");
    std::string name = element.first.text;
    const bool wildcard = name.ends_with('*');
    if (wildcard) name.pop_back();
    if (name.size() > 15) return error(element.first.span, "an interface name has at most 15 characters");
    patterns.push_back({std::move(name), wildcard});
  }
  if (test_.elements.size() > 1 && !test_.is_set) return error(test_.span, "several values stand in braces");
  if (!test_.comparison.empty() && test_.comparison != "==" && !negated())
    return error(test_.span, "interface names have no order");
  return finish(ValueSet::of_interfaces(std::move(patterns)), negated());
}

/// FIELD & MASK == VALUE
std::optional<std::vector<Predicate>> MatchLowering::masked_test(u128 mask) {
  const bool equality = test_.comparison.empty() || test_.comparison == "==" || test_.comparison == "!=";
  if (test_.elements.size() != 1 || test_.is_set || !equality)
    return error(test_.span, "after a mask comes `==` or `!=` and one value");
  const std::optional<u128> bits = ored(test_.elements[0]);
  if (!bits) return std::nullopt;
  if ((*bits & ~mask) != 0 && test_.may_never_match) return finish(ValueSet::of_intervals({}), negated());
  if ((*bits & ~mask) != 0) return error(test_.elements[0].first.span, "the value has bits outside of the mask");
  return finish(ValueSet::of_masks({{*bits << field_.shift, mask << field_.shift}}), negated());
}

/// FIELD BITS: one of the bits is set. With `==` and in braces the value is meant exactly.
std::optional<std::vector<Predicate>> MatchLowering::bit_test() {
  if (!test_.slash.empty()) {  // VALUE,... / MASK,...
    const std::optional<u128> mask = ored(test_.slash);
    u128 bits = 0;
    for (const MatchElement& element : test_.elements) {
      const std::optional<u128> more = ored(element);
      if (!more) return std::nullopt;
      bits |= *more;
    }
    if (!mask) return std::nullopt;
    if ((bits & ~*mask) != 0 && test_.may_never_match) return finish(ValueSet::of_intervals({}), negated());
    if ((bits & ~*mask) != 0) return error(test_.elements[0].first.span, "the value has bits outside of the mask");
    return finish(ValueSet::of_masks({{bits, *mask}}), negated());
  }
  u128 all = 0;
  for (const MatchElement& element : test_.elements) {
    const std::optional<u128> bits = ored(element);
    if (!bits) return std::nullopt;
    intervals_.push_back({*bits, *bits});
    all |= *bits;
  }
  if (test_.is_set) return finish(ValueSet::of_intervals(intervals_), negated());
  if (test_.comparison.empty()) return finish(ValueSet::of_masks({{0, all}}), true);
  if (test_.comparison == "!") return finish(ValueSet::of_masks({{0, all}}), false);
  if (test_.comparison == "==" || test_.comparison == "!=") return finish(ValueSet::of_value(all), negated());
  return error(test_.span, quoted(test_.field.text) + " has no order");
}

std::optional<std::vector<Predicate>> MatchLowering::order_test() {
  const bool single = test_.elements.size() == 1 && !test_.is_set && !test_.elements[0].last;
  if (!single || test_.elements[0].prefix || !test_.slash.empty())
    return error(test_.span, quoted(test_.comparison) + " takes one value");
  const std::optional<u128> bound = value(test_.elements[0].first);
  if (!bound) return std::nullopt;
  const u128 max = ir::max_of_bits(field_.bits);
  const bool below = test_.comparison[0] == '<';
  const bool strict = test_.comparison.size() == 1;
  if (strict && *bound == (below ? 0 : max)) return error(test_.span, "no value can be that");
  const u128 edge = !strict ? *bound : below ? *bound - 1 : *bound + 1;
  add(below ? Interval{0, edge} : Interval{edge, max});
  return value_test();
}

std::optional<std::vector<Predicate>> MatchLowering::value_test() {
  if (!masks_.empty()) return finish(ValueSet::of_masks(masks_), negated());
  return finish(ValueSet::of_intervals(intervals_), negated());
}

std::optional<std::vector<Predicate>> MatchLowering::run() {
  const std::string& path = test_.field.text;
  if (path == "meta nfproto" || path == "nfproto" || path == "meta protocol") return family_test();
  const std::optional<ExpressionField> field = find_expression_field(path);
  if (!field) return unknown_field();
  return run(*field);
}

std::optional<std::vector<Predicate>> MatchLowering::run(const ExpressionField& field) {
  field_ = field;
  if (field_.kind == FieldKind::kInterface) return interface_test();
  if (!test_.mask.empty()) {
    const std::optional<u128> mask = ored(test_.mask);
    if (!mask) return std::nullopt;
    return masked_test(*mask);
  }
  if (field_.is_bit_set()) return bit_test();
  if (!test_.comparison.empty() && test_.comparison[0] != '=' && !negated()) return order_test();
  const bool lists = test_.is_set || field_.kind == FieldKind::kCtState;
  if (test_.elements.size() > 1 && !lists)
    return error(test_.span, "several values stand in braces: " + quoted(test_.field.text + " { ... }"));
  if (!test_.slash.empty()) {
    if (test_.elements.size() != 1 || test_.slash.size() != 1 || !network(test_.elements[0], test_.slash[0]))
      return diagnostics_.has_errors() ? std::nullopt : error(test_.span, "a prefix length belongs to one address");
    return value_test();
  }
  for (const MatchElement& element : test_.elements)
    if (!add(element)) return std::nullopt;
  return value_test();
}

}  // namespace

std::optional<std::vector<Predicate>> lower_match(const MatchSyntax& test, source::Diagnostics& diagnostics) {
  return MatchLowering(test, diagnostics).run();
}

std::optional<std::vector<ir::Predicate>> lower_match(const MatchSyntax& test, const ExpressionField& field,
                                                      source::Diagnostics& diagnostics) {
  return MatchLowering(test, diagnostics).run(field);
}

}  // namespace nfproof::compiler
