// SPDX-License-Identifier: Apache-2.0
// Sends the same packets through a ruleset and through its translation.
#include "tests/kernel/translate_compare.h"

#include <gtest/gtest.h>

#include <set>
#include <sstream>

#include "backends/iptables_optimize.h"
#include "backends/iptables_out.h"
#include "backends/nft.h"
#include "compiler/frontend/compile.h"

namespace nfproof::testing {
namespace {

std::string first_message(const source::Diagnostics& diagnostics) {
  for (const source::Diagnostic& d : diagnostics.all()) {
    if (d.severity == source::Severity::kError) return std::to_string(d.span.line) + ": " + d.message;
  }
  return "";
}

std::string bytes_text(const Bytes& bytes) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string out;
  for (const std::uint8_t byte : bytes) out += {kDigits[byte >> 4], kDigits[byte & 15]};
  return out;
}

/// Everything that was seen of a packet. The identification of the kernel's own answers is random.
std::string fate_text(const Fate& fate) {
  std::ostringstream out;
  out << name_of(fate.end) << "\n";
  for (const Sighting& seen : fate.sightings) {
    Bytes bytes = seen.bytes;
    if (seen.answer && bytes.size() >= 20 && bytes[0] >> 4 == 4) bytes[4] = bytes[5] = bytes[10] = bytes[11] = 0;
    out << (seen.answer ? "answer " : "") << name_of(seen.point) << " in=" << seen.in_interface
        << " out=" << seen.out_interface << " mark=" << seen.mark << " " << bytes_text(bytes) << "\n";
  }
  return out.str();
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

}  // namespace

namespace {

void compile(compiler::Compilation& compilation, const std::string& ruleset, Family family) {
  compiler::CompileOptions options;
  options.family = family == Family::kIpv4 ? ir::Family::kIpv4 : ir::Family::kIpv6;
  compiler::add_text(compilation, "random", ruleset, options);
  compiler::finish(compilation);
}

}  // namespace

Translated translate(const std::string& ruleset, Family family, bool optimize, const std::string& sets) {
  compiler::Compilation compilation;
  if (!sets.empty()) compiler::add_text(compilation, "sets.ipset", sets, {});
  compile(compilation, ruleset, family);
  if (compilation.diagnostics.has_errors()) return {"", first_message(compilation.diagnostics)};
  backends::NftOptions nft;
  nft.optimize = optimize;
  nft.sets = &compilation.sets;
  if (optimize) nft.counters = backends::NftOptions::Counters::kNone;
  const backends::NftTranslation out = backends::to_nft(compilation.ruleset, nft);
  return {out.text, first_message(out.diagnostics)};
}

std::string without_untranslatable(const std::string& ruleset, Family family) {
  compiler::Compilation compilation;
  compile(compilation, ruleset, family);
  std::set<std::uint32_t> bad;
  const backends::NftTranslation translation = backends::to_nft(compilation.ruleset);
  for (const source::Diagnostic& d : translation.diagnostics.all()) {
    if (d.severity == source::Severity::kError) bad.insert(d.span.line);
  }
  std::string out;
  std::istringstream in(ruleset);
  std::uint32_t number = 0;
  for (std::string line; std::getline(in, line);) {
    if (!bad.contains(++number)) out += line + "\n";
  }
  return out;
}

std::string Replay::summary() const {
  std::string out = std::to_string(packets) + " packets";
  if (left_to_chance != 0) out += " (and " + std::to_string(left_to_chance) + " after a random port)";
  for (const auto& [end, count] : ends) out += ", " + std::to_string(count) + " " + name_of(end);
  return out;
}

namespace {

/// Sends the packets through a ruleset or a translation in a new lab.
void run(bool original, const std::string& text, Family family, const LabOptions& options,
         const std::vector<Packet>& packets, std::vector<Fate>& fates) {
  std::string error;
  const auto lab = Lab::create(options, &error);
  ASSERT_TRUE(lab) << error;
  const ToolResult loaded = original ? lab->restore(Backend::kLegacy, family, text) : lab->load_nft(text);
  ASSERT_TRUE(loaded.ok()) << loaded.err << text;
  Outcome outcome = lab->send(packets);
  ASSERT_TRUE(outcome.ok()) << outcome.error;
  fates = std::move(outcome.fates);
}

/// The kernel chooses a random port when connections clash after a translation; whatever follows differs too.
bool is_chance(std::size_t index, const std::string& wanted, const std::string& ruleset, Family family,
               const LabOptions& options, const std::vector<Packet>& packets) {
  for (int again = 0; again < 3; ++again) {
    std::vector<Fate> fates;
    run(true, ruleset, family, options, packets, fates);
    if (fates.size() == packets.size() && fate_text(fates[index]) != wanted) return true;
  }
  return false;
}

}  // namespace

bool same_fates(const std::string& ruleset, Family family, const LabOptions& options,
                const std::vector<Packet>& packets, Replay& replay) {
  const Translated translated = translate(ruleset, family);
  std::vector<std::vector<Fate>> fates;
  for (const bool original : {true, false}) {
    std::string error;
    const auto lab = Lab::create(options, &error);
    if (!lab) return false;
    if (!(original ? lab->restore(Backend::kLegacy, family, ruleset) : lab->load_nft(translated.text)).ok())
      return false;
    Outcome outcome = lab->send(packets);
    if (!outcome.ok()) return false;
    fates.push_back(std::move(outcome.fates));
  }
  for (std::size_t i = 0; i < packets.size(); ++i) {
    if (fate_text(fates[0][i]) != fate_text(fates[1][i])) return false;
    ++replay.packets;
    ++replay.ends[fates[0][i].end];
  }
  return true;
}

void expect_same_fates(const std::string& ruleset, Family family, const LabOptions& options,
                       const std::vector<Packet>& packets, Replay& replay, bool optimize) {
  expect_same_fates_with_sets(ruleset, "", family, options, packets, replay, optimize);
}

void expect_same_fates_with_sets(const std::string& ruleset, const std::string& sets, Family family,
                                 const LabOptions& options, const std::vector<Packet>& packets, Replay& replay,
                                 bool optimize) {
  const auto [translation, problem] = translate(ruleset, family, optimize, sets);
  ASSERT_EQ(problem, "") << ruleset;
  std::vector<Fate> wanted;
  std::vector<Fate> got;
  ASSERT_NO_FATAL_FAILURE(run(true, ruleset, family, options, packets, wanted));
  ASSERT_NO_FATAL_FAILURE(run(false, translation, family, options, packets, got));
  for (std::size_t i = 0; i < packets.size(); ++i) {
    const std::string expected = fate_text(wanted[i]);
    if (expected != fate_text(got[i]) && is_chance(i, expected, ruleset, family, options, packets)) {
      replay.left_to_chance += packets.size() - i;
      return;
    }
    ++replay.packets;
    ++replay.ends[wanted[i].end];
    ASSERT_EQ(expected, fate_text(got[i]))
        << lines_setting(wanted[i].mark ^ got[i].mark, ruleset + translation) << "packet " << i << " "
        << packets[i].interface << " " << bytes_text(packets[i].bytes) << "\n"
        << ruleset << translation;
  }
}

void expect_same_fates_inet(const std::string& ruleset4, const std::string& ruleset6, const LabOptions& options,
                            const std::vector<Packet>& packets, Replay& replay, bool optimize) {
  compiler::Compilation compilation;
  for (const Family family : {Family::kIpv4, Family::kIpv6}) {
    compiler::CompileOptions how;
    how.family = family == Family::kIpv4 ? ir::Family::kIpv4 : ir::Family::kIpv6;
    compiler::add_text(compilation, "random", family == Family::kIpv4 ? ruleset4 : ruleset6, how);
  }
  compiler::finish(compilation);
  backends::NftOptions nft;
  nft.inet = true;
  nft.optimize = optimize;
  if (optimize) nft.counters = backends::NftOptions::Counters::kNone;
  const backends::NftTranslation out = backends::to_nft(compilation.ruleset, nft);
  ASSERT_EQ(first_message(out.diagnostics), "");
  std::vector<std::vector<Fate>> fates;
  for (const bool original : {true, false}) {
    std::string error;
    const auto lab = Lab::create(options, &error);
    ASSERT_TRUE(lab) << error;
    std::string wrong;
    if (original) {
      wrong = lab->restore(Backend::kLegacy, Family::kIpv4, ruleset4).err +
              lab->restore(Backend::kLegacy, Family::kIpv6, ruleset6).err;
    } else {
      wrong = lab->load_nft(out.text).err;
    }
    ASSERT_EQ(wrong, "") << out.text;
    Outcome outcome = lab->send(packets);
    ASSERT_TRUE(outcome.ok()) << outcome.error;
    fates.push_back(std::move(outcome.fates));
  }
  for (std::size_t i = 0; i < packets.size(); ++i) {
    ++replay.packets;
    ++replay.ends[fates[0][i].end];
    ASSERT_EQ(fate_text(fates[0][i]), fate_text(fates[1][i]))
        << "packet " << i << " " << packets[i].interface << " " << bytes_text(packets[i].bytes) << "\n"
        << ruleset4 << ruleset6 << out.text;
  }
}

RoundTripText there_and_back(const std::string& ruleset, Family family, bool optimize) {
  const Translated there = translate(ruleset, family, optimize);
  compiler::Compilation compilation;
  compiler::add_text(compilation, "random.nft", there.text, {});
  compiler::finish(compilation);
  const auto made =
      backends::to_iptables(compilation.ruleset, family == Family::kIpv4 ? ir::Family::kIpv4 : ir::Family::kIpv6, {});
  return {made.text, made.untranslated + compilation.diagnostics.error_count() + (there.error.empty() ? 0 : 1)};
}

FewerRules fewer_rules(const std::string& ruleset, Family family) {
  const ir::Family which = family == Family::kIpv4 ? ir::Family::kIpv4 : ir::Family::kIpv6;
  compiler::Compilation compilation;
  compiler::add_text(compilation, "test", ruleset, {which, compiler::Format::kIptablesSave});
  compiler::finish(compilation);
  const backends::IptablesOptimized made =
      backends::iptables_optimize(compilation.ruleset, which, compilation.sets, true);
  return {made.text, made.sets};
}

void expect_same_fates_of(const std::string& ruleset, const std::string& other, Family family,
                          const LabOptions& options, const std::vector<Packet>& packets, Replay& replay) {
  std::vector<Fate> wanted;
  std::vector<Fate> got;
  ASSERT_NO_FATAL_FAILURE(run(true, ruleset, family, options, packets, wanted));
  ASSERT_NO_FATAL_FAILURE(run(true, other, family, options, packets, got));
  for (std::size_t i = 0; i < packets.size(); ++i) {
    const std::string fate = fate_text(wanted[i]);
    if (fate != fate_text(got[i]) && is_chance(i, fate, ruleset, family, options, packets)) {
      replay.left_to_chance += packets.size() - i;
      return;
    }
    ++replay.packets;
    ++replay.ends[wanted[i].end];
    ASSERT_EQ(fate, fate_text(got[i])) << "packet " << i << " " << packets[i].interface << " "
                                       << bytes_text(packets[i].bytes) << "\n"
                                       << ruleset << other << options.ipset;
  }
}

}  // namespace nfproof::testing
