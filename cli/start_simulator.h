// SPDX-License-Identifier: Apache-2.0
// A simulator as the options of replays want it.
#pragma once

#include <memory>

#include "cli/connections.h"
#include "cli/model_flags.h"
#include "compiler/frontend/compile.h"

namespace nfproof::cli {

/// With the sets of the compilation, the model's assumptions and the connections that are there before the first
/// packet. Null after an error, which is told.
[[nodiscard]] std::unique_ptr<sim::Simulator> start_simulator(Terminal& terminal, compiler::Compilation& compilation,
                                                              const ir::Host& host,
                                                              const ConnectionOptions& connections,
                                                              const ModelFlags& model, sim::SimOptions options);

}  // namespace nfproof::cli
