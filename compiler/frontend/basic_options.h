// SPDX-License-Identifier: Apache-2.0
// The options that every rule has without a module: addresses, interfaces, protocol, fragment. Reads them, prints them
// as iptables-save does and lowers them to predicates.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "compiler/extensions/extension.h"
#include "compiler/extensions/options.h"
#include "compiler/frontend/command.h"
#include "compiler/ir/ruleset.h"
#include "compiler/source/diagnostic.h"

namespace nfproof::compiler {

/// An option of iptables itself, with or without a value.
enum class Basic : std::uint8_t {
  kAppend,
  kCheck,
  kCounters,
  kDelete,
  kDeleteChain,
  kDestination,
  kExact,
  kFlush,
  kFragment,
  kGoto,
  kHelp,
  kInInterface,
  kInsert,
  kIpv4,
  kIpv6,
  kJump,
  kLineNumbers,
  kList,
  kListRules,
  kMatch,
  kModprobe,
  kNewChain,
  kNumeric,
  kOutInterface,
  kPolicy,
  kProtocol,
  kRenameChain,
  kReplace,
  kSource,
  kTable,
  kVerbose,
  kVersion,
  kWait,
  kWaitInterval,
  kZero,
};

/// One spelling of such an option (getopt_long(3) table of iptables).
struct BasicRow {
  Basic id;
  char short_name;  ///< 0: none
  std::string_view long_name;
  enum class Value : std::uint8_t {
    kNone,
    kNeeded,    ///< the rest of the word or the next word
    kOptional,  ///< the rest of the word, or behind `=`
  } value = Value::kNone;
  Verb verb = Verb::kNone;  ///< what the command does, for the options that say it
  [[nodiscard]] bool takes_value() const { return value == Value::kNeeded; }
};

[[nodiscard]] std::span<const BasicRow> basic_rows();
[[nodiscard]] const BasicRow* find_basic(char short_name);
/// By its full long name (without dashes).
[[nodiscard]] const BasicRow* find_basic(std::string_view long_name);

/// A list of networks (`-s A,B`): one rule is made for each.
struct AddressOption {
  std::vector<Network> networks;
  bool negated = false;
  std::string unreadable;  ///< not empty: the text, which is no address; `networks` then holds one that says nothing
};
struct InterfaceOption {
  ir::InterfacePattern pattern;
  bool negated = false;
};
struct ProtocolOption {
  std::uint8_t protocol = 0;
  bool negated = false;
};

/// What a rule's basic options say. Absent members were not given.
struct BasicOptions {
  std::optional<AddressOption> source;
  std::optional<AddressOption> destination;
  std::optional<InterfaceOption> in;
  std::optional<InterfaceOption> out;
  std::optional<ProtocolOption> protocol;
  std::optional<bool> fragment;  ///< false: `! -f`
};

/// An address that cannot be read is an error and becomes `AddressOption::unreadable`.
[[nodiscard]] std::optional<AddressOption> read_addresses(const Word& value, bool negated, ir::Family family,
                                                          source::Diagnostics& diagnostics);
/// Each reads one value; an error is reported and nothing returned when it cannot be read.
[[nodiscard]] std::optional<InterfaceOption> read_interface(const Word& value, bool negated,
                                                            source::Diagnostics& diagnostics);
[[nodiscard]] std::optional<ProtocolOption> read_protocol(const Word& value, bool negated,
                                                          source::Diagnostics& diagnostics);

/// Prints and lowers the basic options into `rule`, with one network of each address list (null: not given).
void apply_basic(const BasicOptions& basic, const Network* source, const Network* destination, ir::Family family,
                 ir::PredicatePool& pool, ir::Rule& rule);

}  // namespace nfproof::compiler
