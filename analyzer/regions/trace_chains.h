// SPDX-License-Identifier: Apache-2.0
// What chains do, as functions from packets to traces: each chain is composed once, rules joined two by two, a call
// being the function of what is called. Two base chains are alike for the packets whose traces are, whatever chains
// they are made of.
//
// Rules that write a field and go on to tests of it, or to a test that may answer anything a second time, are not
// followed (`kTraceStuck`).
#pragma once

#include <map>
#include <string>
#include <vector>

#include "analyzer/regions/program.h"
#include "analyzer/regions/traces.h"

namespace nfproof::analyzer::regions {

class TraceChains {
 public:
  TraceChains(Program& program, Space& space, Traces& traces, std::size_t side)
      : program_(program), space_(space), traces_(traces), side_(side) {}

  /// Of a base chain with its policy, as a diagram whose terminals are traces.
  Ref base(ir::ChainId chain);

 private:
  void compute(ir::ChainId start);
  Ref compose(ir::ChainId chain);
  Ref rule(const std::vector<Instruction>& rule);
  Ref called(const Instruction& call);
  Ref step(const Instruction& instruction, Ref rest);
  Ref join(Ref first, Ref second);
  Ref joined(Ref first, Ref second);
  [[nodiscard]] bool gives_up() const { return traces_.exhausted() || space_.store().over_part(); }
  Ref known_before(const Before& before, Ref function);

  Program& program_;
  Space& space_;
  Traces& traces_;
  std::size_t side_;
  std::map<ir::ChainId, Ref> done_;  ///< what comes back goes on
};

/// Packets of `among` for which both functions do not do the same.
[[nodiscard]] Ref unlike(Ref a, Ref b, Ref among, DiagramStore& store, Traces& traces, Memories& memories);

}  // namespace nfproof::analyzer::regions
