// SPDX-License-Identifier: Apache-2.0
// Lines of a file to tables: see save_reader.h.
#include "compiler/frontend/save_reader.h"

#include <array>
#include <list>
#include <string>
#include <utility>

#include "compiler/extensions/values.h"
#include "compiler/frontend/detect.h"
#include "compiler/frontend/line_parser.h"
#include "compiler/frontend/rule_blocks.h"
#include "compiler/frontend/rule_reader.h"
#include "compiler/frontend/staging.h"

namespace nfproof::compiler {
namespace {

class SaveReader {
 public:
  SaveReader(const source::SourceFile& file, source::FileId id, ir::Family family, bool follow_remarks,
             ir::Ruleset& ruleset, source::Diagnostics& diagnostics)
      : file_(file),
        id_(id),
        family_(family),
        follow_remarks_(follow_remarks),
        ruleset_(ruleset),
        diagnostics_(diagnostics) {}

  void read(std::size_t first_line) {
    for (std::size_t number = first_line; number <= file_.line_count(); ++number) {
      number = read_run(number);
      if (number <= file_.line_count()) read_line(static_cast<std::uint32_t>(number), file_.line(number));
    }
    if (current_ != nullptr || skipping_) missing_commit("the file ends");
    check_line_ends();
    for (StagedTable& table : tables_) table.commit(ruleset_);
  }

 private:
  /// Reads the rules from this line on when there are many of them; gives the line to go on with.
  std::size_t read_run(std::size_t first) {
    if (current_ == nullptr || first < no_run_before_) return first;
    const std::size_t end = end_of_run(file_, first);
    no_run_before_ = end;
    if (end - first < kLeastRun) return first;
    RuleBlocks blocks({&file_, id_, current_->name(), family_, first, end});
    while (auto block = blocks.next()) {
      add_predicates(*block, ruleset_.predicates);
      for (BlockLine& line : block->lines) {
        if (line.command)
          current_->execute(std::move(*line.command), line.counters, line.span, diagnostics_);
        else
          read_line(line.number, file_.line(line.number));
      }
    }
    return end;
  }

  void read_line(std::uint32_t number, std::string_view text) {
    if (const std::size_t nul = text.find('\0'); nul != std::string_view::npos) {
      const auto column = static_cast<std::uint32_t>(nul + 1);
      diagnostics_.error("not-text", {id_, number, column, column + 1}, "a NUL byte: this line is not text");
      return;
    }
    if (text.size() > kMaxLine) {
      diagnostics_.error("line-too-long", {id_, number, 1, 2},
                         "the line has " + std::to_string(text.size()) +
                             " characters, iptables-restore takes at most " + std::to_string(kMaxLine));
      return;
    }
    const ParsedLine& line = parser_.parse(id_, number, text);
    note_blanks(line, text);
    switch (line.kind) {
      case LineKind::kEmpty: return;
      case LineKind::kRemark: return remark(line.span, text);
      case LineKind::kBad: return bad_line(line);
      case LineKind::kTable: return open_table(line);
      case LineKind::kCommit: return close_table(line);
      case LineKind::kChain:
        if (in_table(line.span)) current_->declare(line.words, line.span, diagnostics_);
        return;
      case LineKind::kCommand:
        if (in_table(line.span)) command(line);
        return;
    }
  }

  /// The outputs of both saving programs may stand in one file.
  void remark(const source::Span& span, std::string_view text) {
    if (text.find("-legacy tables present") != std::string_view::npos)
      diagnostics_.warning("other-backend", span,
                           "the host has rules of both iptables-legacy and iptables-nft, and this file holds one half: "
                           "packets must pass both; add the other file");
    if (!follow_remarks_ || current_ != nullptr) return;
    family_ = family_of_header(text).value_or(family_);
  }

  /// Blanks that iptables-restore trips over: told once.
  void note_blanks(const ParsedLine& line, std::string_view text) {
    if (blanks_told_) return;
    const bool indented = (line.kind == LineKind::kTable || line.kind == LineKind::kChain) && line.span.column != 1;
    const bool around = line.kind == LineKind::kCommit && text != "COMMIT";
    const bool only = line.kind == LineKind::kEmpty && !text.empty();
    if (!indented && !around && !only) return;
    blanks_told_ = true;
    diagnostics_.warning("blanks", {id_, line.span.line, 1, static_cast<std::uint32_t>(text.size() + 1)},
                         only ? "iptables-restore refuses a line that holds only blanks"
                              : "iptables-restore refuses the blanks around this line");
  }

  void bad_line(const ParsedLine& line) {
    if (!skipping_) diagnostics_.error("syntax", line.error_span, line.error);
  }

  bool in_table(source::Span span) {
    if (skipping_) return false;
    if (current_ == nullptr)
      diagnostics_.error("outside-table", span,
                         "this line belongs to no table: expected a line such as `*filter` before it");
    return current_ != nullptr;
  }

