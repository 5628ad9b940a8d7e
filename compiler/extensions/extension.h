// SPDX-License-Identifier: Apache-2.0
// What a match or target module is: a row in the registry with the options it has, how they print and what they mean.
// One file per module defines its option table and its functions; `registry.cpp` lists them all in one explicit table.
//
// The life of a module in a rule: the option machinery (`options.h`) reads the values that the rows describe and
// refuses what the real tool refuses; `check` refuses what the rows cannot say; `print` gives the canonical text that
// iptables-save prints; `lower` gives the meaning. A module without `lower` becomes `Opaque`.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "compiler/ir/ruleset.h"
#include "compiler/source/diagnostic.h"

namespace nfproof::compiler {

/// How the value of an option reads, and what `OptionUse::value` holds for it.
enum class ValueType : std::uint8_t {
  kFlag,          ///< no value
  kText,          ///< std::string, at most `max` bytes
  kNumber,        ///< std::uint64_t in [min, max], decimal, octal or hexadecimal
  kNumberRange,   ///< NumberRange: N or N:M (empty side: min or max)
  kPort,          ///< std::uint64_t, number or service name
  kPortRange,     ///< NumberRange: P or P:Q
  kPortList,      ///< std::vector<NumberRange>: P,Q:R,...
  kNetwork,       ///< Network: address, address/prefix, address/mask
  kAddressRange,  ///< Network with value = first and mask = last: A or A-B
  kMarkMask,      ///< MarkMask: V or V/M
  kMac,           ///< std::uint64_t
  kName,          ///< std::uint64_t: one of `names`
  kNameList,      ///< std::uint64_t: comma list of `names`, values ored
  kOptionalText,  ///< std::string: the next word, unless it begins with `-` or `!` or there is none
  kTextPair,      ///< TextPair: the next two words (`--tcp-flags MASK COMP`, `--match-set NAME FLAGS`)
};

struct NumberRange {
  std::uint64_t lo = 0;
  std::uint64_t hi = 0;
  friend bool operator==(const NumberRange&, const NumberRange&) = default;
};
struct MarkMask {
  std::uint32_t value = 0;
  std::uint32_t mask = 0xffffffff;
  bool has_mask = false;
};
struct Network {
  ir::u128 value = 0;
  ir::u128 mask = 0;
};
struct TextPair {
  std::string first;
  std::string second;
};
using OptionValue = std::variant<std::monostate, std::string, std::uint64_t, NumberRange, std::vector<NumberRange>,
                                 Network, MarkMask, TextPair>;

struct NameValue {
  std::string_view name;
  std::uint64_t value;
};

struct OptionRow {
  std::string_view name;  ///< without dashes
  ValueType type = ValueType::kFlag;
  bool negatable = false;
  bool required = false;
  std::uint64_t min = 0;
  std::uint64_t max = 0xffffffff;
  std::span<const NameValue> names = {};
  std::string_view alias_of = {};  ///< reads as that other option of the module
  bool multiple = false;           ///< may be given more than once in one use of the module
};

/// One option as it stands in a rule.
struct OptionUse {
  const OptionRow* row = nullptr;  ///< aliases are resolved
  bool negated = false;
  std::string text;  ///< the value as written, unquoted
  OptionValue value;
  source::Span span;        ///< option and value
  source::Span value_span;  ///< the value alone
  /// The text could not be read, which was told; `value` is not set, and the module is not asked about this rule.
  bool unreadable = false;
};

/// What a module may look at: its options and the rule around them.
struct ModuleInput {
  ir::Family family{};  ///< kIpv4 or kIpv6
  std::string_view table;
  std::string_view chain;
  /// `-p`: nothing when not given or 0 (`all`).
  std::optional<std::uint8_t> protocol;
  bool protocol_negated = false;
  std::string_view name;  ///< as written after -m or -j
  source::Span span;
  std::span<const OptionUse> options;
  source::Diagnostics* diagnostics = nullptr;
  /// The rule so far: its matches and their canonical text, for targets that need a certain match beside them. May be
  /// null.
  const ir::Rule* rule = nullptr;

  /// The first use of an option, null when it was not given.
  [[nodiscard]] const OptionUse* find(std::string_view option) const;
  [[nodiscard]] bool has(std::string_view option) const { return find(option) != nullptr; }
  /// `tool`: how iptables says it.
  void error(source::Span where, std::string message, source::ToolMessage tool = {}) const;
};

/// Where `lower` puts the meaning.
class Lowering {
 public:
  Lowering(ir::PredicatePool& pool, ir::Rule& rule, std::uint16_t match) : pool_(&pool), rule_(&rule), match_(match) {}

  ir::PredicateId intern(ir::Predicate predicate) { return pool_->add(std::move(predicate)); }
  /// The rule needs this to be true.
  void when(ir::Predicate predicate) { rule_->when.push_back({intern(std::move(predicate)), match_}); }
  /// The rule needs this to be true, or with `negated` false: tests whose negation is a thing of its own stand in an
  /// `AnyOf`, so that all rules that make the test share one predicate.
  void when_not(bool negated, ir::Predicate predicate) {
    if (negated) predicate = ir::AnyOf{{intern(std::move(predicate))}, true};
    when(std::move(predicate));
  }
  /// The field is there and its value is (or is not) in the set: for fields that are looked up.
  void when_looked_up(ir::FieldTest test, bool negated) {
    if (negated)
      when(ir::FieldTest{test.field, test.argument, false, ir::ValueSet::all(ir::field_info(test.field).bits)});
    when_not(negated, std::move(test));
  }
  void effect(ir::Effect effect) { rule_->effects.push_back(std::move(effect)); }
  void verdict(ir::Verdict verdict) { rule_->verdict = verdict; }
  /// The comment of the rule (`-m comment`).
  void comment(std::string_view text);

 private:
  ir::PredicatePool* pool_;
  ir::Rule* rule_;
  std::uint16_t match_;
};

enum class ExtensionKind : std::uint8_t { kMatch, kTarget };

/// Which families a module exists for.
enum class Families : std::uint8_t { kIpv4 = 1, kIpv6 = 2, kBoth = 3 };

struct Extension {
  std::string_view name;
  ExtensionKind kind{};
  Families families = Families::kBoth;
  std::span<const OptionRow> options = {};
  void (*check)(const ModuleInput&) = nullptr;
  /// Appends ` --option value ...`; null: the given options in the order of the rows.
  void (*print)(const ModuleInput&, std::string& out) = nullptr;
  void (*lower)(const ModuleInput&, Lowering&) = nullptr;
  /// For modules without `lower`: may it answer differently for the same packet?
  bool stateful = false;
  /// For targets without `lower`: they change nothing that a rule can test and no packet shows (`ir::Aside`).
  bool aside = false;
  /// For targets without `lower`, or whose options cannot be read: what happens to the packet.
  ir::VerdictKind opaque_verdict = ir::VerdictKind::kContinue;
  /// Targets: the tables they are allowed in (empty: all) and built-in chains, as the kernel's xt_target row has them.
  std::span<const std::string_view> tables = {};
  std::span<const std::string_view> chains = {};
  /// Other spellings of the module (`NOTRACK` of `CT`...).
  std::span<const std::string_view> aliases = {};
  /// The kernel refuses the module without this `-p` (0: no such condition).
  std::uint8_t protocol = 0;
};

/// Null when there is no such module for the family.
[[nodiscard]] const Extension* find_extension(ExtensionKind kind, std::string_view name, ir::Family family);
[[nodiscard]] std::span<const Extension* const> all_extensions();

}  // namespace nfproof::compiler
