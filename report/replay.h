// SPDX-License-Identifier: Apache-2.0
// What became of replayed packets: one JSON object for each, and a summary of all. The facts come as plain values, so
// this room needs no simulator.
//
// Entries: `replayed_json`, `ReplaySummary`.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "compiler/ir/packet.h"
#include "compiler/source/source_file.h"
#include "report/style.h"

namespace nfproof::report {

struct ReplayedPacket {
  std::uint64_t number = 0;  ///< from 1, in the order of the capture
  std::int64_t time_ns = 0;
  bool is_ip = true;  ///< false: no chain sees it, and only number, time and reason are told
  std::optional<ir::Hook> hook;
  std::string verdict;  ///< ACCEPT, DROP, REJECT, QUEUE, INVALID (the kernel itself discards it)
  std::optional<ir::RuleRef> decided_by;
  std::string reason;  ///< where no rule decided
  ir::Packet before;
  std::string out;                  ///< interface it leaves by; empty: none
  std::optional<ir::Packet> after;  ///< only when it was rewritten
  std::size_t fragments = 0;        ///< into which it is cut when it leaves
  std::vector<std::string> log;     ///< what LOG rules wrote
};

[[nodiscard]] std::string replayed_json(const ir::Ruleset& ruleset, const ReplayedPacket& packet);

/// Counts packets as they come, by hook, verdict and deciding rule; keeps nothing of them.
class ReplaySummary {
 public:
  void add(const ReplayedPacket& packet);
  /// Many packets with the same fate at once.
  void add(const ReplayedPacket& packet, std::uint64_t packets, std::uint64_t bytes);
  [[nodiscard]] std::string text(const Style& style, const source::SourceManager& sources,
                                 const ir::Ruleset& ruleset) const;

 private:
  /// Where the fate of packets was decided: by a rule, or by the kernel for a reason.
  struct Decision {
    std::string verdict;
    std::optional<ir::RuleRef> rule;
    std::string reason;
    friend auto operator<=>(const Decision&, const Decision&) = default;
  };
  struct Count {
    std::uint64_t packets = 0;
    std::uint64_t bytes = 0;
  };
  using Decisions = std::map<Decision, Count>;
  [[nodiscard]] static std::string decisions_text(const Style& style, const source::SourceManager& sources,
                                                  const ir::Ruleset& ruleset, const Decisions& decisions);

  std::uint64_t packets_ = 0;
  std::map<std::string, std::uint64_t> ignored_;  ///< packets that no hook sees, by reason
  std::map<ir::Hook, Decisions> by_hook_;
};

}  // namespace nfproof::report