  void missing_commit(const std::string& event) {
    if (skipping_) return;
    diagnostics_.error("missing-commit", current_->span(),
                       "the table `" + current_->name() + "` is not closed by `COMMIT` before " + event);
  }

  void open_table(const ParsedLine& line) {
    if (current_ != nullptr) missing_commit("the next table begins");
    current_ = nullptr;
    skipping_ = false;
    const std::string_view name = line.words.empty() ? std::string_view{} : line.words.front().text;
    if (!ir::is_xtables_table(name)) {
      static constexpr std::array<std::string_view, 5> kTables = {"filter", "nat", "mangle", "raw", "security"};
      const std::string_view near = nearest(name, kTables);
      diagnostics_.error("unknown-table", line.words.empty() ? line.span : line.words.front().span,
                         "there is no table `" + std::string(name) + '`' +
                             (near.empty() ? std::string{} : ", did you mean `" + std::string(near) + "`?") +
                             " (its lines are skipped)");
      skipping_ = true;
      return;
    }
    if (line.words.size() > 1)
      diagnostics_.warning("trailing-text", line.words[1].span, "text after the name of the table is ignored");
    start_table(std::string(name), line.span);
  }

  void start_table(std::string name, source::Span span) {
    for (auto it = tables_.begin(); it != tables_.end(); ++it) {
      if (it->name() != name || it->family() != family_) continue;
      auto& warning = diagnostics_.warning("table-replaced", span,
                                           "the table `" + name + "` comes a second time and replaces the first");
      warning.labels.push_back({it->span(), "the table that is lost"});
      tables_.erase(it);
      break;
    }
    current_ = &tables_.emplace_back(std::move(name), family_, span);
  }

  void close_table(const ParsedLine& line) {
    if (current_ == nullptr && !skipping_)
      diagnostics_.error("outside-table", line.span, "`COMMIT` outside of a table");
    current_ = nullptr;
    skipping_ = false;
  }

  void command(const ParsedLine& line) {
    for (const Word& word : line.words) {
      if (word.text.size() <= kMaxWord) continue;
      diagnostics_.error(
          "word-too-long", word.span,
          "the word has " + std::to_string(word.text.size()) + " characters, iptables-restore takes at most 1023");
      return;
    }
    if (line.unclosed_quote)
      diagnostics_.warning("unclosed-quote", line.words.back().span,
                           "the quote is not closed: it takes the rest of the line");
    auto command = read_command(line.words, current_->name(), family_, ruleset_.predicates, diagnostics_,
                                CommandSyntax::kRestoreLine, Unreadable::kKeep);
    if (!command) return;
    if (command->only && *command->only != family_) return note_other_family(line.span);
    current_->execute(std::move(*command), line.counters, line.span, diagnostics_);
  }

  /// Told once: the lines are no part of this ruleset, as iptables-restore sees it.
  void note_other_family(source::Span span) {
    if (std::exchange(other_family_told_, true)) return;
    diagnostics_.note("other-family", span,
                      family_ == ir::Family::kIpv4 ? "lines with `-6` are not part of an IPv4 ruleset"
                                                   : "lines with `-4` are not part of an IPv6 ruleset");
  }

  void check_line_ends() {
    const std::string_view text = file_.text();
    const auto line = static_cast<std::uint32_t>(file_.line_count());
    const source::Span first{id_, 1, 1, 2};
    if (text.find("\r\n") != std::string_view::npos)
      diagnostics_.warning("line-ends", first, "the lines end with CR LF, which iptables-restore refuses");
    else if (!text.empty() && text.back() != '\n')
      diagnostics_.warning("line-ends", {id_, line, 1, static_cast<std::uint32_t>(file_.line(line).size() + 1)},
                           "the last line has no newline, which iptables-legacy-restore refuses");
  }

  const source::SourceFile& file_;
  source::FileId id_;
  ir::Family family_;
  bool follow_remarks_;
  ir::Ruleset& ruleset_;
  source::Diagnostics& diagnostics_;
  LineParser parser_;
  std::list<StagedTable> tables_;
  StagedTable* current_ = nullptr;
  std::size_t no_run_before_ = 0;  ///< up to this line there is no long run of rules
  bool skipping_ = false;          ///< inside a table that does not exist
  bool blanks_told_ = false;
  bool other_family_told_ = false;
};

}  // namespace

void read_save_file(const source::SourceFile& file, source::FileId id, ir::Family family, bool follow_remarks,
                    ir::Ruleset& ruleset, source::Diagnostics& diagnostics, std::size_t first_line) {
  SaveReader(file, id, family, follow_remarks, ruleset, diagnostics).read(first_line);
}

}  // namespace nfproof::compiler
