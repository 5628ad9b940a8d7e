// SPDX-License-Identifier: Apache-2.0
// Fuzz target: a capture file, and a last byte that chooses one of some random rulesets: replayed once with all short
// cuts and once without; both must agree.
#include <unistd.h>

#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>

#include "compiler/frontend/compile.h"
#include "compiler/passes/assume_host.h"
#include "sim/capture.h"
#include "sim/replay.h"
#include "tests/support/random_ruleset.h"

namespace nfproof {
namespace {

constexpr std::size_t kRulesets = 16;

struct Rules {
  compiler::Compilation compilation;
  ir::Host host;

  explicit Rules(std::uint64_t seed) {
    testing::RulesetOptions options;
    options.rules = 120;
    compiler::add_text(compilation, "v4", testing::random_ruleset(seed, options), {.family = ir::Family::kIpv4});
    options.v6 = true;
    compiler::add_text(compilation, "v6", testing::random_ruleset(seed, options), {.family = ir::Family::kIpv6});
    compiler::finish(compilation);
    host = compiler::assume_host(compilation.ruleset);
  }
};

const Rules& rules(std::size_t number) {
  static std::array<std::unique_ptr<Rules>, kRulesets> all;
  if (!all[number]) all[number] = std::make_unique<Rules>(number + 1);
  return *all[number];
}

/// libpcap reads files: this one has no name and is written anew for each input.
class MemoryFile {
 public:
  MemoryFile() : file_(std::tmpfile()) {
    if (file_ == nullptr) std::abort();
  }
  ~MemoryFile() { std::fclose(file_); }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;

  [[nodiscard]] std::string path(const std::uint8_t* data, std::size_t size) const {
    const int descriptor = fileno(file_);
    if (ftruncate(descriptor, 0) != 0 || pwrite(descriptor, data, size, 0) != static_cast<ssize_t>(size)) std::abort();
    return "/proc/self/fd/" + std::to_string(descriptor);
  }

 private:
  std::FILE* file_;
};

struct Outcome {
  std::uint64_t packets = 0;
  std::uint64_t digest = 0;
  friend bool operator==(const Outcome&, const Outcome&) = default;
};

Outcome replay(const std::string& path, const Rules& with, const sim::SimOptions& options) {
  Outcome outcome;
  const auto mix = [&](std::uint64_t value) { outcome.digest = (outcome.digest ^ value) * 0x100000001b3ULL; };
  sim::CaptureReader reader(path);
  sim::Simulator simulator(with.compilation.ruleset, with.host, options);
  sim::Result result;
  while (const sim::CapturedPacket* packet = reader.next()) {
    sim::Arrival arrival;
    arrival.in = packet->interface;
    arrival.time = packet->time;
    arrival.direction = packet->direction;
    simulator.inject({packet->data, packet->link, packet->original_length}, arrival, result);
    ++outcome.packets;
    mix(static_cast<std::uint64_t>(result.disposition)), mix(static_cast<std::uint64_t>(result.hook));
    if (result.decided_by) mix(static_cast<std::uint64_t>(result.decided_by->chain)), mix(result.decided_by->index);
  }
  for (std::uint32_t chain = 0; chain < with.compilation.ruleset.chains.size(); ++chain)
    for (std::uint32_t rule = 0; rule <= with.compilation.ruleset.chains[chain].rules.size(); ++rule)
      mix(simulator.counters({ir::ChainId{chain}, rule}).packets);
  return outcome;
}

}  // namespace
}  // namespace nfproof

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace nfproof;
  if (size == 0) return 0;
  static const MemoryFile file;
  const std::uint8_t choice = data[size - 1];
  const Rules& with = rules(choice % kRulesets);
  const std::string path = file.path(data, size - 1);
  sim::SimOptions fast;
  fast.details = choice % 3 != 0;
  sim::SimOptions plain;
  plain.linear = true;
  if (!(replay(path, with, fast) == replay(path, with, plain))) std::abort();
  return 0;
}
