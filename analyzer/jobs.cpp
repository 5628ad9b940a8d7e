// SPDX-License-Identifier: Apache-2.0
// Threads that take jobs from one counter.
#include "analyzer/jobs.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

namespace nfproof::analyzer {

unsigned default_threads() {
  constexpr unsigned kMost = 8;
  return std::clamp(std::thread::hardware_concurrency(), 1U, kMost);
}

void run_jobs(unsigned threads, std::size_t jobs, const std::function<void(std::size_t, std::size_t)>& work) {
  std::atomic<std::size_t> next{0};
  std::mutex mutex;
  std::exception_ptr failure;  // memory that ran out: told in the caller's thread
  const auto take = [&](std::size_t worker) {
    try {
      for (std::size_t job = next++; job < jobs; job = next++) work(job, worker);
    } catch (...) {
      const std::lock_guard lock(mutex);
      failure = std::current_exception();
      next = jobs;
    }
  };
  std::vector<std::thread> others;
  try {
    for (std::size_t worker = 1; worker < std::min<std::size_t>(threads, jobs); ++worker)
      others.emplace_back(take, worker);
  } catch (const std::system_error&) {
    // No more threads are to be had: those that there are do the work.
  }
  take(0);
  for (std::thread& each : others) each.join();
  if (failure) std::rethrow_exception(failure);
}

}  // namespace nfproof::analyzer
