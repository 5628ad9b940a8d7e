// SPDX-License-Identifier: Apache-2.0
// Sends what a rule needs to be hit: one packet, a whole conversation, an error about one. Whether it worked is what
// the simulator says of each packet.
#pragma once

#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "sim/cover/fit.h"
#include "sim/cover/log.h"

namespace nfproof::sim {

/// A rule (or a policy), and a packet that is said to get there.
struct CoverGoal {
  ir::RuleRef rule;
  ir::Packet packet;           ///< as it enters the base chain at `packet.hook`
  bool untracked_yet = false;  ///< the chain comes before connection tracking
  unsigned repeat = 1;         ///< how many packets of the kind it may take
  bool send_all = false;       ///< even when it is hit: chance decides, and another replay has other luck
  Nanoseconds not_before = 0;  ///< the time when it holds
  std::vector<PayloadText> texts;
  ir::Sender sender;  ///< of what the host itself sends
};

class Pursuit {
 public:
  Pursuit(const ir::Host& host, CoverLog& log) : host_(host), log_(log) {}

  /// True when the rule is hit afterwards.
  bool pursue(const CoverGoal& goal);

 private:
  /// A protocol and port (or ICMP type) that new connections got through with.
  using Service = std::pair<std::uint8_t, std::uint16_t>;
  /// What became of a packet that was sent.
  struct Trip {
    bool accepted = false;
    bool delivered = false;
    PacketBuffer arrived, left;
    std::string out;
  };

  bool attempt(const CoverGoal& goal, const Fitted& fitted);
  bool send_plain(const CoverGoal& goal, const Fitted& fitted);
  bool send_invalid(const CoverGoal& goal, const Fitted& fitted);
  bool converse(const CoverGoal& goal, Fitted fitted);
  bool converse_reversed(const CoverGoal& goal, const Fitted& fitted, const Service* service);
  bool provoke_error(const CoverGoal& goal, const Fitted& fitted);
  bool error_after(const CoverGoal& goal, const Fitted& fitted, const Fitted& opener, bool about_answer);
  void follow_up(const ir::Sender& sender, const Fitted& first, const Trip& trip);
  Trip send(const CoverGoal& goal, const Fitted& fitted, Moment moment);
  Trip send_bytes(const CoverGoal& goal, PacketBuffer bytes, Course course, const std::string& in, ir::u128 mac,
                  ir::u128 target = 0);
  Trip answer(const CoverGoal& goal, const Trip& trip, const ir::Packet* like, Moment moment);
  void learn(const Fitted& fitted);
  [[nodiscard]] Fitted mirrored(const Fitted& fitted, bool local_target) const;
  [[nodiscard]] bool is_hit(const CoverGoal& goal) const { return log_.is_hit(goal.rule); }

  const ir::Host& host_;
  CoverLog& log_;
  std::uint16_t next_port_ = 20000;
  std::uint16_t next_tag_ = 1;
  std::map<Course, std::set<Service>> services_;
  std::set<std::tuple<Course, std::string, std::string, std::uint8_t, ir::Sender, ir::RuleRef>> followed_;
  std::optional<ir::RuleRef> last_decided_;
};

}  // namespace nfproof::sim
