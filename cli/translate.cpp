// SPDX-License-Identifier: Apache-2.0
// nfproof translate: rulesets in another syntax. A rule without translation is an error, unless a partial result is
// asked for.
#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "analyzer/analyze.h"
#include "analyzer/jobs.h"
#include "backends/iptables_optimize.h"
#include "backends/iptables_out.h"
#include "backends/iptables_save.h"
#include "backends/nft.h"
#include "backends/nft_json.h"
#include "cli/command.h"
#include "cli/exit_code.h"
#include "cli/inputs.h"
#include "cli/proof.h"
#include "cli/region_options.h"
#include "compiler/ir/facts.h"
#include "compiler/passes/assume_host.h"
#include "compiler/passes/split_inet.h"
#include "report/diagnostics.h"
#include "report/style.h"

namespace nfproof::cli {
namespace {

class Translate : public Command {
 public:
  void declare(Arguments& arguments) override {
    declare_inputs(arguments, inputs_);
    arguments.value("--to", "SYNTAX", to_, "nft, nft-json, iptables or ip6tables");
    arguments.value("-o,--output", "FILE", output_, "write there instead of standard output");
    arguments.flag("--plain", plain_, "one rule for one rule (default)");
    arguments.flag("--partial", partial_, "write what can be translated, the rest as comments");
    arguments.flag(
        "--optimize", optimize_,
        "sets, concatenations and verdict maps in the place of rules; for iptables ipsets (beside FILE, with "
        "the ending .ipset), lists of ports and trees of chains");
    arguments.flag("--drop-dead", drop_dead_, "leave out rules that are proved never to match");
    arguments.flag("-c,--counters", counters_,
                   "keep the counters of the rules (with --optimize: of those that stay alone)");
    arguments.flag("--no-counters", no_counters_, "rules without counters (default with --optimize)");
    arguments.flag("--inet", inet_, "rules that both families have stand once, in tables of family inet");
    arguments.flag("--verify", verify_, "prove the translation equivalent before it is written (default)");
    arguments.flag("--no-verify", no_verify_, "write it without a proof");
    declare_region_limits(arguments, limits_);
  }
  std::string_view colour() const override { return inputs_.colour; }

  int run(Terminal& terminal) override {
    if (const std::string problem = target_problem(); !problem.empty()) return terminal.error(problem), kBadInput;
    if (verify_ && no_verify_) return terminal.error("--verify and --no-verify exclude each other"), kBadInput;
    if (plain_ && optimize_) return terminal.error("--plain and --optimize exclude each other"), kBadInput;
    if (counters_ && no_counters_) return terminal.error("-c and --no-counters exclude each other"), kBadInput;
    if (!output_format(terminal, inputs_, {})) return kBadInput;
    if (!read_region_limits(terminal, limits_, budget_)) return kBadInput;
    compiler::Compilation compilation;
    inputs_.sets_matter = false;  // rules that refer to those that are missing are refused as such
    inputs_.by_family = false;
    if (!load_rulesets(terminal, inputs_, compilation)) return kBadInput;
    // Each family is proved by itself; what was one table comes out as one.
    if (compiler::has_inet_tables(compilation.ruleset)) compilation.ruleset = compiler::split_inet(compilation.ruleset);
    const bool iptables = to_ == "iptables" || to_ == "ip6tables";
    if (iptables) tell_divided_counts(terminal, compilation);
    if (iptables) tell_fixed_sets(terminal, compilation);
    if (drop_dead_) drop_dead(terminal, compilation);
    if (iptables && optimize_ && counters_)
      return terminal.error(
                 "rules that are joined have no counters of their own: -c and --optimize exclude each other"),
             kBadInput;
    return iptables ? write_iptables(terminal, compilation) : write_nft(terminal, compilation);
  }

