// SPDX-License-Identifier: Apache-2.0
// Dealing questions to lanes.
#include "analyzer/paths/solver_lanes.h"

#include <algorithm>

#include "analyzer/jobs.h"

namespace nfproof::analyzer {
namespace {

constexpr std::size_t kLanes = 4;
constexpr std::size_t kWorthALane = 8;  // fewer questions do not pay for another context

}  // namespace

SolverLanes::SolverLanes(const Structure& structure, ir::Family family, WriteModel model,
                         std::chrono::milliseconds timeout, unsigned threads)
    : model_(model), timeout_(timeout), threads_(threads), lanes_(kLanes) {
  lanes_.front() = std::make_unique<FamilyContext>(structure, family, model, timeout);
}

void SolverLanes::ask(std::size_t count, const Ask& ask) {
  const std::size_t used = std::clamp<std::size_t>(count / kWorthALane, 1, kLanes);
  run_jobs(threads_, used, [&](std::size_t lane, std::size_t) {
    auto& context = lanes_[lane];
    if (!context) context = std::make_unique<FamilyContext>(first().structure, first().family, model_, timeout_);
    for (std::size_t i = lane; i < count; i += used) ask(*context, i);
  });
}

std::size_t SolverLanes::queries() const {
  std::size_t all = 0;
  for (const auto& lane : lanes_) all += lane ? lane->solver.queries() : 0;
  return all;
}

double SolverLanes::milliseconds() const {
  double all = 0;
  for (const auto& lane : lanes_) all += lane ? lane->solver.milliseconds() : 0;
  return all;
}

}  // namespace nfproof::analyzer
