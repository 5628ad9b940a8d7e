// SPDX-License-Identifier: Apache-2.0
// The concrete walk: an explicit stack of chains, effects applied as they are met. A chain that let the packet return
// does so again as long as nothing was rewritten, so calls that fan out and meet again cost nothing twice.
#include "analyzer/paths/concrete_walk.h"

#include <algorithm>

namespace nfproof::analyzer {
namespace {

using ir::FieldId;
using ir::Packet;
using ir::PredicateId;
using ir::RuleRef;
using ir::u128;
using ir::VerdictKind;

constexpr std::size_t kMostCalls = 500'000;    // calls that one packet may make, also those that are not walked again
constexpr std::size_t kMostSteps = 4'000'000;  // rules that one packet is held against

std::uint32_t bits32(const Packet& packet, FieldId field) {
  return static_cast<std::uint32_t>(packet.get_or(field, 0));
}

std::uint32_t shifted(std::uint32_t value, int bits) {
  if (bits <= -32 || bits >= 32) return 0;
  return bits < 0 ? value >> -bits : value << bits;
}

struct Apply {
  Packet& packet;

  void operator()(const ir::SetField& effect) const {
    if (!ir::is_present(packet, ir::field_info(effect.field).presence)) return;
    packet.set(effect.field, shifted((bits32(packet, effect.field) & ~effect.mask) ^ effect.value, effect.shift));
  }
  void operator()(const ir::CopyMark& effect) const {
    if (!ir::is_present(packet, ir::Presence::kConntrack)) return;
    const std::uint32_t mark = bits32(packet, FieldId::kMark);
    const std::uint32_t ct_mark = bits32(packet, FieldId::kCtMark);
    if (effect.save)
      packet.set(FieldId::kCtMark, (ct_mark & ~effect.ctmask) ^ shifted(mark & effect.nfmask, effect.shift));
    else
      packet.set(FieldId::kMark, (mark & ~effect.nfmask) ^ shifted(ct_mark & effect.ctmask, effect.shift));
  }
  void operator()(const ir::AddToHopLimit& effect) const {
    const FieldId field = packet.family == ir::Family::kIpv4 ? FieldId::kIpTtl : FieldId::kIp6HopLimit;
    const int sum = static_cast<int>(bits32(packet, field)) + effect.amount;
    packet.set(field, static_cast<u128>(std::clamp(sum, 0, 255)));
  }
  void operator()(const ir::GiveToSocket& effect) const {
    packet.set(FieldId::kMark, (bits32(packet, FieldId::kMark) & ~effect.mask) ^ effect.mark);
  }
  // What these do shows in no field, or is not known: tests of it are not certain then (`WrittenFields`).
  void operator()(const ir::TrackAs&) const {}
  void operator()(const ir::TranslatePrefix&) const {}
  void operator()(const ir::StripTcpOptions&) const {}
  void operator()(const ir::UpdateSet&) const {}
  void operator()(const ir::HashMark&) const {}
  void operator()(const ir::SampleRate&) const {}
  void operator()(const ir::Duplicate&) const {}
  void operator()(const ir::AnswerSyn&) const {}
  void operator()(const ir::Aside&) const {}
  void operator()(const ir::Notrack&) const {
    if (packet.ct_state() == ir::CtState::kInvalid)
      packet.set(FieldId::kCtState, static_cast<u128>(ir::CtState::kUntracked));
  }
  void operator()(const ir::Log&) const {}
  void operator()(const ir::Nflog&) const {}
  void operator()(const ir::Nat&) const {}
  void operator()(const ir::SetTcpMss& effect) const {
    if (effect.mss && ir::is_present(packet, ir::Presence::kTcp)) packet.set(FieldId::kTcpMss, *effect.mss);
  }
  void operator()(const ir::OpaqueEffect&) const {}
};

/// The state of one walk.
class Run {
 public:
  Run(const ConcreteWalk& walker, const ir::Ruleset& ruleset, const Packet& packet, const WalkRequest& request,
      const BoxIndex* boxes, const Box& box, ReturnMemory& memory)
      : walker_(walker),
        ruleset_(ruleset),
        request_(request),
        boxes_(boxes),
        box_(box),
        returned_(memory.by_chain),
        epoch_(memory.epoch) {
    result_.packet = packet;
    returned_.resize(ruleset.chains.size());
    ++epoch_;
    frames_.push_back({request.base, 0, {}, epoch_, 0});
  }

  WalkResult finish() {
    for (std::size_t steps = 0; !over_; ++steps) {
      if (steps > kMostSteps || calls_ > kMostCalls) {
        decide(VerdictKind::kDrop, {request_.base, end_of(request_.base)});
        result_.reached = false;
        result_.exhausted = true;
      }
      step();
    }
    return std::move(result_);
  }

