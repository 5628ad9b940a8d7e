// SPDX-License-Identifier: Apache-2.0
// Two programs side by side: both are given the same packet and the same memory, and as long as both do the same
// (ask the same of the same memory, do the same to the packet, end alike) packet and memory stay the same. Whoever can
// do that for all packets has shown that no packet, and no sequence of packets, tells the two apart.
//
// What base chains do as a whole is compared first (`trace_chains.h`), whatever chains they are made of. For packets
// that are left, chains that call each other are compared pair by pair, each pair once; a call of one chain against a
// call of its pair is one step. Where the calls do not match, the called chain is entered. That is enough for rulesets
// of one structure, of any size; where it is not, it says which packets are left.
#pragma once

#include <array>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "analyzer/regions/host_path.h"
#include "analyzer/regions/memories.h"
#include "analyzer/regions/program.h"
#include "analyzer/regions/trace_chains.h"
#include "analyzer/regions/traces.h"

namespace nfproof::analyzer::regions {

class LockStep {
 public:
  LockStep(Space& space, Predicates& before, Predicates& after);

  /// Packets, as they come to the host, that are not shown to be treated alike on the way.
  Ref open(HostWay way);
  /// May any of these packets come to a test that keeps state, or change what such a test asks? Then what is left of
  /// them is not all that matters: also how often and in which order is asked.
  bool asks(Ref packets);

 private:
  using Pair = std::pair<ir::ChainId, ir::ChainId>;
  /// Where one side is: in a chain, called by others that go on at their places; or at the end already.
  struct Frame {
    ir::ChainId chain{};
    Place place;
  };
  struct Position {
    std::vector<Frame> frames;                        ///< from the outermost
    std::optional<std::uint32_t> end = std::nullopt;  ///< the text of a verdict
    bool operator<(const Position& b) const;
  };
  struct Pending {
    Ref packets = kNo;
    FieldSet written;  ///< since the chains were entered
  };
  using States = std::map<std::pair<Position, Position>, Pending>;
  struct Job {
    Pair pair;
    std::optional<std::pair<std::uint32_t, std::uint32_t>> policies;  ///< of base chains
    States states;
    Ref open = kNo;
  };
  /// What both sides come to, with the packets that do.
  struct Event {
    Position a, b;
    Ref packets = kNo;
    FieldSet written;
  };

  /// Of base chains, with these packets.
  Ref compare(Pair pair, Ref packets);
  Ref packets_of(const WayStep& step);
  Ref differing(Pair pair, const WayStep& step);
  bool run(Job& job, std::vector<Pair>& missing);
  std::vector<Event> events(const Job& job, const States::value_type& state);
  Ref first(std::size_t side, const Position& position, Ref within, std::optional<std::uint32_t> policy);
  [[nodiscard]] static Position position_of(const Position& from, Ref leaf);
  const Instruction* instruction(std::size_t side, const Position& position);
  Position behind(std::size_t side, Position position, bool next_rule);
  Position behind_call(std::size_t side, Position position);
  Position inside(std::size_t side, Position position);
  void step(Job& job, const Event& event);
  void call(Job& job, const Event& event, const Instruction& a, const Instruction& b);
  void add(Job& job, Position a, Position b, const Event& event, const FieldSet& writes);
  void leave_open(Job& job, Ref packets, const FieldSet& written);
  Ref forget(Ref packets, const FieldSet& written);
  Ref as_it_came(Ref packets, const WayStep& step);

  Space& space_;
  Texts texts_;
  std::array<Program, 2> sides_;
  Ref world_;
  std::map<Pair, Ref> bases_;
  std::map<std::pair<Pair, bool>, Ref> done_;  ///< base chains or others
  std::set<std::pair<Pair, bool>> running_;
  Memories memories_;
  Traces traces_;
  std::array<TraceChains, 2> functions_;
  std::size_t states_ = 0;
  Changes changes_;
};

}  // namespace nfproof::analyzer::regions
