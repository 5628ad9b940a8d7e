// SPDX-License-Identifier: Apache-2.0
// The C library's names of services, protocols, users and groups: it answers one question at a time.
#pragma once

#include <mutex>

namespace nfproof::compiler {

/// Held from the question until its answer was read.
[[nodiscard]] std::mutex& name_service();

}  // namespace nfproof::compiler
