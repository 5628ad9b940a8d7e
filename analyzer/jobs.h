// SPDX-License-Identifier: Apache-2.0
// Work on several threads with one result. Jobs are numbered; what a job does must depend on its number alone, never on
// the thread that takes it or on what that thread did before.
#pragma once

#include <cstddef>
#include <functional>

namespace nfproof::analyzer {

/// As many threads as the machine runs at once, within reason.
[[nodiscard]] unsigned default_threads();

/// Calls `work(job, worker)` for all jobs below `jobs`, on up to `threads` threads: the caller's own (worker 0) and
/// others that end with the call. Whoever is free takes the next job.
void run_jobs(unsigned threads, std::size_t jobs, const std::function<void(std::size_t job, std::size_t worker)>& work);

}  // namespace nfproof::analyzer
