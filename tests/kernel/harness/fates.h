// SPDX-License-Identifier: Apache-2.0
// Turns NFLOG entries, in the order the kernel wrote them, into one fate per packet sent. Internal to the harness.
#pragma once

#include <string>
#include <vector>

#include "tests/kernel/harness/lab.h"
#include "tests/kernel/harness/nflog.h"
#include "tests/kernel/harness/plumbing.h"

namespace nfproof::testing {

// `send_errors[i]` is the errno of sending packets[i]. False when an entry belongs to no packet.
[[nodiscard]] bool assemble_fates(const Plumbing& plumbing, const std::vector<Packet>& packets,
                                  const std::vector<int>& send_errors, std::vector<LogEntry> entries, bool loopback,
                                  std::vector<Fate>* fates, std::string* error);

}  // namespace nfproof::testing
