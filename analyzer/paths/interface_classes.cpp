// SPDX-License-Identifier: Apache-2.0
// Collects the interface names of a ruleset and invents the missing ones.
#include "analyzer/paths/interface_classes.h"

#include <algorithm>
#include <array>
#include <bit>

namespace nfproof::analyzer {
namespace {

void collect(const ir::PredicatePool& pool, std::vector<ir::InterfacePattern>& found) {
  for (std::size_t i = 0; i < pool.size(); ++i) {
    const auto* test = std::get_if<ir::FieldTest>(&pool[ir::PredicateId{static_cast<std::uint32_t>(i)}]);
    if (test == nullptr || test->values.interfaces() == nullptr) continue;
    for (const ir::InterfacePattern& pattern : *test->values.interfaces()) found.push_back(pattern);
  }
}

}  // namespace

InterfaceClasses::InterfaceClasses(const ir::Ruleset& ruleset, const ir::Host* host)
    : InterfaceClasses(std::array<const ir::PredicatePool*, 1>{&ruleset.predicates}, host) {}

InterfaceClasses::InterfaceClasses(std::span<const ir::PredicatePool* const> pools, const ir::Host* host)
    : names_{"", "lo"} {
  std::vector<ir::InterfacePattern> patterns;
  for (const ir::PredicatePool* pool : pools) collect(*pool, patterns);
  for (const ir::InterfacePattern& pattern : patterns)
    if (!pattern.wildcard) add(pattern.name);
  if (host != nullptr)
    for (const ir::Interface& interface : host->interfaces) add(interface.name);
  std::erase_if(patterns, [](const ir::InterfacePattern& p) { return !p.wildcard || p.name.empty(); });
  add_representatives(patterns);
}

void InterfaceClasses::add(std::string name) {
  if (index_of(name) == size()) names_.push_back(std::move(name));
}

void InterfaceClasses::add_representatives(const std::vector<ir::InterfacePattern>& wildcards) {
  const auto matched_by_longer = [&](const std::string& name, std::size_t length) {
    return std::any_of(wildcards.begin(), wildcards.end(), [&](const ir::InterfacePattern& other) {
      return other.name.size() > length && name.starts_with(other.name);
    });
  };
  const auto first_free = [&](const std::string& prefix) {
    for (const char* suffix : {"0", "1", "2", "7", "77", "x", "xy", "q0"}) {
      std::string name = prefix + suffix;
      if (index_of(name) == size() && !matched_by_longer(name, prefix.size())) return name;
    }
    return std::string();
  };
  for (const ir::InterfacePattern& pattern : wildcards) {
    if (std::string name = first_free(pattern.name); !name.empty()) add(std::move(name));
  }
  for (const char* prefix : {"eth", "ens", "wan", "if", "net", "zz"}) {
    std::string name = first_free(prefix);
    if (name.empty() || matched_by_longer(name, 0)) continue;
    fresh_ = size();
    names_.push_back(std::move(name));
    return;
  }
  fresh_ = size();
  names_.emplace_back("~fresh~");
}

std::size_t InterfaceClasses::index_of(std::string_view name) const {
  return static_cast<std::size_t>(std::find(names_.begin(), names_.end(), name) - names_.begin());
}

std::vector<std::string> InterfaceClasses::mentioned() const {
  std::vector<std::string> found;
  for (std::size_t i = 2; i < size(); ++i)
    if (i != fresh_) found.push_back(names_[i]);
  return found;
}

unsigned InterfaceClasses::bits() const { return static_cast<unsigned>(std::bit_width(size())); }

ir::ValueSet InterfaceClasses::indexes(const ir::ValueSet& patterns) const {
  ir::ValueSet::Intervals found;
  for (std::size_t i = 0; i < size(); ++i)
    if (patterns.contains(std::string_view(names_[i]))) found.push_back({i, i});
  return ir::ValueSet::of_intervals(std::move(found));
}

}  // namespace nfproof::analyzer
