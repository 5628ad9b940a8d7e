// SPDX-License-Identifier: Apache-2.0
// Values as ipset(8) reads them: numbers, addresses with prefix or range, ports with protocol, MACs, marks. Each
// function gives nothing after a failure, with the text that ipset prints.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "compiler/ipset/failure.h"
#include "compiler/ir/set.h"

namespace nfproof::compiler::ipset {

/// Reads values of one word; the first failure stays.
class ValueReader {
 public:
  explicit ValueReader(std::size_t word) : word_(word) {}

  [[nodiscard]] const std::optional<Failure>& failure() const { return failure_; }
  void fail(std::string text) {
    if (!failure_) failure_ = syntax_failure(std::move(text), word_);
  }
  void fail(Failure failure) {
    if (!failure_) failure_ = std::move(failure);
  }

  std::optional<std::uint64_t> number(std::string_view text, std::uint64_t min, std::uint64_t max);
  /// A single address, also in the short forms of inet_aton(3) without hexadecimal; names are not looked up.
  std::optional<ir::u128> address(std::string_view text, ir::Family family);
  std::optional<std::uint64_t> mac(std::string_view text);
  std::optional<std::uint16_t> port(std::string_view text, const std::string& protocol);
  std::optional<std::uint8_t> protocol(const std::string& text);
  std::optional<std::uint16_t> icmp(std::string_view text, bool ipv6);
  std::optional<ir::SkbInfo> skb_mark(const std::string& text);
  std::optional<std::uint32_t> skb_priority(const std::string& text);

 private:
  std::size_t word_;
  std::optional<Failure> failure_;
};

/// The separator, unless the text begins or ends with it.
[[nodiscard]] std::size_t find_separator(std::string_view text, char separator);

/// `echo-request`, or `TYPE/CODE`.
[[nodiscard]] std::string icmp_text(std::uint16_t type_code, bool ipv6);
/// The name where there is one, else the number.
[[nodiscard]] std::string protocol_name(std::uint8_t protocol);
/// Has the protocol ports (ip_set_proto_with_ports)?
[[nodiscard]] bool has_ports(std::uint8_t protocol);

}  // namespace nfproof::compiler::ipset
