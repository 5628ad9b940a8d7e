// SPDX-License-Identifier: Apache-2.0
// Every packet that any analysis shows (check, query, diff, verify, cover) is replayed once more by a simulator of its
// own, over the corpus and over random rulesets, and counted. NFPROOF_WITNESSES=all takes the whole corpus and 1000
// random rulesets in the place of a sample; NFPROOF_WITNESS_SEEDS=FIRST:COUNT replaces the seeds.
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>
#include <string>
#include <vector>

#include "analyzer/analyze.h"
#include "analyzer/regions/verify.h"
#include "cli/cover_search.h"
#include "cli/oracle.h"
#include "compiler/frontend/compile.h"
#include "compiler/passes/assume_host.h"
#include "compiler/passes/split_inet.h"
#include "tests/support/random_nft.h"
#include "tests/support/random_ruleset.h"

namespace nfproof::testing {
namespace {

namespace fs = std::filesystem;

struct Count {
  std::size_t shown = 0, confirmed = 0;
  void add(bool good) { ++shown, confirmed += good ? 1 : 0; }
};
struct Counts {
  Count check, query, diff, verify, cover;
  std::size_t rulesets = 0;
};

/// A ruleset with the host that is assumed for it.
struct Subject {
  std::string name;
  compiler::Compilation compilation;
  ir::Host host;

  Subject(std::string label, std::string text, std::optional<ir::Family> family) : name(std::move(label)) {
    compiler::add_text(compilation, name, std::move(text), {.family = family});
    compiler::finish(compilation);
    if (compiler::has_inet_tables(compilation.ruleset)) compilation.ruleset = compiler::split_inet(compilation.ruleset);
    host = compiler::assume_host(compilation.ruleset);
  }
  [[nodiscard]] const ir::Ruleset& ruleset() const { return compilation.ruleset; }
  [[nodiscard]] analyzer::WitnessOracle oracle() const { return cli::make_oracle(ruleset(), host); }
};

/// What the simulator was asked about one ruleset and said yes to.
class Recorder {
 public:
  explicit Recorder(const Subject& subject) : subject_(subject) {}

  analyzer::WitnessOracle oracle() {
    return [this, ask = subject_.oracle()](const ir::Packet& packet, const analyzer::WitnessClaim& claim) {
      const bool good = ask(packet, claim);
      if (good) claims_.push_back({packet, claim});
      return good;
    };
  }
  /// Was the packet, as it is shown, claimed to end like this, and does it do so again?
  [[nodiscard]] bool confirms(const ir::Packet& shown, const analyzer::RegionFate& fate) const {
    if (!fate.rule) return true;  // no chain is on its way
    const auto again = subject_.oracle();
    return std::any_of(claims_.begin(), claims_.end(), [&](const Claim& each) {
      return each.claim.fate.verdict == fate.verdict && each.claim.fate.decided_by == *fate.rule &&
             each.packet.source() == shown.source() && each.packet.protocol() == shown.protocol() &&
             again(each.packet, each.claim);
    });
  }

