// SPDX-License-Identifier: Apache-2.0
// Walks a packet through one base chain as the kernel's ip_tables.c does: conditions in order, effects, jumps with an
// explicit stack, counters. Who calls it decides which chains and in which order (`path.h`, `witness.h`).
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "compiler/ir/host.h"
#include "compiler/ir/ruleset.h"
#include "sim/classifier.h"
#include "sim/evaluate.h"
#include "sim/nat.h"
#include "sim/observer.h"
#include "sim/result.h"

namespace nfproof::sim {

/// A packet on its way: what it is, the connection it belongs to, when it is.
struct Traveller {
  DecodedPacket packet;
  Track track;
  Nanoseconds now = 0;
  bool arrived = false;                       ///< from outside
  std::optional<ir::Sender> sender{};         ///< see `Arrival::sender`
  const ir::Packet* pretend = nullptr;        ///< see `Arrival::pretend`
  std::optional<Track> known = std::nullopt;  ///< what tracking says, when it was asked before
};

/// What a walk leaves behind for people. Null members are not wanted.
struct Journal {
  std::vector<RuleVisit>* visits = nullptr;
  std::vector<LogEvent>* logs = nullptr;
  bool log_lines = false;  ///< the lines that go into the kernel's log, too
  std::vector<Assumption>* target_assumptions = nullptr;
  Observer* observer = nullptr;
};

/// What TEE sends to another host.
struct Copy {
  DecodedPacket packet;
  ir::Duplicate target;
};

struct Walk {
  ir::Fate fate;
  bool hotdrop = false;      ///< a match dropped it
  bool nat_decided = false;  ///< a nat target chose a mapping
  std::string reason;        ///< for drops that no verdict of a rule says
  std::vector<Copy> copies;  ///< made on the way, in order
};

class KnownWays;

class Engine {
 public:
  /// `nat` may be null: nat targets then only accept. With `linear` every rule is looked at.
  Engine(const ir::Ruleset& ruleset, const ir::Host& host, Oracle& oracle, Nat* nat, std::uint16_t mtu,
         bool linear = false);

  [[nodiscard]] Walk walk(ir::ChainId base, Traveller& traveller, const Journal& journal);
  [[nodiscard]] ir::Counters counters(ir::RuleRef rule) const;
  /// Adds what was counted elsewhere.
  void add(ir::RuleRef rule, const ir::Counters& counters);
  /// Is told of every test, effect and count; null: nobody wants to know.
  void set_ways(KnownWays* ways) { ways_ = ways; }

 private:
  struct Frame {
    ir::ChainId chain{};
    std::uint32_t next = 0;
    std::uint32_t version = 0;  ///< of the packet that `key` is about; 0: none
    ChainClassifier::Key key{};
  };
  /// How a chain is searched: rule by rule until it turns out to be worth more.
  struct Search {
    std::uint32_t walks = 0;
    std::unique_ptr<ChainClassifier> classifier;
  };
  enum class Match { kNo, kYes, kHotdrop, kYesHotdrop };

  [[nodiscard]] Match match(const ir::Rule& rule, ir::RuleRef ref, const Traveller& traveller, const Journal& journal);
  /// False: the packet is dropped by an effect.
  [[nodiscard]] bool apply_effects(const ir::Rule& rule, ir::RuleRef ref, Traveller& traveller, const Journal& journal,
                                   Walk& walk);
  /// Makes the classifier of a chain that is entered often.
  void enter(ir::ChainId chain);
  /// Steps over rules that the packet cannot match. `version` counts the changes of the packet.
  void skip(Frame& at, const Traveller& traveller, std::uint32_t version);
  void count(ir::RuleRef rule, std::uint32_t bytes);
  void take_policy(ir::ChainId base, Traveller& traveller, const Journal& journal, Walk& walk);

  const ir::Ruleset& ruleset_;
  const ir::Host& host_;
  Oracle& oracle_;
  Nat* nat_;
  std::uint16_t mtu_;
  bool linear_;
  KnownWays* ways_ = nullptr;
  std::vector<Search> searches_;                     // by chain
  std::vector<Frame> stack_;                         // of the walk that is going on
  std::vector<std::vector<ir::Counters>> counters_;  // by chain; one more than the chain has rules
};

}  // namespace nfproof::sim
