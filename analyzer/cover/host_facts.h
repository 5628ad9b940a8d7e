// SPDX-License-Identifier: Apache-2.0
// What a host lets happen, as formulas: which interfaces there are, which destinations are local, which leave by which
// interface.
#pragma once

#include "analyzer/paths/encoder.h"
#include "compiler/ir/host.h"

namespace nfproof::analyzer {

class HostFacts {
 public:
  HostFacts(const ir::Host& host, ir::Family family);

  /// What holds for every packet at the hook.
  [[nodiscard]] FormulaId certain(Encoder& encoder, ir::Hook hook) const;
  /// What holds for ordinary packets besides: sources that may arrive, own sources of what is sent.
  [[nodiscard]] FormulaId ordinary(Encoder& encoder, ir::Hook hook) const;

 private:
  struct Way {
    std::string interface;
    ir::ValueSet::Intervals destinations;
  };
  [[nodiscard]] ir::ValueSet indexes(const Encoder& encoder, bool with_loopback) const;
  [[nodiscard]] FormulaId routed(Encoder& encoder, bool to_self) const;

  const ir::Host& host_;
  ir::Family family_;
  std::vector<Way> ways_;
  ir::ValueSet::Intervals local_;
  ir::ValueSet::Intervals delivered_;  ///< also to all of a network, and to groups
  ir::ValueSet::Intervals broadcast_;
};

}  // namespace nfproof::analyzer
