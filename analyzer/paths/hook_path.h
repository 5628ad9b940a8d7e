// SPDX-License-Identifier: Apache-2.0
// Questions about whole ways through the host: can a kind of packet get through all tables from the wire to a local
// process, or from a process to the wire? Values that rules write on the way are taken as unknown, so "cannot" is
// certain. The nat table does not filter and is left out; what it redirects is asked separately.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "analyzer/paths/family_context.h"

namespace nfproof::analyzer {

/// A kind of packet that must get through, independent of any ruleset's pool.
struct Access {
  ir::PredicatePool pool;
  std::vector<ir::PredicateId> when;
  std::string text;
  bool is_default = false;
  bool on_loopback = false;  ///< between processes of this host; else from or to another one

  static Access of(const ir::PredicatePool& from, const std::vector<ir::PredicateId>& when, std::string text);
  static Access standard();  ///< `tcp dport 22`
  /// Sources and destinations exchanged.
  [[nodiscard]] Access mirrored() const;
  /// Only from ports that clients use (1024 and above), unless the access speaks of source ports itself.
  [[nodiscard]] Access from_client_ports() const;
};

/// Wire to process, process to wire, wire to wire. Of the last only what FORWARD does is looked at: the routing in
/// between and translated destinations make the packet another one before.
enum class Way : std::uint8_t { kIn, kOut, kThrough };
/// What connection tracking says of the packets in question. `kRelated`: an error message about a connection, of either
/// direction. `kUntracked`: neighbour discovery and the like, which is never tracked. `kTranslated`: a new connection
/// whose destination nat has rewritten.
enum class Moment : std::uint8_t { kNewConnection, kEstablished, kReply, kRelated, kUntracked, kTranslated };

/// What stops a packet, and the packet as it enters the base chain that does.
struct Refusal {
  Witness witness;
  bool too_long = false;  ///< nobody knows: the packet makes more calls than are followed
};

class HookPaths {
 public:
  HookPaths(const Structure& structure, ir::Family family, std::chrono::milliseconds timeout);

  /// Can some packet of this kind, from or to another host, get through? New connections to which nat gives another
  /// destination count as through.
  [[nodiscard]] Outcome can_pass(const Access& access, Way way, Moment moment);
  /// A packet of this kind that is stopped.
  [[nodiscard]] std::optional<Refusal> example_stopped(const Access& access, Way way, Moment moment);
  /// Can a packet that is tracked match the rule, as it comes on this way? What its state is does not matter.
  [[nodiscard]] Outcome can_be_tracked(ir::RuleRef rule, Way way);
  /// Walks a packet through all base chains on the way; the refusal, or nothing when it gets through.
  [[nodiscard]] std::optional<Refusal> walk(const Candidate& candidate, Way way) const;
  /// Base chains on the way, without nat.
  [[nodiscard]] std::vector<ir::ChainId> chains(Way way) const;
  /// The chain that usually decides: filter INPUT, OUTPUT or FORWARD; nothing when the ruleset has none.
  [[nodiscard]] std::optional<ir::ChainId> filter_chain(Way way) const;

  [[nodiscard]] FamilyContext& context() { return context_; }

 private:
  FormulaId formula_of(const Access& access);
  FormulaId test(ir::FieldId field, ir::ValueSet values, bool negated = false);
  FormulaId from_outside(Way way);
  FormulaId over_loopback(Way way);
  FormulaId situation(Way way, Moment moment, const Box& box);
  FormulaId transport_flags(Moment moment);
  FormulaId tracked(Moment moment);
  FormulaId question(const Access& access, Way way, Moment moment);
  FormulaId passing(Way way, const Box& box);
  FormulaId redirected(Way way, const Box& box);
  FormulaId untracked(Way way, const Box& box);
  [[nodiscard]] Box box_of(const Access& access) const;

  const Structure& structure_;
  FamilyContext context_;
};

}  // namespace nfproof::analyzer
