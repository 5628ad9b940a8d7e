// SPDX-License-Identifier: Apache-2.0
// Sending, and comparing what both say.
#include "tests/kernel/sim_bout.h"

#include <algorithm>
#include <map>

#include "sim/checksum.h"

namespace nfproof::testing {
namespace {

End end_of(const sim::Result& result) {
  switch (result.disposition) {
    case sim::Disposition::kAccepted:
      if (result.hook == ir::Hook::kInput) return End::kDelivered;
      return result.hook == ir::Hook::kForward ? End::kForwarded : End::kSent;
    case sim::Disposition::kNotIp: return End::kLost;
    case sim::Disposition::kDropped:
    case sim::Disposition::kRejected:
    case sim::Disposition::kQueued:
    case sim::Disposition::kDiscarded:
    case sim::Disposition::kHeld: return End::kDropped;
  }
  return End::kLost;
}

std::string state_text(const sim::Result& result) {
  const ir::CtState state = result.before.ct_state();
  if (state == ir::CtState::kInvalid || state == ir::CtState::kUntracked) return "untracked or invalid";
  const bool reply = result.before.get_or(ir::FieldId::kCtDirection, 0) != 0;
  return std::string(ir::ct_state_name(state)) + (reply ? " reply" : "");
}

/// When a helper has changed the data, the kernel leaves the checksum to the network card: what stands there then is
/// the sum of the pseudo header.
bool same_bytes(const WireBytes& kernel, const WireBytes& ours) {
  if (kernel == ours) return true;
  const bool v4 = !kernel.empty() && kernel[0] >> 4 == 4;
  const std::size_t header = v4 ? 20 : 40, sum = header + 16;
  if (kernel.size() != ours.size() || kernel.size() < sum + 2 || kernel[v4 ? 9 : 6] != 6) return false;
  WireBytes rest = ours;
  std::copy_n(kernel.begin() + static_cast<std::ptrdiff_t>(sum), 2, rest.begin() + static_cast<std::ptrdiff_t>(sum));
  if (rest != kernel) return false;
  const ir::Family family = v4 ? ir::Family::kIpv4 : ir::Family::kIpv6;
  const std::size_t size = v4 ? 4 : 16, addresses = v4 ? 12 : 8;
  const auto pseudo = sim::pseudo_header_sum(family, sim::load_number(kernel, addresses, size),
                                             sim::load_number(kernel, addresses + size, size), 6,
                                             static_cast<std::uint32_t>(kernel.size() - header));
  return sim::load16(kernel, sum) == static_cast<std::uint16_t>(~sim::finish_sum(pseudo));
}

}  // namespace

bool has_left(End end) { return end == End::kDelivered || end == End::kForwarded || end == End::kSent; }

Bout::Bout(std::string ruleset, const BoutOptions& options) : options_(options), text_(std::move(ruleset)) {
  LabOptions lab_options = world_lab();
  sim::SimOptions sim_options;
  options_.settings.emplace_back("nf_conntrack_acct", "1");
  for (const auto& [key, value] : options_.settings) {
    lab_options.sysctls.emplace_back("net.netfilter." + key, value);
    if (problem_ += sim_options.conntrack.set(key, value); !problem_.empty()) return;
  }
  lab_ = Lab::create(lab_options, &problem_);
  if (!lab_) return;
  problem_ = compile_text(text_, options_.v6, compilation_);
  if (problem_.empty()) {
    const ToolResult load = options_.nft ? lab_->load_nft(text_) : lab_->restore(options_.backend, family(), text_);
    if (!load.ok()) problem_ = "not loaded: " + load.err + "\n";
  }
  if (!problem_.empty()) problem_ += text_;
  simulator_ = std::make_unique<sim::Simulator>(compilation_.ruleset, host_, sim_options);
}

sim::Nanoseconds Bout::now() const {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now() - start_).count();
}

