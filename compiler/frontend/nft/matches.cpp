// SPDX-License-Identifier: Apache-2.0
// Tests: see matches.h. Fields with a meaning of their own are in special_matches.cpp.
#include "compiler/frontend/nft/matches.h"

#include <algorithm>
#include <utility>

#include "compiler/frontend/expression_match.h"
#include "compiler/frontend/nft/duration.h"
#include "compiler/frontend/nft/fields.h"
#include "compiler/frontend/nft/mark_bits.h"
#include "compiler/frontend/nft/special_matches.h"
#include "compiler/ir/sender.h"

namespace nfproof::compiler::nft {
namespace {

using ir::FieldKind;
using ir::Predicate;
using Kind = Expr::Kind;

bool is_negated(std::string_view comparison) { return comparison == "!=" || comparison == "!"; }

/// Concatenations of more parts than nftables has registers for.
constexpr std::size_t kMostParts = 16;

class TestLowering {
 public:
  TestLowering(const LowerContext& context, const Expr& selector, std::string_view comparison, const Expr& values)
      : context_(context), selector_(selector), comparison_(comparison), values_(values) {}

  std::optional<Alternatives> run() {
    if (selector_.kind == Kind::kConcat) return concatenation();
    if (is_bare_port(selector_)) return any_port();
    auto tests = single(selector_, comparison_, values_);
    if (!tests) return std::nullopt;
    return Alternatives{std::move(*tests)};
  }

 private:
  /// The elements of a set, wherever they stand.
  const std::vector<Expr>* elements() const {
    if (values_.kind == Kind::kSet) return &values_.parts;
    if (values_.kind != Kind::kSetName) return nullptr;
    StoredSet* set = context_.table.find_set(values_.text);
    return set == nullptr ? nullptr : &set->elements;
  }

  bool add_key(const Expr& key, Alternatives& all) {
    if (key.kind == Kind::kSet) {  // sets within sets are flat in nft
      for (const Expr& inner : key.parts)
        if (!add_key(inner.parts.front(), all)) return false;
      return true;
    }
    const std::size_t count = std::min(selector_.parts.size(), kMostParts);
    if (key.kind != Kind::kConcat || key.parts.size() != count) {
      context_.error(key.span.is_known() ? key.span : values_.span,
                     "expected " + std::to_string(count) + " values joined by `.`");
      return false;
    }
    Conjunction tests;
    const LowerContext before = context_;
    for (std::size_t i = 0; i < count; ++i) {
      auto part = single(selector_.parts[i], "==", key.parts[i]);  // a look-up compares all bits
      if (!part) return false;
      for (const Predicate& test : *part) learn(test, context_);
      tests.insert(tests.end(), std::make_move_iterator(part->begin()), std::make_move_iterator(part->end()));
    }
    context_.has_ports = before.has_ports;
    context_.l4proto = before.l4proto;
    context_.packet_family = before.packet_family;
    all.push_back(std::move(tests));
    return true;
  }

  std::optional<Alternatives> concatenation() {
    if (values_.kind == Kind::kSetName) {
      if (auto dynamic = lower_dynamic_set(context_, selector_, comparison_, values_)) {
        if (dynamic->empty()) return std::nullopt;
        return Alternatives{std::move(*dynamic)};
      }
    }
    Alternatives all;
    if (const std::vector<Expr>* set = elements()) {
      for (const Expr& element : *set)
        if (!add_key(element.parts.front(), all)) return std::nullopt;
      if (set->empty() && values_.kind == Kind::kSetName)
        all.push_back({empty_set_test(context_, plain_text(selector_), values_.text)});
    } else if (values_.kind == Kind::kSetName) {
      return context_.error(values_.span, "there is no set `" + std::string(values_.text) + '`');
    } else if (!add_key(values_, all)) {
      return std::nullopt;
    }
    if (!is_negated(comparison_)) return all;
    // All fields must be there, and no element may be the packet's.
    Conjunction none;
    for (const Expr& part : selector_.parts)
      if (auto there = field_presence(context_, part)) none.push_back(std::move(*there));
    none.push_back(opposite(context_.ruleset.predicates, disjunction(context_.ruleset.predicates, std::move(all))));
    return Alternatives{std::move(none)};
  }

  /// `th` reads what follows the IP header. Where the protocol is not known to have ports, that may be anything.
  [[nodiscard]] bool is_bare_port(const Expr& selector) const {
    if (context_.has_ports || selector.kind != Kind::kField) return false;
    const std::string path = field_path(selector, context_.family);
    return path == "th sport" || path == "th dport";
  }

