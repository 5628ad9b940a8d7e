// SPDX-License-Identifier: Apache-2.0
// The value of predicates for a decoded packet. What does not follow from the packet (limits, statistics, matches
// without semantics) is asked of an `Oracle`.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "compiler/ir/core.h"
#include "compiler/ir/host.h"
#include "compiler/ir/ruleset.h"
#include "compiler/ir/sender.h"
#include "sim/decode.h"

namespace nfproof::sim {

class MatchState;
class Sets;
struct Track;

/// Where a predicate stands: each place has a state of its own.
struct Place {
  ir::RuleRef rule;
  std::uint32_t condition = 0;  ///< index into `Rule::when`
  ir::PredicateId predicate{};
  friend auto operator<=>(const Place&, const Place&) = default;
};

/// Answers for predicates that have a state or no meaning.
class Oracle {
 public:
  virtual ~Oracle() = default;
  virtual bool limit(const Place& place, const ir::Limit& test) = 0;
  virtual bool statistic(const Place& place, const ir::Statistic& test) = 0;
  virtual bool opaque(const Place& place, const ir::Opaque& test) = 0;
  /// An answer that the packet does not give: what it depends on is not known. The user is told.
  virtual bool doubt(const Place& /*place*/, std::string_view /*module*/, std::string_view /*why*/) { return false; }
  /// What matches remember; null for a packet that stands alone.
  virtual MatchState* state() { return nullptr; }
  /// For packets that stand for many, whose payload nobody chose: the answer of a test that looks into it
  /// (`SctpChunks`, strings...) or beside it. Nothing: look at the packet.
  virtual std::optional<bool> chosen(const Place& /*place*/, std::string_view /*module*/) { return std::nullopt; }
  /// The ipsets; null: there are none.
  virtual Sets* sets() { return nullptr; }
};

/// `kHotdrop`: the test could not read its header and drops the packet. `kTrueHotdrop`: so does this one, but as it is
/// negated the rule still matches, and counts, before that.
enum class Truth : std::uint8_t { kFalse, kTrue, kHotdrop, kTrueHotdrop };
[[nodiscard]] constexpr Truth truth(bool value) { return value ? Truth::kTrue : Truth::kFalse; }

struct EvaluationContext {
  const ir::PredicatePool& predicates;
  const ir::Host& host;
  const DecodedPacket& packet;
  Oracle& oracle;
  const Track* track = nullptr;  ///< the connection; null when nobody tracks
  bool nft = false;              ///< the rule is one of nftables, which reads of a header what it needs and drops nothing
  /// Who sent it; null: nobody here. Nothing: not known.
  std::optional<const ir::Sender*> sender{};
};

/// Are the headers that port, flag and ICMP matches read all there, so that no such match drops the packet?
[[nodiscard]] bool headers_are_whole(const DecodedPacket& packet);

[[nodiscard]] Truth evaluate_predicate(const EvaluationContext& context, const Place& place);

}  // namespace nfproof::sim
