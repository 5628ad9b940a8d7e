// SPDX-License-Identifier: Apache-2.0
// The same packets through a ruleset and through its translation, each in a namespace of its own: every packet must meet
// the same fate, with the same mark and the same bytes.
#include <gtest/gtest.h>

#include <iostream>
#include <map>
#include <sstream>

#include "backends/nft.h"
#include "compiler/frontend/compile.h"
#include "tests/kernel/harness/lab.h"
#include "tests/kernel/translate_random.h"

namespace nfproof::testing {
namespace {

std::string first_message(const source::Diagnostics& diagnostics) {
  for (const source::Diagnostic& d : diagnostics.all()) {
    if (d.severity == source::Severity::kError) return std::to_string(d.span.line) + ": " + d.message;
  }
  return "";
}

struct Translated {
  std::string text;
  std::string error;
  std::size_t untranslated = 0;
};

Translated translate(const std::string& ruleset, Family family) {
  compiler::Compilation compilation;
  compiler::CompileOptions options;
  options.family = family == Family::kIpv4 ? ir::Family::kIpv4 : ir::Family::kIpv6;
  compiler::add_text(compilation, "random", ruleset, options);
  compiler::finish(compilation);
  if (compilation.diagnostics.has_errors()) return {"", first_message(compilation.diagnostics), 0};
  const backends::NftTranslation out = backends::to_nft(compilation.ruleset);
  return {out.text, first_message(out.diagnostics), out.untranslated};
}

std::string bytes_text(const Bytes& bytes) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string out;
  for (const std::uint8_t byte : bytes) out += {kDigits[byte >> 4], kDigits[byte & 15]};
  return out;
}

std::string fate_text(const Fate& fate) {
  std::string out = describe(fate);
  for (const Sighting& sighting : fate.sightings) out += "  " + bytes_text(sighting.bytes) + "\n";
  return out;
}

/// The lines of a text that set one of the mark's bits: the rules in question when two marks differ.
std::string lines_setting(std::uint32_t bits, const std::string& text) {
  std::string out;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) {
    for (unsigned bit = 0; bit < 32; ++bit) {
      if (((bits >> bit) & 1) == 0) continue;
      std::ostringstream hex;
      hex << "meta mark | 0x" << std::hex << (1U << bit) << "\n";
      const std::string decimal = std::to_string(1U << bit) + "/" + std::to_string(1U << bit) + "\n";
      if ((line + "\n").ends_with(hex.str()) || (line + "\n").ends_with(decimal)) out += line + "\n";
    }
  }
  return out;
}

struct Replay {
  std::size_t packets = 0;
  std::map<End, std::size_t> ends;
};

void compare(const std::string& ruleset, const std::string& translation, Family family, const LabOptions& options,
             const std::vector<Packet>& packets, Replay& replay) {
  std::string error;
  const auto original = Lab::create(options, &error);
  ASSERT_TRUE(original) << error;
  const auto translated = Lab::create(options, &error);
  ASSERT_TRUE(translated) << error;
  const ToolResult restored = original->restore(Backend::kLegacy, family, ruleset);
  ASSERT_TRUE(restored.ok()) << restored.err << ruleset;
  const ToolResult loaded = translated->load_nft(translation);
  ASSERT_TRUE(loaded.ok()) << loaded.err << translation;
  const Outcome wanted = original->send(packets);
  const Outcome got = translated->send(packets);
  ASSERT_TRUE(wanted.ok() && got.ok()) << wanted.error << got.error;
  for (std::size_t i = 0; i < packets.size(); ++i) {
    ++replay.packets;
    ++replay.ends[wanted.fates[i].end];
    ASSERT_EQ(fate_text(wanted.fates[i]), fate_text(got.fates[i]))
        << lines_setting(wanted.fates[i].mark ^ got.fates[i].mark, ruleset + translation) << "packet " << i << " " << packets[i].interface << " " << bytes_text(packets[i].bytes) << "\n"
        << ruleset << translation;
  }
}

class TranslateReplay : public ::testing::TestWithParam<std::tuple<Family, bool>> {};

TEST_P(TranslateReplay, RandomPacketsMeetTheSameFate) {
  NFPROOF_NEEDS_KERNEL();
  const auto [family, conntrack] = GetParam();
  const char* rounds = std::getenv("NFPROOF_REPLAY_ROUNDS");
  const unsigned last = rounds != nullptr ? static_cast<unsigned>(std::stoul(rounds)) : 15;
  Replay replay;
  for (unsigned seed = 1; seed <= last; ++seed) {
    TranslateRandom random(seed, family, conntrack);
    const std::string ruleset = random.ruleset();
    const Translated translated = translate(ruleset, family);
    ASSERT_EQ(translated.error, "") << ruleset;
    compare(ruleset, translated.text, family, TranslateRandom::lab(), random.traffic(400), replay);
    ASSERT_FALSE(HasFailure()) << "seed " << seed;
  }
  std::cout << replay.packets << " packets";
  for (const auto& [end, count] : replay.ends) std::cout << ", " << count << " " << name_of(end);
  std::cout << "\n";
}

std::string replay_name(const ::testing::TestParamInfo<std::tuple<Family, bool>>& info) {
  return std::string(std::get<0>(info.param) == Family::kIpv4 ? "Ipv4" : "Ipv6") +
         (std::get<1>(info.param) ? "Tracked" : "Untracked");
}

INSTANTIATE_TEST_SUITE_P(All, TranslateReplay,
                         ::testing::Combine(::testing::Values(Family::kIpv4, Family::kIpv6), ::testing::Bool()),
                         replay_name);

}  // namespace
}  // namespace nfproof::testing