 private:
  struct Frame {
    ir::ChainId chain{};
    std::uint32_t next = 0;
    RuleRef via;  ///< the jump that entered it
    std::size_t epoch = 0;
    std::size_t calls = 0;  ///< made before
  };
  void step() {
    Frame& frame = frames_.back();
    const auto& rules = ruleset_.chain(frame.chain).rules;
    if (boxes_ != nullptr) frame.next = boxes_->next_meeting(frame.chain, frame.next, box_);
    if (frame.next >= rules.size()) return leave();
    const RuleRef ref{frame.chain, frame.next++};
    if (!request_.disabled.empty() &&
        std::find(request_.disabled.begin(), request_.disabled.end(), ref) != request_.disabled.end()) {
      // A rule that is taken out may be the target: what would have happened without it?
      if (request_.target != ref || !walker_.matches(ref, result_.packet, request_.choices)) return;
      note_reached();
      return;
    }
    bool asked = false;
    const bool matched = walker_.matches(ref, result_.packet, request_.choices, &asked);
    if (asked && watching()) result_.clean = false;
    if (asked && request_.asked != nullptr) request_.asked->push_back(ref);
    if (matched) apply(ref, rules[ref.index]);
  }

  /// From now on other things are noted, so chains are walked again.
  void note_reached() {
    if (!result_.reached) ++epoch_;
    result_.reached = true;
  }
  [[nodiscard]] bool watching() const { return request_.watch_everything || result_.reached; }

  void apply(RuleRef ref, const ir::Rule& rule) {
    if (!rule.effects.empty() && watching()) result_.clean = false;
    if (request_.target == ref) {
      note_reached();
      if (request_.stop_at_target) {
        over_ = true;
        return;
      }
    }
    for (const ir::Effect& effect : rule.effects) std::visit(Apply{result_.packet}, effect);
    if (!rule.effects.empty()) ++epoch_;
    switch (rule.verdict.kind) {
      case VerdictKind::kContinue: return;
      case VerdictKind::kAccept:
      case VerdictKind::kDrop:
      case VerdictKind::kReject:
      case VerdictKind::kQueue: return decide(rule.verdict.kind, ref);
      case VerdictKind::kReturn:
        blame_departure(ref);
        frames_.back().next = end_of(ref.chain);
        return;
      case VerdictKind::kGoto:
        if (!on_path(ref)) blame_departure(ref);
        frames_.back().next = end_of(ref.chain);
        enter(rule.verdict.chain, ref);
        return;
      case VerdictKind::kJump: return enter(rule.verdict.chain, ref);
    }
  }

  void enter(ir::ChainId chain, RuleRef via) {
    // Only a loop of jumps stacks more chains than there are; such rulesets are refused, this ends the walk all the
    // same.
    if (frames_.size() > ruleset_.chains.size()) return decide(VerdictKind::kDrop, via);
    const ReturnMemory::Return& known = returned_[static_cast<std::size_t>(chain)];
    ++calls_;
    if (known.epoch == epoch_) {
      calls_ += known.calls;
      return;
    }
    frames_.push_back({chain, 0, via, epoch_, calls_});
  }

  void leave() {
    if (frames_.size() > 1) {
      const Frame& frame = frames_.back();
      if (frame.epoch == epoch_) returned_[static_cast<std::size_t>(frame.chain)] = {epoch_, calls_ - frame.calls};
      frames_.pop_back();
      return;
    }
    const ir::Chain& base = ruleset_.chain(request_.base);
    const VerdictKind policy = base.base ? base.base->policy : VerdictKind::kAccept;
    decide(policy, {request_.base, end_of(request_.base)});
  }

  void decide(VerdictKind verdict, RuleRef ref) {
    result_.fate = {verdict, ref};
    if (result_.blame.empty()) {
      result_.blame.push_back(ref);
      for (auto frame = frames_.rbegin(); frame + 1 != frames_.rend(); ++frame)
        if (!on_path(frame->via)) result_.blame.push_back(frame->via);
    }
    over_ = true;
  }

  /// A chain of the path is left before the path goes on from it.
  void blame_departure(RuleRef ref) {
    if (!result_.blame.empty() || result_.reached) return;
    const bool chain_matters =
        (request_.target && request_.target->chain == ref.chain) ||
        std::any_of(request_.path.begin(), request_.path.end(), [&](RuleRef site) { return site.chain == ref.chain; });
    if (chain_matters) result_.blame.push_back(ref);
  }

  [[nodiscard]] bool on_path(RuleRef ref) const {
    return std::find(request_.path.begin(), request_.path.end(), ref) != request_.path.end();
  }
  [[nodiscard]] std::uint32_t end_of(ir::ChainId chain) const {
    return static_cast<std::uint32_t>(ruleset_.chain(chain).rules.size());
  }

  const ConcreteWalk& walker_;
  const ir::Ruleset& ruleset_;
  const WalkRequest& request_;
  const BoxIndex* boxes_;  ///< of what the packet entered with: boxes say nothing of fields that are rewritten
  const Box& box_;
  WalkResult result_;
  std::vector<Frame> frames_;
  std::vector<ReturnMemory::Return>& returned_;  ///< by chain: when the packet last came back from it
  std::size_t& epoch_;                           ///< grows when the packet is rewritten
  std::size_t calls_ = 0;
  bool over_ = false;
};

/// Evaluates one predicate; `pending` holds parts of nested predicates.
struct Ask {
  const ConcreteWalk& walker;
  const ir::Ruleset& ruleset;
  PredicateId id;
  RuleRef place;
  const Packet& packet;
  std::span<const Choice> choices;
  bool* asked;