Bout::Exchange Bout::send(const TrafficPacket& packet) {
  Exchange exchange;
  const sim::Nanoseconds time = now();
  const Outcome outcome = lab_->send({lab_packet(packet, *lab_)});
  slowest_ = std::max(slowest_, now() - time);
  if (!outcome.ok()) {
    problem_ = outcome.error;
    return exchange;
  }
  exchange.fate = outcome.fates.front();
  exchange.result = inject(*simulator_, packet, *lab_, time);
  packets_.push_back(packet);
  befores_.push_back(exchange.result.before);
  ++counts_.packets;
  counts_.left += has_left(exchange.fate.end) ? 1 : 0;
  const auto& assumptions = exchange.result.assumptions;
  exchange.random_port = std::any_of(assumptions.begin(), assumptions.end(),
                                     [](const auto& each) { return each.module == sim::kPortChoice; });
  if (exchange.random_port)
    ++counts_.random_ports;
  else
    compare_packet(exchange.fate, exchange.result);
  return exchange;
}

std::string Bout::last_packet() const {
  if (packets_.empty()) return {};
  return "last: " + ir::packet_expression(befores_.back()) + ' ' + hex(packets_.back().bytes) + '\n';
}

void Bout::compare_packet(const Fate& fate, const sim::Result& result) {
  const End ours = end_of(result);
  const bool same_end = fate.end == ours || (fate.end == End::kLost && ours == End::kDropped);
  const bool left = same_end && has_left(ours);
  const auto mark = static_cast<std::uint32_t>(result.after.get_or(ir::FieldId::kMark, 0));
  if (same_end && (!left || (same_bytes(fate.bytes, result.bytes) && fate.mark == mark))) return;
  ++told_;
  const std::size_t i = packets_.size() - 1;
  differences_ += "packet " + std::to_string(i) + " " + ir::packet_expression(result.before) + "\n    " +
                  (packets_[i].local ? "local " : "arrives ") + hex(packets_[i].bytes) + "\n    kernel " +
                  describe(fate) + "    sim " + name_of(ours) + " at " + std::string(ir::hook_chain_name(result.hook)) +
                  ", " + state_text(result) + ", mark " + std::to_string(mark) + " (" + result.reason + ")\n";
  if (left) differences_ += "    kernel " + hex(fate.bytes) + "\n    sim    " + hex(result.bytes) + "\n";
  const WireEnds ends = wire_ends(packets_[i].bytes);
  tell_history(ends.source_port, ends.destination_port, i);
}

void Bout::tell_history(std::uint16_t source_port, std::uint16_t destination_port, std::size_t before) {
  if (source_port == 0) return;
  for (std::size_t j = 0; j < before; ++j) {
    const WireEnds b = wire_ends(packets_[j].bytes);
    const bool same = source_port == b.source_port && destination_port == b.destination_port;
    const bool turned = source_port == b.destination_port && destination_port == b.source_port;
    if (same || turned)
      differences_ += "      before: " + std::to_string(j) + " " + ir::packet_expression(befores_[j]) + " " +
                      hex(packets_[j].bytes) + "\n";
  }
}

/// The kernel's listing is read as a ruleset, whose rules have the counters.
void Bout::compare_nft_counters() {
  compiler::Compilation listing;
  const std::string text = lab_->list_nft().out;
  problem_ = compile_text(text, options_.v6, listing);
  if (!problem_.empty()) problem_ += text;
  for (const ir::Table& table : listing.ruleset.tables) {
    const auto own = compilation_.ruleset.find_table(table.family, table.name);
    if (!own) continue;
    for (const ir::ChainId id : table.chains) {
      const auto same = compilation_.ruleset.find_chain(*own, listing.ruleset.chain(id).name);
      if (same) compare_nft_chain(listing.ruleset.chain(id), *same);
    }
  }
}

