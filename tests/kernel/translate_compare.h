// SPDX-License-Identifier: Apache-2.0
// Sends the same packets through a ruleset and through its translation, each in a lab of its own.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "tests/kernel/harness/lab.h"

namespace nfproof::testing {

struct Translated {
  std::string text;
  std::string error;  ///< the first line that is not understood, or the first rule without translation
};

/// `sets`: `ipset save` text.
[[nodiscard]] Translated translate(const std::string& ruleset, Family family, bool optimize = false,
                                   const std::string& sets = "");

/// The ruleset without the rules that have no translation.
[[nodiscard]] std::string without_untranslatable(const std::string& ruleset, Family family);

/// What was seen so far.
struct Replay {
  std::size_t packets = 0;
  std::size_t left_to_chance = 0;  ///< not compared: the original does not agree with itself from there on
  std::map<End, std::size_t> ends;

  [[nodiscard]] std::string summary() const;
};

/// Has every packet the same fate? No failure of the test when not, nor when one of the two cannot be loaded.
[[nodiscard]] bool same_fates(const std::string& ruleset, Family family, const LabOptions& options,
                              const std::vector<Packet>& packets, Replay& replay);

/// A fatal failure of the running test unless every packet has the same fate, mark and bytes, wherever it is seen.
void expect_same_fates(const std::string& ruleset, Family family, const LabOptions& options,
                       const std::vector<Packet>& packets, Replay& replay, bool optimize = false);

/// The same with the ipsets that the ruleset refers to.
void expect_same_fates_with_sets(const std::string& ruleset, const std::string& sets, Family family,
                                 const LabOptions& options, const std::vector<Packet>& packets, Replay& replay,
                                 bool optimize);

/// The same for rulesets of both families and their one translation of family inet.
void expect_same_fates_inet(const std::string& ruleset4, const std::string& ruleset6, const LabOptions& options,
                            const std::vector<Packet>& packets, Replay& replay, bool optimize);

/// The ruleset as nftables, read again and written for iptables; rules that cannot be written are left out of both.
struct RoundTripText {
  std::string text;
  std::size_t untranslated = 0;
};
[[nodiscard]] RoundTripText there_and_back(const std::string& ruleset, Family family, bool optimize);
/// The ruleset as `translate --to iptables --optimize` writes it, and the ipsets that it asks.
struct FewerRules {
  std::string text;
  std::string sets;
};
[[nodiscard]] FewerRules fewer_rules(const std::string& ruleset, Family family);
/// Two rulesets of iptables.
void expect_same_fates_of(const std::string& ruleset, const std::string& other, Family family,
                          const LabOptions& options, const std::vector<Packet>& packets, Replay& replay);

}  // namespace nfproof::testing
