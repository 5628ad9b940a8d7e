// SPDX-License-Identifier: Apache-2.0
// What can happen to one packet in a chain, as a tree: steps that ask a memory or do something, one after the other, up
// to a verdict. What a chain does is a function from packets to such trees (`trace_chains.h`); that is the same however
// its rules are spread over chains, called or dispatched by maps.
//
// Equal trees are the same number. A tree whose end is open (`kTraceGoesOn`) can be continued by another.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "analyzer/paths/written_fields.h"
#include "analyzer/regions/memories.h"
#include "analyzer/regions/program.h"

namespace nfproof::analyzer::regions {

using Trace = std::uint32_t;
using TraceStep = std::uint32_t;

inline constexpr Trace kTraceGoesOn = 0;  ///< whatever follows
inline constexpr Trace kTraceBack = 1;    ///< to the chain that called
inline constexpr Trace kTraceStuck = 2;   ///< not known: the same as nothing, not even itself
inline constexpr std::size_t kMostTraces = 1'000'000;

/// What a trace did before it goes on: which fields then have other values than the packet came with.
struct Before {
  bool goes_on = false;
  bool stepped = false;
  bool shaken = false;  ///< something happened that may change answers of tests, even of those that read the packet
  FieldSet written = {};
  friend bool operator==(const Before&, const Before&) = default;
};

class Traces {
 public:
  Traces();

  /// Of the instruction of one side; equal instructions are the same step, save that each side has its own memory.
  TraceStep step(std::size_t side, const Instruction& instruction);
  Trace end(std::uint32_t text);
  Trace done(TraceStep step, Trace next);
  Trace asked(TraceStep step, Trace yes, Trace no);

  /// The first, and where it goes on, the second.
  Trace then(Trace first, Trace second);
  /// What comes back to the caller goes on there.
  Trace returned(Trace trace);
  [[nodiscard]] const Before& before(Trace trace) const { return befores_[nodes_[trace].before]; }
  [[nodiscard]] bool goes_back(Trace trace) const { return nodes_[trace].back; }

  /// Do both do the same, given that what corresponds in memory is the same?
  bool same(Trace a, Trace b, Memories& memories);

  /// Too many, so that what is returned means nothing.
  [[nodiscard]] bool exhausted() const { return nodes_.size() > kMostTraces; }

 private:
  enum class Kind : std::uint8_t { kOpen, kBack, kStuck, kEnd, kDone, kAsked };
  struct Node {
    Kind kind{};
    bool back = false;
    bool stuck = false;
    bool remembers = false;  ///< some step has a memory
    std::uint32_t what = 0;  ///< the text of an end, a step
    Trace yes = 0, no = 0;   ///< kDone: yes follows
    std::uint32_t before = 0;
  };
  struct Step {
    std::size_t side = 0;
    std::uint32_t text = 0;
    std::string memory;
    FieldSet writes;
    bool settles = false;
    bool shakes = false;
    auto operator<=>(const Step& b) const {
      return std::tie(side, text, memory, settles, shakes) <=> std::tie(b.side, b.text, b.memory, b.settles, b.shakes);
    }
  };
  Trace add(Node node);
  std::uint32_t number(const Before& before);
  Before joined(const Node& node) const;
  Trace build(const Node& like, Trace yes, Trace no);
  template <typename Leaf>
  Trace rebuilt(Trace root, std::unordered_map<Trace, Trace>& made, const Leaf& leaf);
  Trace without(TraceStep settled, Trace trace);
  bool same_step(TraceStep a, TraceStep b, Memories& memories) const;

  std::vector<Node> nodes_;
  std::vector<Step> steps_;
  std::map<Step, TraceStep> known_steps_;
  std::vector<Before> befores_;
  struct KeyHash {
    std::size_t operator()(const std::array<std::uint32_t, 4>& key) const {
      std::uint64_t hash = 0;
      for (const std::uint32_t part : key) hash = (hash ^ part) * 0x9e3779b97f4a7c15ULL ^ (hash >> 29U);
      return hash ^ (hash >> 32U);
    }
  };
  std::unordered_map<std::array<std::uint32_t, 4>, Trace, KeyHash> known_;
  std::unordered_map<std::uint64_t, Trace> joined_;
  std::unordered_map<Trace, Trace> returned_;
  std::map<TraceStep, std::unordered_map<Trace, Trace>> settled_;
  std::unordered_set<std::uint64_t> same_;
};

}  // namespace nfproof::analyzer::regions
