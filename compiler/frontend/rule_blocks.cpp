// SPDX-License-Identifier: Apache-2.0
// Blocks of rule lines, read by whoever has time: the helping threads and the caller itself. The helpers stay a few
// blocks ahead of the caller, so that what waits to be handed out stays small.
#include "compiler/frontend/rule_blocks.h"

#include <algorithm>
#include <condition_variable>
#include <exception>
#include <functional>
#include <mutex>
#include <thread>
#include <utility>
#include <variant>

#include "compiler/frontend/line_scanner.h"
#include "compiler/frontend/rule_reader.h"

namespace nfproof::compiler {
namespace {

constexpr std::size_t kBlockLines = 256;
constexpr std::size_t kAhead = 16;
constexpr unsigned kMostThreads = 4;

class BlockReader {
 public:
  explicit BlockReader(const RuleRun& run) : run_(run) {}

  RuleBlock read(std::size_t first, std::size_t end) {
    RuleBlock block;
    block.lines.reserve(end - first);
    for (std::size_t number = first; number < end; ++number) {
      BlockLine& line = block.lines.emplace_back();
      line.number = static_cast<std::uint32_t>(number);
      read(run_.file->line(number), block.predicates, line);
    }
    return block;
  }

 private:
  void read(std::string_view text, ir::PredicatePool& pool, BlockLine& out) {
    if (text.size() > kMaxLine || text.find('\0') != std::string_view::npos) return;
    start_line(run_.id, out.number, text, line_);
    if (!scan_line(run_.id, out.number, text, line_) || line_.kind != LineKind::kCommand) return;
    const auto is_long = [](const Word& word) { return word.text.size() > kMaxWord; };
    if (std::any_of(line_.words.begin(), line_.words.end(), is_long)) return;
    source::Diagnostics told;
    auto command =
        read_command(line_.words, run_.table, run_.family, pool, told, CommandSyntax::kRestoreLine, Unreadable::kKeep);
    if (!command || !told.all().empty() || command->verb != Verb::kAppend || command->only) return;
    // What was unquoted lives only as long as the line.
    if (std::less<>{}(command->chain.text.data(), text.data()) ||
        std::less<>{}(text.data() + text.size(), command->chain.text.data()))
      return;
    out.command = std::move(command);
    out.counters = line_.counters;
    out.span = line_.span;
  }

  const RuleRun& run_;
  ParsedLine line_;
};

}  // namespace

class RuleBlocks::Impl {
 public:
  explicit Impl(RuleRun run) : run_(std::move(run)), reader_(run_) {
    count_ = (run_.end - run_.first + kBlockLines - 1) / kBlockLines;
    const unsigned threads = std::clamp(std::thread::hardware_concurrency(), 1U, kMostThreads);
    for (unsigned i = 1; i < threads; ++i) threads_.emplace_back([this] { help(); });
  }
  ~Impl() {
    {
      const std::lock_guard lock(mutex_);
      stop_ = true;
    }
    changed_.notify_all();
    for (std::thread& thread : threads_) thread.join();
  }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  std::optional<RuleBlock> next() {
    if (given_ == count_) return std::nullopt;
    std::unique_lock lock(mutex_);
    while (!done_[given_ % kAhead]) {
      if (failure_) std::rethrow_exception(failure_);
      if (can_claim())
        read_one(lock, reader_);
      else
        changed_.wait(lock);
    }
    std::optional<RuleBlock> block = std::exchange(done_[given_ % kAhead], std::nullopt);
    ++given_;
    lock.unlock();
    changed_.notify_all();
    return block;
  }

 private:
  [[nodiscard]] bool can_claim() const { return claimed_ < count_ && claimed_ < given_ + kAhead; }

  void read_one(std::unique_lock<std::mutex>& lock, BlockReader& reader) {
    const std::size_t index = claimed_++;
    lock.unlock();
    const std::size_t first = run_.first + index * kBlockLines;
    RuleBlock block = reader.read(first, std::min(first + kBlockLines, run_.end));
    lock.lock();
    done_[index % kAhead] = std::move(block);
    changed_.notify_all();
  }

  void help() {
    BlockReader reader(run_);
    std::unique_lock lock(mutex_);
    try {
      while (true) {
        changed_.wait(lock, [this] { return stop_ || can_claim(); });
        if (stop_) return;
        read_one(lock, reader);
      }
    } catch (...) {
      if (!lock.owns_lock()) lock.lock();
      failure_ = std::current_exception();
      changed_.notify_all();
    }
  }

  RuleRun run_;
  BlockReader reader_;  ///< of the caller
  std::size_t count_ = 0;

  std::mutex mutex_;
  std::condition_variable changed_;
  // Under the mutex:
  std::size_t claimed_ = 0;  ///< blocks that somebody reads or has read
  std::size_t given_ = 0;    ///< blocks that were handed out
  std::optional<RuleBlock> done_[kAhead];
  std::exception_ptr failure_;
  bool stop_ = false;

  std::vector<std::thread> threads_;
};

RuleBlocks::RuleBlocks(RuleRun run) : impl_(std::make_unique<Impl>(std::move(run))) {}
RuleBlocks::~RuleBlocks() = default;
std::optional<RuleBlock> RuleBlocks::next() { return impl_->next(); }

void add_predicates(RuleBlock& block, ir::PredicatePool& pool) {
  std::vector<ir::PredicateId> here;
  here.reserve(block.predicates.size());
  for (std::uint32_t i = 0; i < block.predicates.size(); ++i) {
    ir::Predicate predicate = block.predicates[ir::PredicateId{i}];
    if (auto* any = std::get_if<ir::AnyOf>(&predicate))
      for (ir::PredicateId& part : any->any) part = here[static_cast<std::size_t>(part)];  // made before the whole
    here.push_back(pool.add(std::move(predicate)));
  }
  for (BlockLine& line : block.lines) {
    if (!line.command) continue;
    for (ir::Rule& rule : line.command->rules)
      for (ir::Condition& each : rule.when) each.predicate = here[static_cast<std::size_t>(each.predicate)];
  }
}

std::size_t end_of_run(const source::SourceFile& file, std::size_t first) {
  std::size_t end = first;
  for (; end <= file.line_count(); ++end) {
    const std::string_view line = file.line(end);
    if (line.empty() || (line.front() != '-' && line.front() != '[')) break;
  }
  return end;
}

}  // namespace nfproof::compiler
