// SPDX-License-Identifier: Apache-2.0
// Reads the options and looks up what they name in the ruleset.
#include "cli/model_flags.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <string_view>
#include <variant>

#include "compiler/extensions/extension.h"
#include "compiler/extensions/values.h"
#include "compiler/ir/facts.h"
#include "report/diagnostics.h"
#include "sim/calendar.h"

namespace nfproof::cli {
namespace {

std::optional<std::uint64_t> number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

/// A test or target whose answer has to be assumed.
struct Question {
  std::string module;
  std::string arguments;
  ir::RuleRef rule;
  ir::PredicateId predicate{};
  bool negated = false;  ///< the rule wants the answer no
};

void add_questions(const ir::Ruleset& ruleset, ir::RuleRef ref, ir::PredicateId id, std::vector<Question>& questions) {
  const auto* any = std::get_if<ir::AnyOf>(&ruleset.predicates[id]);
  const bool negated = any != nullptr && any->negated;
  for (const ir::PredicateId part : ir::parts_of(ruleset.predicates, id))
    if (const auto* opaque = std::get_if<ir::Opaque>(&ruleset.predicates[part]))
      questions.push_back({opaque->module, opaque->arguments, ref, part, negated});
}

std::vector<Question> all_questions(const ir::Ruleset& ruleset) {
  std::vector<Question> questions;
  for (std::uint32_t chain = 0; chain < ruleset.chains.size(); ++chain)
    for (std::uint32_t index = 0; index < ruleset.chains[chain].rules.size(); ++index)
      for (const ir::Condition& condition : ruleset.chains[chain].rules[index].when)
        add_questions(ruleset, {ir::ChainId{chain}, index}, condition.predicate, questions);
  return questions;
}

/// `INPUT:3`, `filter/INPUT:3`: the rule by its number in every table and family that has such a chain.
bool names_rule(const ir::Ruleset& ruleset, const Question& question, std::string_view text) {
  const ir::Chain& chain = ruleset.chain(question.rule.chain);
  const std::string place = chain.name + ":" + std::to_string(ruleset.number_of(question.rule));
  return text == place || text == ruleset.table(chain.table).name + "/" + place;
}

std::string joined(const Question& question) {
  return question.arguments.empty() ? question.module : question.module + " " + question.arguments;
}

/// As the rule writes it: `owner ! --uid-owner 1000`.
std::string as_written(const Question& question) {
  return question.negated ? question.module + " ! " + question.arguments : joined(question);
}

class Assumptions {
 public:
  Assumptions(Terminal& terminal, const ir::Ruleset& ruleset, sim::SimOptions& options)
      : terminal_(terminal), ruleset_(ruleset), options_(options), questions_(all_questions(ruleset)) {}

  bool add(std::string_view text) {
    const auto equals = text.rfind('=');
    const std::string_view answer = equals == std::string_view::npos ? std::string_view() : text.substr(equals + 1);
    if (answer != "yes" && answer != "no") {
      terminal_.error("--assume `" + std::string(text) + "`: it must end in `=yes` or `=no`");
      return false;
    }
    const std::string_view what = text.substr(0, equals);
    const bool yes = answer == "yes";
    if (is_module(what)) {
      if (!is_used(what)) terminal_.note("--assume: no rule uses `" + std::string(what) + "`");
      options_.assume_module[std::string(what)] = yes;
      return true;
    }
    bool found = false;
    for (const Question& question : questions_) {
      if (joined(question) == what)
        options_.assume_test[{question.module, question.arguments}] = yes;
      else if (as_written(question) == what)
        options_.assume_test[{question.module, question.arguments}] = !yes;
      else if (names_rule(ruleset_, question, what))
        options_.assume_rule[{question.rule, question.predicate}] = yes != question.negated;
      else
        continue;
      found = true;
    }
    return found || complain(what);
  }

 private:
  static bool is_module(std::string_view name) {
    const auto all = compiler::all_extensions();
    return std::any_of(all.begin(), all.end(), [&](const auto* extension) { return extension->name == name; });
  }

  [[nodiscard]] bool is_used(std::string_view module) const {
    for (std::size_t i = 0; i < ruleset_.predicates.size(); ++i)
      if (ir::module_of(ruleset_.predicates[ir::PredicateId{static_cast<std::uint32_t>(i)}]) == module) return true;
    return false;
  }

  bool complain(std::string_view what) const {
    std::vector<std::string> known;
    for (const Question& question : questions_) known.push_back(as_written(question));
    for (const auto* extension : compiler::all_extensions()) known.emplace_back(extension->name);
    const std::vector<std::string_view> views(known.begin(), known.end());
    const std::string_view near = compiler::nearest(what, views);
    terminal_.error("--assume: no rule asks for `" + std::string(what) + "`" +
                    (near.empty() ? std::string() : ", did you mean `" + std::string(near) + "`?"));
    return false;
  }

