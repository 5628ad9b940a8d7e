// SPDX-License-Identifier: Apache-2.0
// One command (`-A`, `-I`, `-N`...) of restore input or of a command line as a value: what `rule_reader.h` makes of
// words and `staging.h` executes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "compiler/extensions/options.h"
#include "compiler/ir/ruleset.h"

namespace nfproof::compiler {

/// The longest name of a chain or target: XT_EXTENSION_MAXNAMELEN (include/uapi/linux/netfilter/x_tables.h) less the
/// NUL.
inline constexpr std::size_t kMaxChainName = 28;

/// What a command does, by the option that names it (iptables(8)). Some exist only to be refused later.
enum class Verb : std::uint8_t {
  kNone,
  kAppend,
  kCheck,
  kDelete,
  kDeleteChain,
  kDeleteNumber,
  kFlush,
  kInsert,
  kList,
  kListRules,
  kNewChain,
  kPolicy,
  kRename,
  kReplace,
  kZero,
};

/// Where the words of a command come from: a line of restore input, or the arguments of the program itself.
enum class CommandSyntax : std::uint8_t { kRestoreLine, kCommandLine };

/// What becomes of a rule with a value, an option or a match that nobody knows (an error in any case).
enum class Unreadable : std::uint8_t {
  kRefuse,  ///< there is no rule, as iptables has it
  kKeep,    ///< the rule stays, so that numbers of rules stay, with a test of which nobody knows what it asks
};

/// What a command says beside its chain and its rule.
struct CommandFlags {
  unsigned verbose = 0;
  bool numeric = false;
  bool exact = false;
  bool line_numbers = false;
  bool zero = false;        ///< `-L -Z`: list, then zero
  bool help = false;        ///< nothing else of the command counts
  bool version = false;     ///< the same
  bool no_version = false;  ///< `! -V`
};

/// A command once its words are read.
struct Command {
  Verb verb = Verb::kNone;
  Word table;  ///< of `-t`, without a place when it was not given
  CommandFlags flags;
  std::optional<ir::Counters> counters;  ///< of `-c`
  Word chain;                            ///< without a place when none was given (`-F`)
  std::uint32_t number = 0;
  Word argument;                   ///< the policy, or the new name of a chain
  std::optional<ir::Family> only;  ///< `-4`, `-6`: for the other family a line of restore input is nothing
  std::vector<ir::Rule> rules;     ///< one for each pair of addresses
};

}  // namespace nfproof::compiler
