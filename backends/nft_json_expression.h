// SPDX-License-Identifier: Apache-2.0
// Expressions of the model's words as JSON of libnftables.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace nfproof::backends {

using Json = nlohmann::ordered_json;

/// Thrown within these files where JSON has no words for something.
struct NftNoJson : std::runtime_error {
  NftNoJson() : std::runtime_error("JSON has no words for this") {}
};

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
/// `10.0.0.0/8 . tcp`: parts up to what is none.
[[nodiscard]] Json nft_json_concatenation(NftWordReader& words);
/// The values of a map by their keys: `ip saddr map { ... }`, `tcp dport . ip saddr map @set`, behind the key.
[[nodiscard]] Json nft_json_map(Json key, NftWordReader& words);
/// `1h30m`, `90s`: whole seconds, which is what JSON knows.
[[nodiscard]] std::uint64_t nft_json_seconds(NftWordReader& words);
/// A value with arithmetic: `meta mark & 0xff ^ 0x1`, `(ct mark & 0xf) << 8`.
[[nodiscard]] Json nft_json_sum(NftWordReader& words);
/// `syn,ack`: its parts.
[[nodiscard]] std::vector<std::string> nft_json_parts(std::string_view list);
[[nodiscard]] std::string nft_json_unquoted(const std::string& word);

}  // namespace nfproof::backends
