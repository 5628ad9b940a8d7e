// SPDX-License-Identifier: Apache-2.0
// Exit codes: scripts depend on them.
#pragma once

namespace nfproof::cli {

inline constexpr int kOk = 0;         ///< nothing to report
inline constexpr int kFindings = 1;   ///< findings at or above the level asked for, differences
inline constexpr int kBadInput = 2;   ///< bad usage, or input that does not parse or cannot be handled
inline constexpr int kUndecided = 3;  ///< undecided, or a limit was hit: never a success
inline constexpr int kInternal = 70;  ///< an internal error

}  // namespace nfproof::cli