  Terminal& terminal_;
  const ir::Ruleset& ruleset_;
  sim::SimOptions& options_;
  std::vector<Question> questions_;
};

/// The kernel's own numbers, by the names that its configuration and its modules give them.
bool set_kernel_number(Terminal& terminal, std::string_view text, sim::SimOptions& options) {
  struct Row {
    std::string_view name;
    std::uint32_t sim::SimOptions::*to;
    std::uint64_t least, most;
  };
  static constexpr Row kRows[] = {
      {"HZ", &sim::SimOptions::hz, 24, 10000},
      {"xt_recent.ip_list_tot", &sim::SimOptions::recent_addresses, 1, 0xffffffff},
      {"xt_recent.ip_pkt_list_tot", &sim::SimOptions::recent_stamps, 0, 255},
  };
  const auto equals = text.find('=');
  const auto name = text.substr(0, equals);
  const auto* row = std::find_if(std::begin(kRows), std::end(kRows), [&](const Row& r) { return r.name == name; });
  if (row == std::end(kRows)) {
    std::string names;
    for (const Row& known : kRows) names += (names.empty() ? "" : ", ") + std::string(known.name);
    terminal.error("--kernel: `" + std::string(name) + "` is not one of " + names);
    return false;
  }
  const auto value = equals == std::string_view::npos ? std::nullopt : number(text.substr(equals + 1));
  if (!value || *value < row->least || *value > row->most) {
    terminal.error("--kernel " + std::string(name) + ": a number from " + std::to_string(row->least) + " to " +
                   std::to_string(row->most) + " is expected");
    return false;
  }
  options.*row->to = static_cast<std::uint32_t>(*value);
  return true;
}

bool asks_for_timezone(const ir::PredicatePool& pool, ir::PredicateId id) {
  if (const auto* any = std::get_if<ir::AnyOf>(&pool[id]))  // its parts are simple
    return std::any_of(any->any.begin(), any->any.end(), [&](ir::PredicateId part) {
      const auto* test = std::get_if<ir::TimeTest>(&pool[part]);
      return test != nullptr && test->local_time;
    });
  const auto* test = std::get_if<ir::TimeTest>(&pool[id]);
  return test != nullptr && test->local_time;
}

/// The first rule that asks for the kernel's time zone.
const ir::Rule* asks_for_timezone(const ir::Ruleset& ruleset) {
  for (const ir::Chain& chain : ruleset.chains)
    for (const ir::Rule& rule : chain.rules)
      for (const ir::Condition& condition : rule.when)
        if (asks_for_timezone(ruleset.predicates, condition.predicate)) return &rule;
  return nullptr;
}

}  // namespace

void declare_model(Arguments& arguments, ModelFlags& flags) {
  arguments.values("--assume", "WHAT=yes|no", flags.assume,
                   "what a test that depends on things outside (`owner`, `socket`...) answers; WHAT is a module, a "
                   "module with its options as they are printed (`owner --uid-owner 0`), or a rule (`INPUT:3`)");
  arguments.value("--seed", "N", flags.seed, "what random matches start from (default 1)");
  arguments.value("--timezone", "ZONE", flags.timezone,
                  "the kernel's time zone, for `time --kerneltz`: a name (Europe/Berlin) or an offset (+02:00); "
                  "default UTC");
  arguments.values("--kernel", "NAME=N", flags.kernel,
                   "how the kernel is built and its modules are loaded: HZ (default 250), xt_recent.ip_list_tot (100), "
                   "xt_recent.ip_pkt_list_tot (0)");
}

bool apply_model(Terminal& terminal, const ModelFlags& flags, const compiler::Compilation& compilation,
                 sim::SimOptions& options) {
  const ir::Ruleset& ruleset = compilation.ruleset;
  bool good = true;
  Assumptions assumptions(terminal, ruleset, options);
  for (const std::string& text : flags.assume) good &= assumptions.add(text);
  if (!flags.seed.empty()) {
    if (const auto seed = number(flags.seed))
      options.seed = *seed;
    else
      terminal.error("--seed: `" + flags.seed + "` is no number"), good = false;
  }
  if (!flags.timezone.empty() && !sim::zone_offset(flags.timezone, 0))
    terminal.error("--timezone: there is no time zone `" + flags.timezone + "`"), good = false;
  if (const ir::Rule* rule = flags.timezone.empty() ? asks_for_timezone(ruleset) : nullptr; rule != nullptr) {
    source::Diagnostics diagnostics;
    diagnostics.note("assumed", rule->span,
                     "`time --kerneltz`: the kernel's time zone is taken to be UTC (--timezone)");
    terminal.err(report::diagnostics_text(terminal.err_style(), compilation.sources, diagnostics));
  }
  options.timezone = flags.timezone;
  for (const std::string& text : flags.kernel) good &= set_kernel_number(terminal, text, options);
  return good;
}

}  // namespace nfproof::cli