 private:
  /// What a rule counts, limits or draws in turn is one for both families in a table of nftables that is for both.
  static void tell_divided_counts(Terminal& terminal, const compiler::Compilation& compilation) {
    const ir::Ruleset& ruleset = compilation.ruleset;
    const auto counts = [&](const ir::Rule& rule) {
      return std::any_of(rule.when.begin(), rule.when.end(), [&](const ir::Condition& condition) {
        return ir::any_part(ruleset.predicates, condition.predicate, [](const ir::Predicate& predicate) {
          const auto* lot = std::get_if<ir::Statistic>(&predicate);
          return ir::answers_by_rule(predicate) && (lot == nullptr || lot->mode == ir::Statistic::Mode::kNth);
        });
      });
    };
    std::map<std::array<std::uint32_t, 3>, unsigned> families;  // that have the rule of a place
    source::Diagnostics told;
    for (const ir::Chain& chain : ruleset.chains)
      for (const ir::Rule& rule : chain.rules)
        if (rule.nft_number != 0 && counts(rule) &&
            ++families[{static_cast<std::uint32_t>(rule.span.file), rule.span.line, rule.span.column}] == 2)
          told.warning("counts-divided", rule.span,
                       "what this counts is one count for both families; iptables and ip6tables have one each");
    terminal.err(report::diagnostics_text(terminal.err_style(), compilation.sources, told));
  }

  /// Named sets of nftables become what they hold now.
  static void tell_fixed_sets(Terminal& terminal, const compiler::Compilation& compilation) {
    const ir::Ruleset& ruleset = compilation.ruleset;
    std::set<std::pair<std::string, std::string>> named;  // table and `@set`
    for (const ir::Chain& chain : ruleset.chains) {
      for (const ir::Rule& rule : chain.rules) {
        if (rule.written == nullptr || !rule.written->says_more) continue;
        for (const ir::NftStatement& each : rule.written->statements) {
          std::istringstream words(each.text.str());
          for (std::string word; words >> word;)
            if (word.front() == '@') named.emplace(ruleset.table(chain.table).name, word);
        }
      }
    }
    source::Diagnostics told;
    for (const ir::Table& table : ruleset.tables)
      for (const ir::NftDeclared& each : table.declared)
        if ((each.kind == "set" || each.kind == "map") && !each.counts &&
            named.erase({table.name, "@" + each.name.str()}) != 0)
          told.warning("set-written-out", each.span,
                       "rules hold what is in the " + each.kind.str() + " `" + each.name.str() +
                           "` now: what is added to it later has no counterpart in iptables");
    terminal.err(report::diagnostics_text(terminal.err_style(), compilation.sources, told));
  }

  /// What the sets hold that it names may change.
  static bool may_live(const ir::Rule& rule) { return rule.written != nullptr && rule.written->says_more; }

  /// Takes out the rules that are proved never to match, whatever the host: proofs do not rely on an assumed one, but
  /// its packets show quickly what is alive.
  static void drop_dead(Terminal& terminal, compiler::Compilation& compilation) {
    const ir::Host host = compiler::assume_host(compilation.ruleset);
    analyzer::AnalyzeOptions options;
    options.host = &host;
    options.threads = analyzer::default_threads();
    options.select = {"shadowed-rule", "contradictory-rule", "excluded-rule"};
    options.sets = &compilation.sets;
    const analyzer::AnalyzeResult result = analyzer::analyze(compilation.ruleset, options);
    std::vector<ir::RuleRef> dead;
    for (const analyzer::Finding& finding : result.findings)
      if (finding.proved && finding.rule && !may_live(*compilation.ruleset.rule(*finding.rule)))
        dead.push_back(*finding.rule);
    std::sort(dead.begin(), dead.end());
    dead.erase(std::unique(dead.begin(), dead.end()), dead.end());
    // From the back, so that the places of the others stay.
    for (auto at = dead.rbegin(); at != dead.rend(); ++at) {
      std::vector<ir::Rule>& rules = compilation.ruleset.chain(at->chain).rules;
      rules.erase(rules.begin() + at->index);
    }
    terminal.note(report::counted(dead.size(), "dead rule") + " dropped");
    if (!result.undecided.empty())
      terminal.note(report::counted(result.undecided.size(), "question") + " undecided: those rules stay");
  }

