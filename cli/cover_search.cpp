// SPDX-License-Identifier: Apache-2.0
// The loop between proposals and trials.
#include "cli/cover_search.h"

#include <algorithm>
#include <array>
#include <set>

#include "cli/cover_needs.h"
#include "sim/needs_tracking.h"

namespace nfproof::cli {
namespace {

using analyzer::CoverCandidate;
using analyzer::CoverPlan;
using ir::RuleRef;
using Stage = CoverPlan::Stage;

/// The kernel has one route to a network: that of an interface with an address there, else the first.
void drop_double_routes(ir::Host& host) {
  std::vector<ir::Route> kept;
  for (const ir::Route& route : host.routes) {
    const auto same = [&](const ir::Route& other) {
      return other.family == route.family && other.prefix == route.prefix && other.destination == route.destination;
    };
    bool elsewhere = std::any_of(kept.begin(), kept.end(), same);
    for (const ir::Interface& interface : host.interfaces)
      for (const ir::InterfaceAddress& own : interface.addresses) {
        const ir::u128 mask = ir::prefix_mask(own.prefix, ir::address_bits(own.family));
        const bool connected =
            own.family == route.family && own.prefix == route.prefix && (own.address & mask) == route.destination;
        elsewhere = elsewhere || (connected && interface.name != route.interface);
      }
    if (!elsewhere) kept.push_back(route);
  }
  host.routes = std::move(kept);
}

/// Addresses and routes that make an assumed host receive, forward and send what rules expect.
class HostMaker {
 public:
  HostMaker(const ir::Ruleset& ruleset, ir::Host& host) : ruleset_(ruleset), host_(host) {}

  void add_all(CoverPlan& plan) {
    for (const RuleRef place : plan.places())
      for (const CoverCandidate& each : plan.candidates(place, Stage::kFirst)) add(each);
  }

 private:
  void add(const CoverCandidate& candidate) {
    const ir::Packet& packet = candidate.packet;
    for (const std::string* name : {&packet.in, &packet.out})
      if (!name->empty() && host_.find_interface(*name) == nullptr) connect(*name);
    switch (ruleset_.chain(candidate.base).base->hook) {
      case ir::Hook::kPrerouting: return;
      case ir::Hook::kInput: return own(packet.in, packet.destination(), packet.family);
      case ir::Hook::kOutput: own(packet.out, packet.source(), packet.family); break;
      case ir::Hook::kForward:
      case ir::Hook::kPostrouting: break;
    }
    route(packet.out, packet.destination(), packet.family);
  }

  [[nodiscard]] bool is_ordinary(ir::u128 address, ir::Family family) const {
    const std::uint32_t group =
        ir::addr_type_bit(ir::AddrType::kMulticast) | ir::addr_type_bit(ir::AddrType::kBroadcast);
    const bool odd = family == ir::Family::kIpv4 ? address >> 24 == 127 || address >> 24 == 0 : address <= 1;
    return !odd && (host_.address_type(address, family) & group) == 0 && !host_.is_local(address, family);
  }

  /// An interface that no rule names: "any but these" means something only when there is one.
  void connect(const std::string& name) {
    const std::size_t number = host_.interfaces.size();
    ir::Interface made;
    made.name = name;
    made.mac = 0x020000000000 + number;
    const ir::u128 v4 = ir::u128{0xC6120001} + (ir::u128{number} << 8);  // 198.18.N.1
    const ir::u128 v6 = (ir::u128{0x20010DB8} << 96) | (ir::u128{number} << 64) | 1;
    made.addresses = {{ir::Family::kIpv4, v4, 24, v4 | 0xff}, {ir::Family::kIpv6, v6, 64, std::nullopt}};
    host_.interfaces.push_back(std::move(made));
    host_.routes.push_back({ir::Family::kIpv4, v4 - 1, 24, name, {}, 0});
    host_.routes.push_back({ir::Family::kIpv6, v6 - 1, 64, name, {}, 0});
  }

