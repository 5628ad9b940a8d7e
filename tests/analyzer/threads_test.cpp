// SPDX-License-Identifier: Apache-2.0
// The same findings, packets and counts for any number of threads.
#include <gtest/gtest.h>

#include <atomic>
#include <random>
#include <sstream>
#include <stdexcept>

#include "analyzer/analyze.h"
#include "analyzer/jobs.h"
#include "compiler/frontend/compile.h"
#include "compiler/passes/assume_host.h"

namespace nfproof::analyzer {
namespace {

/// Rules that often shadow or repeat each other, also together.
std::string office(std::size_t rules) {
  std::mt19937 random(7);  // NOLINT: always the same
  const auto below = [&](unsigned n) { return static_cast<unsigned>(random() % n); };
  constexpr unsigned kChains = 12;
  std::ostringstream text;
  text << "*filter\n:INPUT DROP [0:0]\n:FORWARD DROP [0:0]\n:OUTPUT ACCEPT [0:0]\n";
  for (unsigned c = 0; c < kChains; ++c) text << ":dept" << c << " - [0:0]\n";
  text
      << "-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT\n-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT\n";
  for (unsigned c = 0; c < kChains; ++c) text << "-A FORWARD -d 10." << c / 2 << ".0.0/16 -j dept" << c << '\n';
  for (std::size_t i = 0; i < rules; ++i) {
    const unsigned c = below(kChains);
    const unsigned low = below(200);
    text << "-A dept" << c;
    if (below(2) == 0) text << " -s 192.168." << below(3) << ".0/24";
    text << " -d 10." << c / 2 << '.' << below(2) << (below(4) == 0 ? ".0/24" : ".9/32") << " -p "
         << (below(2) == 0 ? "tcp" : "udp") << " --dport " << low << ':' << low + below(300) << " -j "
         << (below(3) == 0 ? "DROP" : "ACCEPT") << '\n';
  }
  text << "COMMIT\n";
  return text.str();
}

std::string everything(const AnalyzeResult& result) {
  std::ostringstream text;
  for (const Finding& finding : result.findings) {
    text << finding.id << ' ' << finding.span.line << ' ' << finding.message << ' ' << finding.proved;
    for (const Because& because : finding.because) text << " because " << because.span.line << ' ' << because.message;
    if (finding.witness) text << " packet " << ir::packet_expression(finding.witness->packet);
    text << '\n';
  }
  for (const Undecided& each : result.undecided) text << each.id << ' ' << each.span.line << ' ' << each.reason << '\n';
  text << result.stats.packets_walked << ' ' << result.stats.alive_by_packet << ' ' << result.stats.solver_queries
       << ' ' << result.stats.proved_dead << '\n';
  return text.str();
}

TEST(Threads, DoNotChangeTheResult) {
  compiler::Compilation compilation;
  compiler::add_text(compilation, "office.v4", office(500), {});
  compiler::finish(compilation);
  const ir::Host host = compiler::assume_host(compilation.ruleset);
  AnalyzeOptions options;
  options.host = &host;
  options.query_timeout = options.total_timeout = std::chrono::hours(1);
  const std::string alone = everything(analyze(compilation.ruleset, options));
  EXPECT_NE(alone.find("NF101"), std::string::npos);
  EXPECT_NE(alone.find("NF102"), std::string::npos);
  for (const unsigned threads : {2U, 5U}) {
    options.threads = threads;
    EXPECT_EQ(everything(analyze(compilation.ruleset, options)), alone) << threads << " threads";
  }
}

TEST(Threads, TakeEachJobOnce) {
  for (const unsigned threads : {1U, 2U, 7U}) {
    std::vector<std::atomic<int>> done(100);
    run_jobs(threads, done.size(), [&](std::size_t job, std::size_t worker) {
      EXPECT_LT(worker, threads);
      ++done[job];
    });
    for (const auto& each : done) EXPECT_EQ(each, 1);
  }
  run_jobs(3, 0, [](std::size_t, std::size_t) { FAIL(); });
}

TEST(Threads, GiveTheCallerWhatWentWrong) {
  const auto fail = [](std::size_t job, std::size_t) {
    if (job == 3) throw std::runtime_error("job");
  };
  EXPECT_THROW(run_jobs(2, 100, fail), std::runtime_error);
}

}  // namespace
}  // namespace nfproof::analyzer
