// SPDX-License-Identifier: Apache-2.0
// Options, then connections.
#include "cli/start_simulator.h"

namespace nfproof::cli {

std::unique_ptr<sim::Simulator> start_simulator(Terminal& terminal, compiler::Compilation& compilation,
                                                const ir::Host& host, const ConnectionOptions& connections,
                                                const ModelFlags& model, sim::SimOptions options) {
  options.sets = &compilation.sets;
  if (!read_settings(terminal, connections, options.conntrack)) return nullptr;
  if (!apply_model(terminal, model, compilation, options)) return nullptr;
  auto simulator = std::make_unique<sim::Simulator>(compilation.ruleset, host, options);
  const auto before = read_connections(terminal, connections, compilation.sources);
  if (!before) return nullptr;
  restore_connections(terminal, *before, *simulator);
  return simulator;
}

}  // namespace nfproof::cli