  void own(const std::string& interface, ir::u128 address, ir::Family family) {
    ir::Interface* owner = nullptr;
    for (ir::Interface& each : host_.interfaces)
      if (!each.loopback && (owner == nullptr || each.name == interface)) owner = &each;
    if (owner == nullptr || !is_ordinary(address, family) || added_ >= kMost) return;
    for (const ir::Route& known : host_.routes)
      if (known.family == family && known.prefix == ir::address_bits(family) && known.destination == address) return;
    owner->addresses.push_back({family, address, ir::address_bits(family), std::nullopt});
    ++added_;
  }

  void route(const std::string& interface, ir::u128 address, ir::Family family) {
    const ir::Interface* out = host_.find_interface(interface);
    if (out == nullptr || out->loopback || !is_ordinary(address, family) || added_ >= kMost) return;
    const ir::Route* known = host_.route_to(address, family);
    const unsigned bits = ir::address_bits(family);
    if (known != nullptr && (known->interface == interface || known->prefix == bits)) return;
    host_.routes.push_back({family, address, bits, interface, {}, 0});
    ++added_;
  }

  static constexpr std::size_t kMost = 1024;
  const ir::Ruleset& ruleset_;
  ir::Host& host_;
  std::size_t added_ = 0;
};

/// A test in the words of the rule, or what is missing in words.
std::string outside_reason(const std::string& what) {
  if (what.starts_with("a ")) return "it takes " + what + " on this host, which no ruleset shows";
  return '`' + what + "` asks for something that no packet carries";
}

class Search {
 public:
  Search(const ir::Ruleset& ruleset, const ir::Host& host, CoverPlan& plan, const CoverSearchOptions& options)
      : ruleset_(ruleset),
        plan_(plan),
        log_(ruleset, host, options.model),
        pursuit_(host, log_),
        deadline_(std::chrono::steady_clock::now() + options.total_timeout) {}

  void run() {
    for (const RuleRef place : plan_.places())
      if (const auto why = death(place)) dead_.emplace(place, *why);
    for (const Stage stage : {Stage::kFirst, Stage::kVariants, Stage::kProviders, Stage::kSolved, Stage::kFirst})
      for (const bool later : {false, true})  // what needs another time of the day comes last: time does not go back
        for (const RuleRef place : plan_.places()) try_stage(place, stage, later);
    with_marks_ = true;
    for (const Stage stage : {Stage::kFirst, Stage::kVariants, Stage::kProviders, Stage::kSolved})
      for (const RuleRef place : plan_.places()) try_stage(place, stage, false);
    with_marks_ = false;
    retry_lost();
    with_marks_ = false;
    reinforce();
    log_.finish();
  }

  /// Most packets that were tried hit nothing; without them some of the others may fare otherwise.
  void retry_lost() {
    std::vector<RuleRef> hit;
    for (const RuleRef place : plan_.places())
      if (log_.is_hit(place)) hit.push_back(place);
    log_.compact();
    for (const Stage stage : {Stage::kFirst, Stage::kVariants, Stage::kProviders, Stage::kSolved})
      for (const bool later : {false, true})
        for (const RuleRef place : hit) try_stage(place, stage, later);
    with_marks_ = true;
    for (const Stage stage : {Stage::kFirst, Stage::kVariants, Stage::kProviders, Stage::kSolved})
      for (const RuleRef place : hit) try_stage(place, stage, false);
  }

  /// A rule that was hit by chance gets so many packets that another replay hits it as well.
  void reinforce() {
    if (!has_chance(ruleset_)) return;
    for (const RuleRef place : plan_.places()) {
      if (log_.is_hit(place) && !out_of_time()) send_enough(place);
    }
  }

  void send_enough(RuleRef place) {
    for (const Stage stage : {Stage::kFirst, Stage::kVariants, Stage::kSolved})
      for (const CoverCandidate& each : plan_.candidates(place, stage))
        if (needs_luck(ruleset_, each.choices) && try_candidate(place, each, true)) return;
  }

  CoverResult result() {
    CoverResult made;
    for (const RuleRef place : plan_.places()) made.rows.push_back(row(place));
    made.packets = log_.packets();
    return made;
  }

 private:
  [[nodiscard]] bool done(RuleRef place) const { return log_.is_hit(place) || dead_.contains(place); }
  [[nodiscard]] bool out_of_time() const { return std::chrono::steady_clock::now() > deadline_; }

