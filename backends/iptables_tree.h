// SPDX-License-Identifier: Apache-2.0
// Long chains of iptables as trees: rules for one interface stand in a chain of their own, rules for single hosts in
// chains of their networks. Every packet meets the rules that may match it in the order they had.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "backends/iptables_row.h"

namespace nfproof::backends {

struct IptablesBranch {
  std::string name;
  std::vector<std::string> rules;  ///< behind `-A CHAIN`
};

/// The rules of the chain; `made` gets the chains that they lead to. `new_name`: gives out names like the one told.
[[nodiscard]] std::vector<std::string> branch_out(const std::string& chain, std::vector<IptablesRow> rows,
                                                  unsigned address_bits, std::vector<IptablesBranch>& made,
                                                  const std::function<std::string(const std::string&)>& new_name);

}  // namespace nfproof::backends
