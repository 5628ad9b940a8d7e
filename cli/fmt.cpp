// SPDX-License-Identifier: Apache-2.0
// nfproof fmt: the canonical text of a ruleset, or whether a file is canonical.
#include <optional>
#include <string_view>

#include "backends/iptables_save.h"
#include "cli/command.h"
#include "cli/exit_code.h"
#include "cli/inputs.h"
#include "compiler/ipset/print.h"
#include "report/snippet.h"

namespace nfproof::cli {
namespace {

/// The next line that is neither empty nor a comment, and its number; false at the end.
bool next_line(const source::SourceFile& file, std::size_t& number, std::string_view& line) {
  while (number < file.line_count()) {
    line = file.line(++number);
    if (!line.empty() && line.front() != '#') return true;
  }
  return false;
}

class Fmt : public Command {
 public:
  void declare(Arguments& arguments) override {
    declare_inputs(arguments, inputs_);
    arguments.flag("-c,--counters", counters_, "keep the counters");
    arguments.flag("--check", check_, "print nothing; exit 1 when the text would change (comments do not count)");
  }
  std::string_view colour() const override { return inputs_.colour; }

  int run(Terminal& terminal) override {
    if (!output_format(terminal, inputs_, {})) return kBadInput;
    if (inputs_.files.size() > 1) return terminal.error("fmt takes one file"), kBadInput;
    compiler::Compilation compilation;
    inputs_.sets_matter = false;
    if (!load_rulesets(terminal, inputs_, compilation)) return kBadInput;
    backends::SaveOptions options;
    options.counters = counters_;
    const compiler::Compilation::File& file = compilation.files.front();
    const std::string text = file.holds_sets ? compiler::ipset::save_text(compilation.sets, std::nullopt)
                                             : backends::save_text(compilation.ruleset, file.family, options);
    if (!check_) return terminal.out(text), kOk;
    return compare(terminal, compilation, text);
  }

 private:
  /// Tells the first line that differs.
  static int compare(Terminal& terminal, const compiler::Compilation& compilation, const std::string& text) {
    source::SourceManager canonical;
    const source::SourceFile& wanted = canonical.file(canonical.add("", text));
    const source::SourceFile& written = compilation.sources.file(source::FileId{0});
    std::size_t here = 0, there = 0;
    while (true) {
      std::string_view old_line, new_line;
      const bool more = next_line(written, here, old_line);
      const bool more_wanted = next_line(wanted, there, new_line);
      if (!more && !more_wanted) return kOk;
      if (more && more_wanted && old_line == new_line) continue;
      const auto line = static_cast<std::uint32_t>(here);
      terminal.err(report::place(compilation.sources, {source::FileId{0}, line, 1, 2}) + ": note: would change" +
                   (more_wanted ? " to `" + report::printable(new_line) + '`' : ": nothing follows") + " [fmt]\n");
      return kFindings;
    }
  }

  InputOptions inputs_;
  bool counters_ = false;
  bool check_ = false;
};

}  // namespace

std::unique_ptr<Command> make_fmt() { return std::make_unique<Fmt>(); }

}  // namespace nfproof::cli
