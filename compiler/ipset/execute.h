// SPDX-License-Identifier: Apache-2.0
// The commands of ipset(8) that change or ask sets, each on a `SetTable`. What libipset refuses and what the kernel
// refuses is a `Failure` with ipset's own message; then what came before it in a range stays done, as in the kernel.
#pragma once

#include <functional>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "compiler/ipset/failure.h"
#include "compiler/ipset/words.h"

namespace nfproof::compiler::ipset {

/// What a command works on, and how.
struct Target {
  ir::SetTable& sets;
  bool exist = false;  ///< `-exist`
  ir::SetTime now = 0;
  /// Names of sets that rules refer to: they can be neither destroyed nor renamed. May be null.
  const std::multiset<std::string, std::less<>>* in_rules = nullptr;
};

/// The answer of `test`.
struct TestResult {
  bool found = false;
  std::string element;  ///< as ipset names it in its answer
};

/// `words` are those of the command without options of ipset itself; its name is the first. `span` goes into a set
/// that is made; `warnings` are what ipset says about options that it ignores.
std::optional<Failure> create(const Target& target, std::span<const Word> words, source::Span span,
                              std::vector<std::string>& warnings);
std::optional<Failure> add(const Target& target, std::span<const Word> words);
std::optional<Failure> del(const Target& target, std::span<const Word> words);
/// Reads the words of `add` or `del` and does nothing: what ipset itself refuses.
std::optional<Failure> check_element(const Target& target, std::span<const Word> words, Verb verb);
std::optional<Failure> test(const Target& target, std::span<const Word> words, TestResult& result);
/// Without a name: all sets.
std::optional<Failure> destroy(const Target& target, std::span<const Word> words);
std::optional<Failure> flush(const Target& target, std::span<const Word> words);
std::optional<Failure> rename(const Target& target, std::span<const Word> words);
std::optional<Failure> swap(const Target& target, std::span<const Word> words);

/// The command that a word names: also its old option (`-A`) and any beginning of its name; kNone when there is none.
[[nodiscard]] Verb find_verb(std::string_view word);
/// As messages have it.
[[nodiscard]] std::string_view verb_name(Verb verb);
/// Are there enough arguments?
std::optional<Failure> check_arguments(Verb verb, std::span<const Word> words);

}  // namespace nfproof::compiler::ipset
