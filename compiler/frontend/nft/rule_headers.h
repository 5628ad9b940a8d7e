// SPDX-License-Identifier: Apache-2.0
// Which protocols the headers that a rule names belong to, as nft keeps them in mind from left to right.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/frontend/nft/store.h"
#include "compiler/source/diagnostic.h"

namespace nfproof::compiler::nft {

class RuleHeaders {
 public:
  RuleHeaders(ir::Family table, source::Diagnostics& diagnostics);

  /// Takes in what a statement names. False after an error: a header that a packet of the rule cannot have.
  bool take(const Statement& statement);

  [[nodiscard]] const std::optional<ir::Family>& network() const { return network_; }
  /// Name of the one transport protocol, empty when that is not known.
  [[nodiscard]] std::string_view transport() const { return transport_; }
  /// Was anything asked of the family or of the transport protocol, whatever it was?
  [[nodiscard]] bool asks_network() const { return asks_network_; }
  [[nodiscard]] bool asks_transport() const { return asks_transport_; }

 private:
  bool field(const Expr& field);
  bool network_header(ir::Family family, std::string_view word, const source::Span& span);
  bool transport_header(std::string_view word, const source::Span& span);
  void learn(const Statement& statement);

  ir::Family table_;
  source::Diagnostics& diagnostics_;
  std::optional<ir::Family> network_;
  std::string_view transport_;
  bool asks_network_ = false;
  bool asks_transport_ = false;
};

/// The nft name for the type of values of a field, such as `ipv4_addr`; empty when it is not known here.
[[nodiscard]] std::string_view data_type_of(const Expr& field, ir::Family table);
[[nodiscard]] std::string_view data_type_of(std::string_view path);
/// Of lists of types or of fields that have them; what is not known here fits.
[[nodiscard]] bool may_be_same_types(const std::vector<std::string>& a, const std::vector<std::string>& b);

}  // namespace nfproof::compiler::nft
