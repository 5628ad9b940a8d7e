// SPDX-License-Identifier: Apache-2.0
// The packets of a capture in the making, in groups that belong together, and which rules they hit. Every packet goes
// through a simulator at once, so the next one can be made from what became of it.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "sim/cover/shape.h"
#include "sim/replay.h"

namespace nfproof::sim {

/// When captures begin: a Tuesday noon in January 2024, UTC.
inline constexpr Nanoseconds kCoverBeginning = Nanoseconds{1704196800} * 1000000000;

/// A packet as it stands in the capture.
struct CoverPacket {
  PacketBuffer bytes;
  std::string interface;               ///< it arrives on, or leaves by when the host sends it
  bool sent = false;                   ///< by the host itself
  std::optional<ir::Sender> sender{};  ///< of what the host sends
  ir::u128 source_mac = 0;
  ir::u128 target_mac = 0;     ///< 0: as the destination asks for
  Nanoseconds not_before = 0;  ///< the moment that its rule needs
  Nanoseconds time = 0;
};

/// The link header that it has in the capture.
[[nodiscard]] PacketBuffer ethernet_header(const ir::Host& host, const CoverPacket& packet);

/// What hit a rule first, and what had to be assumed before it did.
struct CoverHit {
  std::size_t packet = 0;  ///< number in the capture, from 0
  std::vector<Assumption> assumptions;
};

class CoverLog {
 public:
  CoverLog(const ir::Ruleset& ruleset, const ir::Host& host, SimOptions options);

  void begin_group();
  /// A group that hit nothing new may be left out of the capture.
  void end_group();
  const Result& send(CoverPacket packet);
  /// The group stays in the capture.
  void keep_group() { groups_.back().useful = true; }
  /// Packets that the place has counted so far.
  [[nodiscard]] std::uint64_t count(ir::RuleRef place) const { return simulator_->counters(place).packets; }
  [[nodiscard]] bool is_hit(ir::RuleRef place) const { return hits_.contains(place); }
  [[nodiscard]] std::size_t hit_count() const { return hits_.size(); }

  /// Sends the groups that hit something new once more, from the beginning, and forgets the others. What depended on
  /// those is no longer hit.
  void compact();
  /// The same at the end, but only when nothing is lost by it.
  void finish();
  /// After `finish`.
  [[nodiscard]] const std::vector<CoverPacket>& packets() const { return packets_; }
  /// So far.
  [[nodiscard]] const std::map<ir::RuleRef, CoverHit>& hits() const { return hits_; }

 private:
  struct Group {
    std::vector<CoverPacket> packets;
    bool useful = false;
  };
  void start();
  void note(const Result& result);
  [[nodiscard]] SimOptions options() const;

  const ir::Ruleset& ruleset_;
  const ir::Host& host_;
  SimOptions options_;
  std::unique_ptr<Simulator> simulator_;
  std::vector<Group> groups_;
  std::vector<CoverPacket> packets_;
  std::map<ir::RuleRef, CoverHit> hits_;
  Result result_;
  Nanoseconds now_ = 0;
  std::size_t sent_ = 0;
  bool new_hit_ = false;
  bool asks_for_owners_ = false;
};

}  // namespace nfproof::sim