  std::optional<std::string> death(RuleRef place) {
    if (ruleset_.translates(place.chain) && !sim::needs_tracking(ruleset_, ruleset_.table_of(place.chain).family))
      return "no rule asks for connections, so they are not tracked and nat is not consulted";
    return plan_.death(place);
  }

  void try_stage(RuleRef place, Stage stage, bool later) {
    if (done(place) || out_of_time()) return;
    if (stage == Stage::kVariants && !later) {
      if (const auto why = plan_.death_on_host(place)) {
        dead_.emplace(place, *why);
        return;
      }
    }
    const bool timed = needs_time(ruleset_, plan_.tests(place));
    if (timed != later) return;
    const bool costly = stage == Stage::kVariants || stage == Stage::kProviders;
    if (costly && !plan_.outside_tests(place).empty()) return;
    const std::vector<CoverCandidate> candidates = plan_.candidates(place, stage);
    for (const CoverCandidate& each : candidates)
      if (try_candidate(place, each)) return;
  }

  bool try_candidate(RuleRef place, const CoverCandidate& candidate, bool send_all = false) {
    sim::CoverGoal goal;
    goal.rule = place;
    goal.packet = candidate.packet;
    goal.packet.hook = ruleset_.chain(candidate.base).base->hook;
    goal.untracked_yet = ruleset_.before_tracking(candidate.base);
    goal.send_all = send_all;
    goal.repeat = packets_needed(ruleset_, candidate.choices);
    goal.not_before = moment_needed(ruleset_, candidate.choices);
    goal.texts = texts_needed(ruleset_, candidate.choices);
    const bool from_here = candidate.packet.in.empty() || candidate.packet.in == "lo";
    const auto mark = static_cast<std::uint32_t>(candidate.packet.get_or(ir::FieldId::kMark, 0));
    if (with_marks_ && (!from_here || mark == 0)) return false;
    const auto sender = sender_needed(ruleset_, candidate.choices);
    // What nobody here sends goes its way all the same.
    if (!sender && from_here) return false;
    if (sender) goal.sender = *sender;
    if (with_marks_) goal.sender.mark = mark;
    return pursuit_.pursue(goal);
  }

  report::CoverRow row(RuleRef place) {
    report::CoverRow made;
    made.place = place;
    if (const auto hit = log_.hits().find(place); hit != log_.hits().end()) {
      made.status = report::CoverStatus::kHit;
      made.packet = hit->second.packet + 1;
      for (const sim::Assumption& each : hit->second.assumptions)
        if (!each.is_target && each.module != sim::kPortChoice) {
          made.why = "if `" + each.module + (each.arguments.empty() ? "" : ' ' + each.arguments) +
                     (each.answer ? "` matches" : "` does not match");
          break;
        }
      return made;
    }
    if (const auto dead = dead_.find(place); dead != dead_.end()) {
      made.status = report::CoverStatus::kDead;
      made.why = dead->second;
      return made;
    }
    made.status = report::CoverStatus::kUndecided;
    const std::vector<std::string> outside = plan_.outside_tests(place);
    made.outside = !outside.empty();
    if (out_of_time())
      made.why = "the time limit was reached";
    else if (made.outside)
      made.why = outside_reason(outside.front());
    else
      made.why = why_open(ruleset_, plan_.tests(place));
    return made;
  }

  const ir::Ruleset& ruleset_;
  CoverPlan& plan_;
  sim::CoverLog log_;
  sim::Pursuit pursuit_;
  std::map<RuleRef, std::string> dead_;
  bool with_marks_ = false;  ///< sockets of the host may set marks
  std::chrono::steady_clock::time_point deadline_;
};

}  // namespace

CoverResult search_cover(const ir::Ruleset& ruleset, const ir::Ruleset& reasoned, ir::Host& host,
                         const CoverSearchOptions& options) {
  const auto is_tracked = [&](ir::Family family) { return sim::needs_tracking(ruleset, family); };
  if (host.assumed) {
    drop_double_routes(host);
    CoverPlan first(reasoned, host, is_tracked, options.query_timeout, options.total_timeout / 4);
    HostMaker(ruleset, host).add_all(first);
  }
  CoverPlan plan(reasoned, host, is_tracked, options.query_timeout, options.total_timeout / 2);
  Search search(ruleset, host, plan, options);
  search.run();
  return search.result();
}

}  // namespace nfproof::cli