  int write_nft(Terminal& terminal, const compiler::Compilation& compilation) const {
    backends::NftOptions options;
    options.sets = &compilation.sets;
    options.optimize = optimize_;
    options.inet = inet_;
    options.native = to_ != "nft-json";
    if (no_counters_ || (optimize_ && !counters_)) options.counters = backends::NftOptions::Counters::kNone;
    for (const compiler::Compilation::File& file : compilation.files)
      options.source += (options.source.empty() ? "" : ", ") + file.path;
    const int written = write_nft(terminal, compilation, options);
    if (written != kUndecided || !optimize_) return written;
    terminal.note("not proved where chains are divided; now with all chains as they are");
    options.divide = false;
    return write_nft(terminal, compilation, options);
  }

  int write_nft(Terminal& terminal, const compiler::Compilation& compilation,
                const backends::NftOptions& options) const {
    backends::NftTranslation made = backends::to_nft(compilation.ruleset, options);
    if (options.optimize && !options.divide) made.diagnostics = {};  // told before
    if (to_ == "nft-json") {
      backends::NftJson json = backends::nft_json(made.tables);
      made.text = std::move(json.text);  // so that it is what is read back
      for (const source::Diagnostic& gap : json.diagnostics.all())
        if (options.divide) made.diagnostics.add(gap.severity, gap.id, gap.span, gap.message);
    }
    return finish(terminal, compilation, made, made.text,
                  {.brief = options.optimize && options.divide, .table_prefix = options.table_prefix});
  }

  int write_iptables(Terminal& terminal, const compiler::Compilation& compilation) const {
    const ir::Family family = to_ == "iptables" ? ir::Family::kIpv4 : ir::Family::kIpv6;
    backends::IptablesOptions options{.counters = counters_, .refused = {}};
    backends::IptablesTranslation made = backends::to_iptables(compilation.ruleset, family, options);
    const ProofOptions proof{.format = compiler::Format::kIptablesSave, .families = {family}};
    // Read again, it is canonical, and what the kernel would refuse (a target in a table it is not meant for) is found.
    compiler::Compilation again = read_again("translation", made.text, family);
    while (again.diagnostics.has_errors() && note_refused(made, again, options.refused)) {
      made = backends::to_iptables(compilation.ruleset, family, options);
      again = read_again("translation", made.text, family);
    }
    const bool whole = made.untranslated == 0 && !made.diagnostics.has_errors();
    if (again.diagnostics.has_errors() && !compilation.diagnostics.has_errors()) {
      terminal.err(report::diagnostics_text(terminal.err_style(), again.sources, again.diagnostics));
      return terminal.error("iptables refuses rules of the translation; nothing was written"), kBadInput;
    }
    if (!whole) return finish(terminal, compilation, made, made.text, proof);
    if (optimize_) return write_optimized(terminal, compilation, made, again.ruleset, family);
    return finish(terminal, compilation, made,
                  backends::save_text(again.ruleset, family, {.counters = counters_, .counters_of = {}}), proof);
  }

  static compiler::Compilation read_again(const std::string& name, const std::string& text, ir::Family family) {
    compiler::Compilation again;
    compiler::add_text(again, name, text, {family, compiler::Format::kIptablesSave});
    compiler::finish(again);
    return again;
  }

  /// The rules whose lines are wrong; false when there is none that is not known yet.
  static bool note_refused(const backends::IptablesTranslation& made, const compiler::Compilation& again,
                           std::map<ir::RuleRef, std::string>& refused) {
    bool found = false;
    for (const source::Diagnostic& each : again.diagnostics.all()) {
      const auto line = made.rule_of_line.find(each.span.line);
      if (each.severity != source::Severity::kError || line == made.rule_of_line.end()) continue;
      found = refused.emplace(line->second, "iptables does not take what it becomes: " + each.message).second || found;
    }
    return found;
  }

