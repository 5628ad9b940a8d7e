// SPDX-License-Identifier: Apache-2.0
// What an analysis says: findings, each with its place, the rules that are to blame and a packet that shows it, and
// questions that could not be decided. Values only: rendering is somebody else's work.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/ir/packet.h"
#include "compiler/ir/ruleset.h"
#include "compiler/source/span.h"

namespace nfproof::analyzer {

/// Ordered: a higher level is worse.
enum class Level : std::uint8_t { kInfo, kWarning, kError };
[[nodiscard]] std::string_view level_name(Level level);  ///< `info`, `warning`, `error`

/// A rule that belongs to a finding, and what it does there ("takes these packets").
struct Because {
  ir::RuleRef rule;  ///< the place past the last rule of a base chain: its policy
  source::Span span;
  std::string message;
};

/// The answer that a witness supposes for a test without a certain outcome (limit, statistic, opaque modules), at one
/// rule or, without one, at every rule that holds the test.
struct Choice {
  std::optional<ir::RuleRef> rule;
  ir::PredicateId predicate{};
  bool answer = false;
};

/// What a witness packet is said to do. The packet is given as it enters `base`; replaying it there must end with
/// `fate`. When `reaches` is set the packet must get to that rule and match it on its way; when `fits` is set, the
/// tests of that rule are true for the packet although it never gets there.
struct WitnessClaim {
  ir::ChainId base{};
  ir::Fate fate;
  std::optional<ir::RuleRef> reaches;
  std::optional<ir::RuleRef> fits;
  std::vector<Choice> choices;
};

struct Witness {
  ir::Packet packet;
  WitnessClaim claim;
  std::string fate{};  ///< in words, when it is about another ruleset (a step of a script), where it was replayed
};

/// Replaces columns of a line; an empty replacement of a whole rule deletes its line. With `text_of`, nothing is
/// replaced: the line that stands there is written in front of the line of `span`.
struct Edit {
  source::Span span;
  std::string replacement;
  source::Span text_of{};
};

struct Fix {
  std::string description;
  bool safe = false;  ///< the result was proved to treat every packet alike
  std::vector<Edit> edits;
  bool provable = false;  ///< that is expected, and has to be proved before the fix is made
};

struct Finding {
  std::string_view id;    ///< `NF101`
  std::string_view name;  ///< `shadowed-rule`
  Level level = Level::kWarning;
  ir::Family family{};
  ir::ChainId chain{};              ///< where it is; its table is `ruleset.table_of(chain)`
  std::optional<ir::RuleRef> rule;  ///< the rule; nothing when the finding is about the chain or its policy
  source::Span span;                ///< of the rule or of the chain's declaration; unknown when that was not written
  std::string message;
  std::vector<Because> because;
  std::optional<Witness> witness;
  std::optional<Fix> fix;
  bool proved = false;
  std::string fingerprint;  ///< the same when lines move; see `triage/fingerprint.h`
};

/// A finding that the user does not want to be told, and why.
struct HiddenFinding {
  enum class By : std::uint8_t {
    kComment,   ///< a comment in the input
    kBaseline,  ///< it was there when the baseline was written
    kOld,       ///< the old ruleset has it as well
  };
  Finding finding;
  By by{};
  std::string reason;      ///< what the comment says
  source::Span place;      ///< the comment
  bool was_there = false;  ///< in the baseline or the old ruleset
};

/// A question that was asked and not answered. Never a pass.
struct Undecided {
  std::string_view id;
  std::string_view name;
  ir::Family family{};
  ir::ChainId chain{};
  std::optional<ir::RuleRef> rule;
  source::Span span;
  std::string reason;  ///< "the solver gave up after 1000 ms"
};

}  // namespace nfproof::analyzer
