// SPDX-License-Identifier: Apache-2.0
// Rules of one chain of iptables that become lists of ports or ipsets.
#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include "backends/iptables_row.h"
#include "compiler/ir/set.h"

namespace nfproof::backends {

/// The sets that rules become, with names of their own.
class IptablesSets {
 public:
  IptablesSets(const ir::SetTable& known, ir::Family family) : known_(known), family_(family) {}

  /// The name of a set with this type, these settings and elements; equal ones are one.
  [[nodiscard]] std::string name_of(const std::string& header, std::vector<std::string> elements);
  [[nodiscard]] const std::string& text() const { return text_; }
  [[nodiscard]] std::size_t count() const { return by_content_.size(); }

 private:
  const ir::SetTable& known_;
  ir::Family family_;
  std::string text_;
  std::unordered_map<std::string, std::string> by_content_;
  unsigned number_ = 0;
};

/// `sets`: null when rules may not become sets.
[[nodiscard]] std::vector<IptablesRow> merge_rows(std::vector<IptablesRow> rows, IptablesSets* sets);

}  // namespace nfproof::backends