  /// A port where there is one; of the bytes that stand there in other packets nothing is known.
  std::optional<Alternatives> any_port() {
    Expr listed = values_;
    if (values_.kind == Kind::kSetName) {
      const StoredSet* set = context_.table.find_set(values_.text);
      if (set != nullptr && (set->dynamic || set->elements.empty()))
        return context_.unsupported(selector_.span, "`th` without a test of the protocol before it");
      if (set != nullptr) listed = {Kind::kSet, {}, {}, set->elements, values_.span};
    }
    context_.has_ports = true;
    auto ports = single(selector_, comparison_, listed);
    context_.has_ports = false;
    if (!ports) return std::nullopt;
    const std::string compared = comparison_.empty() ? " " : ' ' + std::string(comparison_) + ' ';
    Conjunction others;
    others.push_back(ir::FieldTest{ir::FieldId::kL4Proto, 0, true,
                                   ir::ValueSet::of_intervals({{ir::kProtoTcp, ir::kProtoTcp},
                                                               {ir::kProtoUdp, ir::kProtoUdp},
                                                               {ir::kProtoDccp, ir::kProtoDccp},
                                                               {ir::kProtoSctp, ir::kProtoSctp},
                                                               {ir::kProtoUdplite, ir::kProtoUdplite}})});
    others.push_back(ir::Opaque{"th", plain_text(selector_) + compared + plain_text(listed), false, false});
    return Alternatives{std::move(*ports), std::move(others)};
  }

  /// `meta mark & 0xf ^ 0x3 == 0x1`: what the mark must be for that.
  std::optional<Conjunction> computed_mark(const Expr& selector, std::string_view comparison, const Expr& values) {
    const auto bits = mark_bits_of(context_, selector);
    const auto number = plain_number(values);
    const bool negated = is_negated(comparison);
    if (!bits || !bits->source || !number || *number > 0xffffffff ||
        (!comparison.empty() && comparison != "==" && !negated))
      return context_.unsupported(selector.span, "this expression cannot be tested");
    const auto wanted = static_cast<std::uint32_t>(*number) ^ bits->flip;
    const auto back = [&](std::uint32_t value) {
      return bits->shift >= 0 ? value >> bits->shift : value << -bits->shift;
    };
    if (bits->keep != 0 && (wanted & ~bits->keep) == 0)
      return Conjunction{
          ir::FieldTest{*bits->source, 0, negated, ir::ValueSet::of_masks({{back(wanted), back(bits->keep)}})}};
    const bool is_so = (wanted == 0) != negated;  // whatever the mark is
    return Conjunction{is_so ? presence_test(*bits->source) : never_test()};
  }

  /// nft lists a comparison of the upper bits of a number with a slash, as that of an address: `meta mark 0x1000000/8`.
  static bool is_prefix(const ExpressionField& field, const Expr& values) {
    const bool number = field.kind == FieldKind::kMarkBits || field.kind == FieldKind::kNumber ||
                        field.kind == FieldKind::kPort || field.kind == FieldKind::kHex;
    return number && values.kind == Kind::kWord && values.text.find('/') != std::string_view::npos;
  }
  bool add_prefix(const ExpressionField& field, const Expr& values, MatchSyntax& syntax) {
    const std::size_t slash = values.text.find('/');
    const auto bits = read_plain_number(values.text.substr(slash + 1));
    if (!bits || *bits > field.bits) return fail(values.span, "expected a number of bits behind the slash");
    const ir::u128 mask = ir::prefix_mask(static_cast<unsigned>(*bits), field.bits);
    syntax.mask.push_back({ir::format_number(mask), values.span});
    if (syntax.comparison.empty()) syntax.comparison = "==";
    syntax.elements.push_back({{std::string(values.text.substr(0, slash)), values.span}, {}, {}, {}});
    return true;
  }

  /// nft 1.0.6 lists a DSCP as a part of a key as `ip dscp >> 2`: it is the field.
  [[nodiscard]] bool is_listed_dscp(const Expr& selector) const {
    if (selector.kind != Kind::kOperator || selector.text != ">>" || selector.parts[0].kind != Kind::kField)
      return false;
    const std::string path = field_path(selector.parts[0], context_.family);
    return (path == "ip dscp" && plain_number(selector.parts[1]) == 2) ||
           (path == "ip6 dscp" && plain_number(selector.parts[1]) == 6);
  }

