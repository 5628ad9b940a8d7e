// SPDX-License-Identifier: Apache-2.0
// Names and strings that nftables' scanner takes: chain names that are free of its keywords and odd characters, quoted
// strings (which know no escapes), comments of at most 128 bytes.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_set>

namespace nfproof::backends {

/// The name of a TCP option, or its number.
[[nodiscard]] std::string nft_tcp_option(std::uint8_t kind);

/// Longest comment of a rule, in bytes.
inline constexpr std::size_t kNftCommentBytes = 128;

/// Can the name stand where nft expects the name of a chain?
[[nodiscard]] bool is_nft_name(std::string_view name);

/// Gives out names that are unique in one table.
class NftNames {
 public:
  /// Takes the name for itself; false when it is taken.
  bool reserve(std::string name) { return taken_.insert(std::move(name)).second; }
  /// The name itself where nft takes it, else one like it; unique, and reserved from now on.
  [[nodiscard]] std::string make(std::string_view wanted);

 private:
  std::unordered_set<std::string> taken_;
};

/// The text between double quotes. What cannot stand there (double quotes, control characters) is replaced.
[[nodiscard]] std::string nft_quoted(std::string_view text);
/// Does `nft_quoted` keep every character?
[[nodiscard]] bool is_nft_quotable(std::string_view text);

/// The longest beginning of at most `bytes` bytes that does not cut a UTF-8 character in two.
[[nodiscard]] std::string_view cut_text(std::string_view text, std::size_t bytes);

/// An interface name or pattern as nft has it: `eth*` for every name that starts with `eth`.
[[nodiscard]] std::string nft_interface(std::string_view name, bool wildcard);

}  // namespace nfproof::backends
