// SPDX-License-Identifier: Apache-2.0
// Expressions of the model's words as JSON of libnftables.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace nfproof::backends {

using Json = nlohmann::ordered_json;

/// The words of a statement, one after the other. Quoted strings are one word, with their quotes.
class NftWordReader {
 public:
  explicit NftWordReader(std::string_view text);

  [[nodiscard]] bool done() const { return at_ >= words_.size(); }
  [[nodiscard]] const std::string& peek(std::size_t ahead = 0) const;
  std::string next();
  /// Takes the word if it comes next.
  bool take(std::string_view word);

 private:
  std::vector<std::string> words_;
  std::size_t at_ = 0;
};

/// What a packet is asked for: `ip saddr & 255.0.0.0 . tcp dport`.
[[nodiscard]] Json nft_json_key(NftWordReader& words);
/// One value: a number, a name, a range, a network, a string, flags in parentheses.
[[nodiscard]] Json nft_json_value(const std::string& word);
/// Values up to the end: one, a concatenation, or a set in braces.
[[nodiscard]] Json nft_json_values(NftWordReader& words);
/// A value with arithmetic: `meta mark & 0xff ^ 0x1`, `(ct mark & 0xf) << 8`.
[[nodiscard]] Json nft_json_sum(NftWordReader& words);
[[nodiscard]] std::string nft_json_unquoted(const std::string& word);

}  // namespace nfproof::backends
