// SPDX-License-Identifier: Apache-2.0
// A line of a chain for those who merge lines: its verdict, and its tests as a box in the space of the fields that sets
// can hold, beside a context of other tests.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "backends/nft_model.h"

namespace nfproof::backends {

/// A field that can stand in a set, a concatenation or a map.
struct NftKey {
  std::string_view name;
  unsigned bytes;     ///< in a concatenation; 0: nft 1.0.6 cannot list some concatenations with it
  bool unchangeable;  ///< no statement gives it another value while a packet is in one chain
};

/// The keys, and their places in the table below.
[[nodiscard]] const NftKey& nft_key(std::size_t index);
/// `tcp dport` counts as `th dport`; null: no key.
[[nodiscard]] const NftKey* nft_key_named(std::string_view name);

/// Values of one key.
struct NftDimension {
  std::size_t key = 0;
  ir::ValueSet::Intervals values;  ///< names are numbered by `NftWords`
  std::string (*format)(ir::u128) = nullptr;
  std::size_t test = 0;  ///< place in the line's tests
  friend bool operator==(const NftDimension& a, const NftDimension& b) {
    return a.key == b.key && a.values == b.values;
  }
};

/// Numbers for words that stand in the place of values.
class NftWords {
 public:
  [[nodiscard]] ir::u128 number(const std::string& word);
  [[nodiscard]] const std::string& word(ir::u128 number) const { return words_[static_cast<std::size_t>(number)]; }

 private:
  std::vector<std::string> words_;
  std::unordered_map<std::string, std::size_t> numbers_;
};

struct NftShape {
  std::vector<NftDimension> dimensions;  ///< by key
  std::string context;                   ///< the other tests
  bool plain = false;                    ///< tests and a verdict or what may come twice, nothing that counts
  bool can_map = false;                  ///< the verdict can stand in a map
  [[nodiscard]] std::string signature() const;
  [[nodiscard]] const NftDimension* find(std::size_t key) const;
};

/// Does the statement mean the same when it comes twice, whatever stood between?
[[nodiscard]] bool nft_may_come_twice(const std::string& statement);
/// Does nft take the line only beside a test of one protocol?
[[nodiscard]] bool nft_needs_protocol(const NftLine& line);
/// Does the statement or verdict count, limit or draw lots?
[[nodiscard]] bool nft_keeps_state(const std::string& statement);
/// No verdict, nothing that counts or changes something.
[[nodiscard]] bool nft_does_nothing(const NftLine& line);

[[nodiscard]] NftShape nft_shape(const NftLine& line, NftWords& words);
/// Ends the way of every packet it matches through the chain.
[[nodiscard]] bool nft_is_terminal(const NftLine& line);
[[nodiscard]] bool nft_meets(const ir::ValueSet::Intervals& a, const ir::ValueSet::Intervals& b);
[[nodiscard]] bool nft_holds(const ir::ValueSet::Intervals& all, const ir::ValueSet::Intervals& part);
/// The keys of protocol and ports.
inline constexpr std::size_t kNftKeyProtocol = 4;
[[nodiscard]] bool nft_is_port_key(std::size_t key);

}  // namespace nfproof::backends