  /// Sets go to a file beside the rules, so that there are none without an output file.
  int write_optimized(Terminal& terminal, const compiler::Compilation& compilation, backends::IptablesTranslation made,
                      const ir::Ruleset& plain, ir::Family family) const {
    const bool to_file = !output_.empty() && output_ != "-";
    const backends::IptablesOptimized better = backends::iptables_optimize(plain, family, compilation.sets, to_file);
    const compiler::Compilation again = read_again("optimised translation", better.text, family);
    if (again.diagnostics.has_errors() && !compilation.diagnostics.has_errors()) {
      terminal.err(report::diagnostics_text(terminal.err_style(), again.sources, again.diagnostics));
      return terminal.error("iptables refuses rules of the translation: this is a bug"), kInternal;
    }
    made.text = better.text;
    if (!to_file) terminal.note("without -o FILE no rules become ipsets");
    const int written = finish(terminal, compilation, made, backends::save_text(again.ruleset, family, {}),
                               {.format = compiler::Format::kIptablesSave, .families = {family}, .sets = better.sets});
    if (written != kOk || better.sets.empty()) return written;
    const std::string path = std::filesystem::path(output_).replace_extension(".ipset").string();
    if (!write_file(path, better.sets)) return terminal.error("cannot write `" + path + "`"), kBadInput;
    terminal.note(report::counted(better.set_count, "set") + " in `" + path +
                  "`: load them before the rules, with `ipset restore`");
    return kOk;
  }

  /// Tells what is missing, and writes the text unless that is too much.
  template <typename Translation>
  int finish(Terminal& terminal, const compiler::Compilation& compilation, const Translation& made,
             const std::string& text, ProofOptions proof) const {
    proof.budget = budget_;
    terminal.err(report::diagnostics_text(terminal.err_style(), compilation.sources, made.diagnostics));
    const bool complete = made.untranslated == 0 && !made.diagnostics.has_errors();
    if (made.untranslated != 0) {
      terminal.note(std::to_string(made.untranslated) + " of " + report::counted(made.rules, "rule") +
                    " without translation" + (partial_ ? "" : "; nothing was written (--partial writes the rest)"));
    }
    if (!complete && !partial_) return kBadInput;
    if (complete && !no_verify_ && compilation.diagnostics.has_errors()) {
      terminal.note("not proved: the input has errors");
    } else if (complete && !no_verify_) {
      const int proved = prove_translation(terminal, compilation, made.text, proof);
      if (proved != kOk) return proved;
    } else if (!no_verify_ && made.untranslated != 0 && !compilation.diagnostics.has_errors()) {
      if (prove_rest(terminal, compilation, made, proof) == kInternal) return kInternal;
    }
    const int written = write(terminal, text);
    return written == kOk && !complete ? kFindings : written;
  }

  /// What was translated against the rules without those that were not.
  template <typename Translation>
  static int prove_rest(Terminal& terminal, const compiler::Compilation& compilation, const Translation& made,
                        ProofOptions proof) {
    proof.left_out = made.left_out;
    const bool known = made.left_out.size() == made.untranslated;
    const int proved = known ? prove_translation(terminal, compilation, made.text, proof) : kUndecided;
    if (proved == kOk) terminal.note("the rest is proved equivalent to the rules that it translates");
    if (proved == kUndecided) terminal.note("the rest is not proved");
    return proved;
  }

  std::string target_problem() const {
    if (to_.empty()) return "--to is missing: --to nft";
    for (const std::string_view known : {"nft", "nft-json", "iptables", "ip6tables"})
      if (to_ == known) return "";
    return "--to takes nft, nft-json, iptables or ip6tables, not `" + to_ + "`";
  }

  int write(Terminal& terminal, const std::string& text) const {
    if (output_.empty() || output_ == "-") return terminal.out(text), kOk;
    if (!write_file(output_, text)) return terminal.error("cannot write `" + output_ + "`"), kBadInput;
    return kOk;
  }

  static bool write_file(const std::string& path, const std::string& text) {
    std::ofstream file(path, std::ios::binary);
    file << text;
    file.close();
    return !file.fail();
  }

  InputOptions inputs_;
  std::string to_;
  std::string output_;
  bool plain_ = false;
  bool inet_ = false;
  bool optimize_ = false;
  bool drop_dead_ = false;
  bool counters_ = false;
  bool no_counters_ = false;
  bool partial_ = false;
  bool verify_ = false;
  bool no_verify_ = false;
  RegionLimits limits_;
  analyzer::regions::Budget budget_;
};

}  // namespace

std::unique_ptr<Command> make_translate() { return std::make_unique<Translate>(); }

}  // namespace nfproof::cli