 private:
  struct Claim {
    ir::Packet packet;
    analyzer::WitnessClaim claim;
  };
  const Subject& subject_;
  std::vector<Claim> claims_;
};

void tell(const Subject& subject, const char* analysis, const ir::Packet& packet) {
  ADD_FAILURE() << subject.name << ": " << analysis
                << " shows a packet that does not do so: " << ir::packet_expression(packet);
}

void check(const Subject& subject, Count& count) {
  analyzer::AnalyzeOptions options;
  options.host = &subject.host;
  options.oracle = subject.oracle();
  const auto again = subject.oracle();
  const analyzer::AnalyzeResult result = analyzer::analyze(subject.ruleset(), options);
  for (const std::string& error : result.internal_errors) ADD_FAILURE() << subject.name << ": " << error;
  for (const analyzer::Finding& finding : result.findings) {
    if (!finding.witness) continue;
    const bool good = again(finding.witness->packet, finding.witness->claim);
    count.add(good);
    if (!good) tell(subject, std::string(finding.id).c_str(), finding.witness->packet);
  }
}

void query(const Subject& subject, Count& count) {
  Recorder recorder(subject);
  analyzer::RegionOptions options;
  options.host = &subject.host;
  options.oracle = recorder.oracle();
  options.budget.time = std::chrono::seconds(3);  // what it has found by then counts
  const analyzer::QueryResult result = analyzer::query(subject.ruleset(), {}, options);
  for (const std::string& error : result.internal_errors) ADD_FAILURE() << subject.name << ": " << error;
  for (const analyzer::QueryRegion& row : result.regions) {
    if (!row.region.witness) continue;
    const bool good = recorder.confirms(*row.region.witness, row.fate);
    count.add(good);
    if (!good) tell(subject, "query", *row.region.witness);
  }
}

/// The text without the rule in its middle.
std::string with_a_gap(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  std::vector<std::size_t> rules;
  for (std::size_t i = 0; i < lines.size(); ++i)
    if (lines[i].starts_with("-A ")) rules.push_back(i);
  std::string made;
  for (std::size_t i = 0; i < lines.size(); ++i)
    if (rules.empty() || i != rules[rules.size() / 2]) made += lines[i] + '\n';
  return made;
}

void diff(const Subject& before, const Subject& after, Count& count) {
  Recorder old_recorder(before), new_recorder(after);
  analyzer::RegionOptions options;
  options.host = &before.host;
  options.oracle = old_recorder.oracle();
  options.new_oracle = new_recorder.oracle();
  const analyzer::DiffResult result = analyzer::diff(before.ruleset(), after.ruleset(), options);
  for (const std::string& error : result.internal_errors) ADD_FAILURE() << before.name << ": " << error;
  for (const analyzer::Difference& row : result.differences) {
    if (!row.region.witness) continue;
    const bool good =
        old_recorder.confirms(*row.region.witness, row.before) && new_recorder.confirms(*row.region.witness, row.after);
    count.add(good);
    if (!good) tell(before, "diff", *row.region.witness);
  }
}

/// Assertions that most rulesets break.
void verify(const Subject& subject, Count& count) {
  using analyzer::Assertion;
  std::vector<Assertion> assertions;
  const auto add = [&](Assertion::Kind kind, analyzer::HostWay way, Assertion::Verdict verdict) {
    Assertion& made = assertions.emplace_back();
    made.kind = kind;
    made.way = way;
    made.verdict = verdict;
  };
  for (const analyzer::HostWay way : analyzer::kHostWays) {
    add(Assertion::Kind::kVerdict, way, Assertion::Verdict::kAccept);
    add(Assertion::Kind::kVerdict, way, Assertion::Verdict::kDrop);
    if (way != analyzer::HostWay::kOutput) add(Assertion::Kind::kNothingElseOpen, way, Assertion::Verdict::kDrop);
  }
  Recorder recorder(subject);
  analyzer::RegionOptions options;
  options.host = &subject.host;
  options.oracle = recorder.oracle();
  const analyzer::VerifyResult result = analyzer::verify(subject.ruleset(), assertions, options);
  for (const std::string& error : result.internal_errors) ADD_FAILURE() << subject.name << ": " << error;
  for (const analyzer::AssertionResult& row : result.assertions) {
    if (!row.counterexample || !row.deciding) continue;
    const bool good = recorder.confirms(*row.counterexample, *row.deciding);
    count.add(good);
    if (!good) tell(subject, "verify", *row.counterexample);
  }
}

/// The capture, packet by packet, through a simulator that knows nothing of how it was made.
void cover(const Subject& subject, Count& count) {
  ir::Host host = subject.host;
  cli::CoverSearchOptions options;
  const cli::CoverResult result = cli::search_cover(subject.ruleset(), subject.ruleset(), host, options);
  sim::Simulator simulator(subject.ruleset(), host, options.model);
  for (const sim::CoverPacket& packet : result.packets) {
    sim::Arrival arrival;
    arrival.time = packet.time;
    arrival.direction = packet.sent ? sim::Direction::kOutgoing : sim::Direction::kIncoming;
    arrival.sender = packet.sender;
    if (!packet.sent) arrival.in = packet.interface;
    sim::PacketBuffer frame = sim::ethernet_header(host, packet);
    frame.insert(frame.end(), packet.bytes.begin(), packet.bytes.end());
    simulator.inject({frame, sim::LinkType::kEthernet, 0}, arrival);
  }
  for (const report::CoverRow& row : result.rows) {
    if (row.status != report::CoverStatus::kHit) continue;
    const bool good = simulator.counters(row.place).packets > 0;
    count.add(good);
    EXPECT_TRUE(good) << subject.name << ": cover hits nothing at " << subject.ruleset().chain(row.place.chain).name
                      << ' ' << row.place.index + 1;
  }
}

void look_at(const std::string& name, const std::string& text, std::optional<ir::Family> family, Counts& counts) {
  constexpr std::size_t kReadable = 1500;  // rules; of more there are thousands of regions
  const Subject subject(name, text, family);
  if (subject.compilation.diagnostics.has_errors()) return;
  ++counts.rulesets;
  check(subject, counts.check);
  if (subject.ruleset().rule_count() > kReadable) return;
  query(subject, counts.query);
  const Subject changed(name, with_a_gap(text), family);
  diff(subject, changed, counts.diff);
  verify(subject, counts.verify);
  cover(subject, counts.cover);
}

void print(const Counts& counts) {
  std::cout << counts.rulesets << " rulesets";
  const auto one = [](const char* name, const Count& count) {
    std::cout << ", " << name << ' ' << count.confirmed << " of " << count.shown;
  };
  one("check", counts.check), one("query", counts.query), one("diff", counts.diff), one("verify", counts.verify);
  one("cover", counts.cover);
  std::cout << " packets confirmed\n";
}

bool takes_all() { return std::getenv("NFPROOF_WITNESSES") != nullptr; }

TEST(AllWitnesses, OfTheCorpusAreConfirmed) {
  const char* set = std::getenv("NFPROOF_CORPUS");
  const fs::path corpus = fs::path(set != nullptr ? set : NFPROOF_SOURCE_DIR "/../shared/corpus") / "rulesets";
  if (!fs::exists(corpus)) GTEST_SKIP() << "NO CORPUS at " << corpus << ": set NFPROOF_CORPUS";
  std::vector<fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator(corpus))
    if (entry.path().extension() == ".v4" || entry.path().extension() == ".v6") files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  Counts counts;
  for (std::size_t i = 0; i < files.size(); i += takes_all() ? 1 : 12) {
    std::ifstream file(files[i], std::ios::binary);
    std::ostringstream text;
    text << file.rdbuf();
    look_at(files[i].string(), text.str(), files[i].extension() == ".v6" ? ir::Family::kIpv6 : ir::Family::kIpv4,
            counts);
  }
  print(counts);
  EXPECT_GT(counts.query.shown, 100U);
}

TEST(AllWitnesses, OfRandomRulesetsAreConfirmed) {
  std::uint64_t first = 1, count = takes_all() ? 1000 : 12;
  if (const char* set = std::getenv("NFPROOF_WITNESS_SEEDS")) {
    first = std::strtoull(set, nullptr, 10);
    const char* colon = std::strchr(set, ':');
    count = colon == nullptr ? 1 : std::strtoull(colon + 1, nullptr, 10);
  }
  Counts counts;
  for (std::uint64_t seed = first; seed < first + count; ++seed) {
    RulesetOptions how;
    how.v6 = seed % 3 == 0;
    how.rules = 20;
    look_at("seed " + std::to_string(seed), random_ruleset(seed, how), how.v6 ? ir::Family::kIpv6 : ir::Family::kIpv4,
            counts);
  }
  print(counts);
  EXPECT_GT(counts.query.shown, 3 * count);
}

/// Chains of several hooks in one table, user chains that several of them call.
TEST(AllWitnesses, OfRandomNftablesAreConfirmed) {
  const std::uint64_t count = takes_all() ? 200 : 10;
  Counts counts;
  for (std::uint64_t seed = 1; seed <= count; ++seed) {
    const Subject subject("nft seed " + std::to_string(seed), random_nft(seed, seed % 2 == 0), std::nullopt);
    ++counts.rulesets;
    check(subject, counts.check);
    query(subject, counts.query);
  }
  print(counts);
  EXPECT_GT(counts.query.shown, 3 * count);
}

}  // namespace
}  // namespace nfproof::testing