  bool operator()(const ir::FieldTest& test) const {
    if (!ir::needs_lookup(test)) return walker.field_test(test, packet);
    return ir::is_present(packet, ir::field_info(test.field).presence) && answer();
  }
  bool operator()(const ir::AnyOf& test) const { return any_of(test); }
  bool operator()(const ir::SctpChunks&) const { return ir::is_present(packet, ir::Presence::kSctp) && answer(); }
  template <ir::FreeTest T>
  bool operator()(const T&) const {
    return answer();
  }
  bool operator()(const ir::Opaque&) const { return answer(); }

  [[nodiscard]] bool answer() const {
    if (asked != nullptr) *asked = true;
    for (const Choice& choice : choices)
      if (choice.predicate == id && (!choice.rule || *choice.rule == place)) return choice.answer;
    return false;
  }

  /// Nested disjunctions, with an explicit stack: a frame is done when its truth is known.
  [[nodiscard]] bool any_of(const ir::AnyOf& outer) const {
    struct Level {
      const ir::AnyOf* test;
      std::size_t next;
    };
    std::vector<Level> levels{{&outer, 0}};
    bool value = false;
    while (!levels.empty()) {
      Level& level = levels.back();
      if (level.next > 0 && value) level.next = level.test->any.size();
      if (level.next == level.test->any.size()) {
        value = value != level.test->negated;
        levels.pop_back();
        continue;
      }
      const PredicateId part = level.test->any[level.next++];
      value = false;
      if (const auto* inner = std::get_if<ir::AnyOf>(&ruleset.predicates[part])) {
        levels.push_back({inner, 0});
        continue;
      }
      value = walker.holds(part, place, packet, choices, asked);
    }
    return value;
  }
};

}  // namespace

std::uint32_t ConcreteWalk::address_type(FieldId field, std::uint16_t argument, const Packet& packet) const {
  if (const auto stored = packet.get(field)) return static_cast<std::uint32_t>(*stored);
  const bool source = field == FieldId::kSaddrType;
  const u128 address = source ? packet.source() : packet.destination();
  if (host_ != nullptr) {
    const auto scope = static_cast<ir::AddrTypeScope>(argument);
    const std::string_view only = scope == ir::AddrTypeScope::kInputInterface    ? std::string_view(packet.in)
                                  : scope == ir::AddrTypeScope::kOutputInterface ? std::string_view(packet.out)
                                                                                 : std::string_view();
    return host_->address_type(address, packet.family, only);
  }
  const bool local = source ? packet.hook == ir::Hook::kOutput : packet.hook == ir::Hook::kInput;
  const bool v6 = packet.family == ir::Family::kIpv6;
  const bool multicast = v6 ? address >> 120 == 0xff : address >> 28 == 0xE;
  if (multicast) return ir::addr_type_bit(ir::AddrType::kMulticast);
  const std::uint32_t unicast = v6 || !local ? ir::addr_type_bit(ir::AddrType::kUnicast) : 0;
  return unicast | (local ? ir::addr_type_bit(ir::AddrType::kLocal) : 0);
}

bool ConcreteWalk::field_test(const ir::FieldTest& test, const Packet& packet) const {
  if (!ir::is_present(packet, ir::field_info(test.field).presence)) return false;
  switch (test.field) {
    case FieldId::kIifname: return test.values.contains(std::string_view(packet.in)) != test.negated;
    case FieldId::kOifname: return test.values.contains(std::string_view(packet.out)) != test.negated;
    case FieldId::kSaddrType:
    case FieldId::kDaddrType:
      return test.values.contains(u128{address_type(test.field, test.argument, packet)}) != test.negated;
    case FieldId::kTcpOption: {
      const bool there = test.argument == 2 && packet.get(FieldId::kTcpMss).has_value();
      return test.values.contains(u128{there ? 1U : 0U}) != test.negated;
    }
    default: return test.values.contains(packet.get_or(test.field, 0)) != test.negated;
  }
}

bool ConcreteWalk::holds(PredicateId id, RuleRef place, const Packet& packet, std::span<const Choice> choices,
                         bool* asked) const {
  return std::visit(Ask{*this, ruleset_, id, place, packet, choices, asked}, ruleset_.predicates[id]);
}

bool ConcreteWalk::matches(RuleRef rule, const Packet& packet, std::span<const Choice> choices, bool* asked) const {
  const auto& when = ruleset_.rule(rule)->when;
  return std::all_of(when.begin(), when.end(), [&](const ir::Condition& condition) {
    return holds(condition.predicate, rule, packet, choices, asked);
  });
}

WalkResult ConcreteWalk::walk(const Packet& packet, const WalkRequest& request) const {
  const Box box = boxes_ != nullptr ? box_of(packet, *interfaces_) : Box();
  return Run(*this, ruleset_, packet, request, boxes_, box, memory_).finish();
}

}  // namespace nfproof::analyzer