void Bout::compare_nft_chain(const ir::Chain& chain, ir::ChainId same) {
  std::map<std::uint32_t, ir::Counters> theirs, ours;
  for (const ir::Rule& rule : chain.rules)
    if (rule.counters) theirs[rule.nft_number] = *rule.counters;
  const auto& rules = compilation_.ruleset.chain(same).rules;
  for (std::uint32_t i = 0; i < rules.size(); ++i) {
    if (!rules[i].counters) continue;
    const ir::Counters counted = simulator_->counters({same, i});
    ours[rules[i].nft_number].packets += counted.packets;
    ours[rules[i].nft_number].bytes += counted.bytes;
  }
  for (const auto& [number, counted] : theirs) {
    ++counts_.rules;
    counts_.hit += counted.packets != 0 ? 1 : 0;
    if (ours[number] == counted) continue;
    ++told_;
    differences_ += "  " + chain.name + " " + std::to_string(number) + ": kernel [" + std::to_string(counted.packets) +
                    ":" + std::to_string(counted.bytes) + "], sim [" + std::to_string(ours[number].packets) + ":" +
                    std::to_string(ours[number].bytes) + "]\n";
  }
}

void Bout::compare_counters() {
  if (options_.nft) return compare_nft_counters();
  const std::string saved = lab_->save(options_.backend, family()).out;
  for (const RuleCounter& counter : read_counters(saved)) {
    const ir::Counters ours = simulator_->counters(
        find_rule(compilation_.ruleset, options_.v6 ? ir::Family::kIpv6 : ir::Family::kIpv4, counter));
    ++counts_.rules;
    counts_.hit += counter.packets != 0 ? 1 : 0;
    if (ours.packets == counter.packets && ours.bytes == counter.bytes) continue;
    ++told_;
    differences_ += "  kernel " + describe(counter) + "\n  sim    [" + std::to_string(ours.packets) + ":" +
                    std::to_string(ours.bytes) + "]\n";
  }
}

void Bout::compare_connections() {
  if (counts_.random_ports != 0) return;
  const sim::Nanoseconds before = now();
  const ToolResult listed = lab_->run({"conntrack", "-L", "-f", options_.v6 ? "ipv6" : "ipv4"});
  if (!listed.ok()) {
    differences_ += "  `conntrack -L` does not run: " + listed.err + '\n';
    return;
  }
  const sim::ConntrackText theirs = sim::read_conntrack(listed.out);
  for (const auto& problem : theirs.problems)
    differences_ += "  listing line " + std::to_string(problem.line) + ": " + problem.message + "\n" + listed.out;
  std::vector<sim::ConnectionEntry> ours = simulator_->connections(now());
  // The kernel handled each packet, and listed, some time between two looks at the clock.
  constexpr sim::Nanoseconds kSecond = 1'000'000'000;
  tolerance_ = static_cast<std::uint32_t>(1 + (now() - before + slowest_ + kSecond - 1) / kSecond);
  counts_.connections += ours.size();
  for (const sim::ConnectionEntry& entry : theirs.entries) {
    const auto found =
        std::find_if(ours.begin(), ours.end(), [&](const auto& each) { return each.tuples == entry.tuples; });
    if (found == ours.end()) {
      if (entry.seconds > tolerance_) differences_ += "  only the kernel has " + sim::conntrack_line(entry);
      continue;
    }
    compare_connection(entry, *found);
    ours.erase(found);
  }
  for (const sim::ConnectionEntry& entry : ours)
    if (entry.seconds > tolerance_) differences_ += "  only the simulator has " + sim::conntrack_line(entry);
}

void Bout::compare_connection(const sim::ConnectionEntry& theirs, sim::ConnectionEntry ours) {
  const std::uint32_t apart = std::max(theirs.seconds, ours.seconds) - std::min(theirs.seconds, ours.seconds);
  if (apart <= tolerance_) ours.seconds = theirs.seconds;
  const std::string left = sim::conntrack_line(theirs), right = sim::conntrack_line(ours);
  if (left == right) return;
  differences_ += "  kernel " + left + "  sim    " + right;
  tell_history(theirs.tuples[0].source_port, theirs.tuples[0].destination_port, packets_.size());
}

}  // namespace nfproof::testing
