// SPDX-License-Identifier: Apache-2.0
// nfproof translate: rulesets in nftables syntax. A rule without translation is an error, unless a partial result is
// asked for.
#include <fstream>

#include "backends/nft.h"
#include "backends/nft_json.h"
#include "cli/command.h"
#include "cli/exit_code.h"
#include "cli/inputs.h"
#include "report/diagnostics.h"
#include "report/style.h"

namespace nfproof::cli {
namespace {

class Translate : public Command {
 public:
  void declare(Arguments& arguments) override {
    declare_inputs(arguments, inputs_);
    arguments.value("--to", "SYNTAX", to_, "nft");
    arguments.value("-o,--output", "FILE", output_, "write there instead of standard output");
    arguments.flag("--plain", plain_, "one rule for one rule (default)");
    arguments.flag("--partial", partial_, "write what can be translated, the rest as comments");
    arguments.flag("--optimize", optimize_, "sets, concatenations and verdict maps in the place of rules");
    arguments.flag("-c,--counters", counters_, "keep the counters of the rules (with --optimize: of those that stay alone)");
    arguments.flag("--no-counters", no_counters_, "rules without counters (default with --optimize)");
    arguments.flag("--inet", inet_, "rules that both families have stand once, in tables of family inet");
    arguments.unavailable("--verify", false);
  }
  std::string_view colour() const override { return inputs_.colour; }

  int run(Terminal& terminal) override {
    if (const std::string problem = target_problem(); !problem.empty()) return terminal.error(problem), kBadInput;
    if (plain_ && optimize_) return terminal.error("--plain and --optimize exclude each other"), kBadInput;
    if (counters_ && no_counters_) return terminal.error("-c and --no-counters exclude each other"), kBadInput;
    if (!output_format(terminal, inputs_, {})) return kBadInput;
    compiler::Compilation compilation;
    inputs_.sets_matter = false;  // rules that refer to those that are missing are refused as such
    if (!load_rulesets(terminal, inputs_, compilation)) return kBadInput;
    backends::NftOptions options;
    options.sets = &compilation.sets;
    options.optimize = optimize_;
    options.inet = inet_;
    if (no_counters_ || (optimize_ && !counters_)) options.counters = backends::NftOptions::Counters::kNone;
    for (const compiler::Compilation::File& file : compilation.files)
      options.source += (options.source.empty() ? "" : ", ") + file.path;
    const backends::NftTranslation translation = backends::to_nft(compilation.ruleset, options);
    terminal.err(report::diagnostics_text(terminal.err_style(), compilation.sources, translation.diagnostics));
    const bool complete = translation.untranslated == 0 && !translation.diagnostics.has_errors();
    if (translation.untranslated != 0) {
      terminal.note(std::to_string(translation.untranslated) + " of " + report::counted(translation.rules, "rule") +
                    " without translation" + (partial_ ? "" : "; nothing was written (--partial writes the rest)"));
    }
    if (!complete && !partial_) return kBadInput;
    const int written = write(terminal, to_ == "nft-json" ? backends::nft_json(translation.tables) : translation.text);
    return written == kOk && !complete ? kFindings : written;
  }

 private:
  std::string target_problem() const {
    if (to_ == "nft" || to_ == "nft-json") return "";
    if (to_.empty()) return "--to is missing: --to nft";
    for (const std::string_view other : {"iptables", "ip6tables"})
      if (to_ == other) return "--to " + to_ + " is not available in this version";
    return "--to takes nft, not `" + to_ + "`";
  }

  int write(Terminal& terminal, const std::string& text) const {
    if (output_.empty() || output_ == "-") return terminal.out(text), kOk;
    std::ofstream file(output_, std::ios::binary);
    file << text;
    file.close();
    if (!file) return terminal.error("cannot write `" + output_ + "`"), kBadInput;
    return kOk;
  }

  InputOptions inputs_;
  std::string to_;
  std::string output_;
  bool plain_ = false;
  bool inet_ = false;
  bool optimize_ = false;
  bool counters_ = false;
  bool no_counters_ = false;
  bool partial_ = false;
};

}  // namespace

std::unique_ptr<Command> make_translate() { return std::make_unique<Translate>(); }

}  // namespace nfproof::cli