  std::optional<Conjunction> single(const Expr& selector, std::string_view comparison, const Expr& values) {
    if (is_listed_dscp(selector)) return single(selector.parts[0], comparison, values);
    if (values.kind == Kind::kSetName) {
      if (auto dynamic = lower_dynamic_set(context_, selector, comparison, values)) {
        if (dynamic->empty()) return std::nullopt;
        return dynamic;
      }
      StoredSet* set = context_.table.find_set(values.text);
      if (set == nullptr) return context_.error(values.span, "there is no set `" + std::string(values.text) + '`');
      if (set->elements.empty()) {
        Predicate inside = empty_set_test(context_, plain_text(selector), values.text);
        Conjunction tests;
        if (auto there = field_presence(context_, selector)) tests.push_back(std::move(*there));
        tests.push_back(is_negated(comparison) ? opposite(context_.ruleset.predicates, std::move(inside)) : inside);
        return tests;
      }
      const Expr listed{Kind::kSet, {}, {}, set->elements, values.span};
      return single(selector, comparison, listed);
    }
    if (auto special = lower_special(context_, selector, comparison, values)) return std::move(special->tests);
    const Expr* field = &selector;
    const Expr* mask = nullptr;
    if (selector.kind == Kind::kOperator && selector.text == "&" && selector.parts[0].kind == Kind::kField) {
      field = &selector.parts[0];
      mask = &selector.parts[1];
    }
    if (field->kind != Kind::kField) return computed_mark(selector, comparison, values);
    const std::string path = field_path(*field, context_.family);
    const auto named = find_nft_field(path);
    if (!named) return unknown(path, field->span);
    MatchSyntax syntax;
    syntax.field = {path, field->span};
    syntax.span = selector.span;
    syntax.comparison = std::string(comparison);
    syntax.may_never_match = true;
    if (mask != nullptr && !add_words(*mask, syntax.mask)) return std::nullopt;
    if (is_prefix(named->field, values) && mask == nullptr) {
      if (!add_prefix(named->field, values, syntax)) return std::nullopt;
    } else if (!add_values(named->field, values, syntax)) {
      return std::nullopt;
    }
    return finish(*named, std::move(syntax));
  }

  std::optional<Conjunction> finish(const NamedField& named, MatchSyntax syntax) {
    auto predicates = lower_match(syntax, named.field, context_.diagnostics);
    if (!predicates) return std::nullopt;
    Conjunction tests = named.before;
    for (Predicate& each : *predicates) {
      auto* test = std::get_if<ir::FieldTest>(&each);
      if (test != nullptr && test->negated && ir::is_looked_up(test->field)) {
        // A test of a field that is not there is false, also a negated one.
        ir::FieldTest positive = std::move(*test);
        positive.negated = false;
        tests.push_back(ir::FieldTest{positive.field, positive.argument, false,
                                      ir::ValueSet::all(ir::field_info(positive.field).bits)});
        tests.push_back(opposite(context_.ruleset.predicates, std::move(positive)));
        continue;
      }
      tests.push_back(std::move(each));
    }
    return tests;
  }

  std::optional<Conjunction> unknown(const std::string& path, const source::Span& span) {
    if (const std::string_view module = opaque_module(path); !module.empty()) {
      if (auto twin = xtables_twin(path)) return twin;
      // The text is what is tested, so that equal tests are equal.
      const bool hash = selector_.kind == Kind::kField && !selector_.parts.empty();
      std::string arguments = hash ? plain_text(selector_) : path;
      if (!comparison_.empty()) arguments += ' ' + std::string(comparison_);
      arguments += ' ' + plain_text(values_);
      return Conjunction{
          ir::Opaque{std::string(module), std::move(arguments), module == "statistic" || module == "random", false}};
    }
    if (auto tests = opaque_header(path)) {
      tests->push_back(opaque_payload(selector_, comparison_, values_));
      return tests;
    }
    return context_.unsupported(span, "`" + path + "` has no meaning here");
  }

