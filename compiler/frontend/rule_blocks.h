// SPDX-License-Identifier: Apache-2.0
// Reads long runs of rule lines on several threads. A run is cut into blocks; each block is read for itself, with
// predicates of its own, and the blocks are handed out in the order of the file, so that nothing depends on who read
// what. Only lines without any peculiarity are read here: every other line is left to the caller, who knows how to
// complain about it.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "compiler/frontend/command.h"
#include "compiler/ir/ruleset.h"
#include "compiler/source/source_file.h"

namespace nfproof::compiler {

struct BlockLine {
  std::uint32_t number = 0;
  std::optional<Command> command;  ///< an `-A`, at first with predicates of the block; nothing: not read here
  std::optional<ir::Counters> counters;
  source::Span span;
};

struct RuleBlock {
  ir::PredicatePool predicates;
  std::vector<BlockLine> lines;
};

/// The lines [first, end) of a file: which table and family they belong to.
struct RuleRun {
  const source::SourceFile* file = nullptr;
  source::FileId id{};
  std::string table;
  ir::Family family{};
  std::size_t first = 0;
  std::size_t end = 0;
};

/// Shorter runs are not worth a thread.
inline constexpr std::size_t kLeastRun = 4096;

class RuleBlocks {
 public:
  explicit RuleBlocks(RuleRun run);
  ~RuleBlocks();
  RuleBlocks(const RuleBlocks&) = delete;
  RuleBlocks& operator=(const RuleBlocks&) = delete;

  /// The next block in the order of the file; nothing after the last.
  [[nodiscard]] std::optional<RuleBlock> next();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

/// Adds the predicates of a block to the pool of the whole and makes the rules of its lines speak of those.
void add_predicates(RuleBlock& block, ir::PredicatePool& pool);

/// The end of the run of lines from `first` on that can only be rules.
[[nodiscard]] std::size_t end_of_run(const source::SourceFile& file, std::size_t first);

}  // namespace nfproof::compiler
