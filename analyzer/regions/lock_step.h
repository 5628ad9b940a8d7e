// SPDX-License-Identifier: Apache-2.0
// Two programs side by side: both are given the same packet and the same memory, and as long as both do the same
// (ask the same of the same memory, do the same to the packet, end alike) packet and memory stay the same. Whoever can
// do that for all packets has shown that no packet, and no sequence of packets, tells the two apart.
//
// Chains that call each other are compared pair by pair, each pair once; a call of one chain against a call of its pair
// is one step. Where the calls do not match, the called chain is entered. That is enough for rulesets of one structure,
// of any size; where it is not, it says which packets are left.
#pragma once

#include <array>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "analyzer/regions/host_path.h"
#include "analyzer/regions/program.h"

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

  /// `base`: of base chains, the step that they are.
  Ref compare(Pair pair, const WayStep* base);
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
  bool same_memory(const std::string& a, const std::string& b);
  void leave_open(Job& job, Ref packets, const FieldSet& written);
  Ref forget(Ref packets, const FieldSet& written);
  Ref as_it_came(Ref packets, const WayStep& step);

  Space& space_;
  Texts texts_;
  std::array<Program, 2> sides_;
  Ref world_;
  std::map<std::pair<Pair, bool>, Ref> done_;
  std::set<std::pair<Pair, bool>> running_;
  std::map<std::string, std::string> memories_, memories_back_;  ///< which is which
  std::size_t states_ = 0;
  Changes changes_;
};

}  // namespace nfproof::analyzer::regions