  /// Tests that a module of iptables makes in the same way, under its name for it.
  std::optional<Conjunction> xtables_twin(const std::string& path) const {
    const bool constant = values_.kind == Kind::kWord || values_.kind == Kind::kString;
    const bool negated = is_negated(comparison_);
    if (!constant || (!comparison_.empty() && comparison_ != "==" && !negated)) return std::nullopt;
    if (path == "meta cgroup")
      return Conjunction{ir::Opaque{"cgroup", (negated ? "! --cgroup " : "--cgroup ") + std::string(values_.text)}};
    if (path != "meta skuid" && path != "meta skgid") return std::nullopt;
    const std::string option = path == "meta skuid" ? "--uid-owner " : "--gid-owner ";
    ir::Opaque test{"owner", option + std::string(values_.text)};
    if (!negated) return Conjunction{std::move(test)};
    // A packet that no process sent has no user, and then the rule does not match (net/netfilter/nft_meta.c).
    return Conjunction{ir::Opaque{"owner", std::string(ir::kAnyOwner)},
                       opposite(context_.ruleset.predicates, std::move(test))};
  }

  bool fail(const source::Span& span, std::string message) { return context_.error(span, std::move(message)), false; }

  /// `syn`, `syn | ack`
  bool add_words(const Expr& expr, std::vector<MatchWord>& words) {
    if (expr.kind == Kind::kWord || expr.kind == Kind::kString)
      return words.push_back({std::string(expr.text), expr.span}), true;
    const bool joins = (expr.kind == Kind::kOperator && expr.text == "|") || expr.kind == Kind::kList;
    if (!joins) return fail(expr.span, "expected values joined by `|`");
    return std::all_of(expr.parts.begin(), expr.parts.end(), [&](const Expr& part) { return add_words(part, words); });
  }

  bool add_element(const ExpressionField& field, const Expr& expr, MatchSyntax& syntax) {
    MatchElement element;
    if (expr.kind == Kind::kRange) {
      element.first = {number_of_name(syntax.field.text, expr.parts[0].text), expr.parts[0].span};
      element.last = MatchWord{number_of_name(syntax.field.text, expr.parts[1].text), expr.parts[1].span};
    } else if (expr.kind == Kind::kOperator) {
      std::vector<MatchWord> words;
      if (!add_words(expr, words)) return false;
      element.first = words.front();
      element.ored.assign(words.begin() + 1, words.end());
    } else if (expr.kind == Kind::kWord || expr.kind == Kind::kString) {
      std::string text = number_of_name(syntax.field.text, expr.text);
      const bool address = field.kind == FieldKind::kAddress4 || field.kind == FieldKind::kAddress6;
      const std::size_t slash = address ? text.find('/') : std::string::npos;
      if (slash != std::string::npos) {
        element.prefix = MatchWord{text.substr(slash + 1), expr.span};
        text.resize(slash);
      }
      if (text == "*" && field.kind != FieldKind::kInterface) return add_everything(field, syntax, expr.span);
      element.first = {std::move(text), expr.span};
    } else {
      return fail(expr.span, "expected a value");
    }
    syntax.elements.push_back(std::move(element));
    return true;
  }

  bool add_everything(const ExpressionField& field, MatchSyntax& syntax, const source::Span& span) {
    const auto text = [&](ir::u128 value) {
      if (field.kind == FieldKind::kAddress4) return ir::format_address(value, ir::Family::kIpv4);
      if (field.kind == FieldKind::kAddress6) return ir::format_address(value, ir::Family::kIpv6);
      return ir::format_number(value);
    };
    syntax.elements.push_back({{text(0), span}, MatchWord{text(ir::max_of_bits(field.bits)), span}, {}, {}});
    return true;
  }

  bool add_values(const ExpressionField& field, const Expr& values, MatchSyntax& syntax) {
    if (values.kind == Kind::kMasked) {
      return add_values(field, values.parts[0], syntax) && add_words(values.parts[1], syntax.slash);
    }
    if (values.kind == Kind::kSet) {
      syntax.is_set = true;
      for (const Expr& element : values.parts) {
        const Expr& key = element.kind == Kind::kElement ? element.parts.front() : element;
        if (key.kind == Kind::kSet ? !add_values(field, key, syntax) : !add_element(field, key, syntax)) return false;
      }
      return true;
    }
    if (values.kind == Kind::kList) {
      return std::all_of(values.parts.begin(), values.parts.end(),
                         [&](const Expr& part) { return add_element(field, part, syntax); });
    }
    return add_element(field, values, syntax);
  }

  LowerContext context_;
  const Expr& selector_;
  std::string_view comparison_;
  const Expr& values_;
};

}  // namespace

std::optional<Alternatives> lower_test(const LowerContext& context, const Expr& selector, std::string_view comparison,
                                       const Expr& values) {
  return TestLowering(context, selector, comparison, values).run();
}

}  // namespace nfproof::compiler::nft
