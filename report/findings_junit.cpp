// SPDX-License-Identifier: Apache-2.0
// Findings as a test report: a check that finds nothing in a file is a test that passes.
#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "report/findings.h"
#include "report/junit.h"
#include "report/packet_text.h"
#include "report/snippet.h"

namespace nfproof::report {
namespace {

using Outcome = JunitCase::Outcome;

/// The suites, by the file that a thing is about. What was not written anywhere belongs to the first file.
class Suites {
 public:
  explicit Suites(const CheckReport& report) : report_(report) {
    for (const CheckedFile& file : report.files) (void)of(file.path);
    if (suites_.empty()) (void)of("(ruleset)");
  }
  std::size_t of(const std::string& path) {
    const auto [at, is_new] = numbers_.emplace(path, suites_.size());
    if (is_new) suites_.push_back({path});
    return at->second;
  }
  void add(const source::Span& span, std::string_view id, JunitCase each) {
    const std::size_t suite = span.is_known() ? of(report_.sources.file(span.file).path()) : 0;
    spoken_.insert({suite, std::string(id)});
    suites_[suite].cases.push_back(std::move(each));
  }
  /// One case for each check that has nothing to say about a file.
  std::vector<JunitSuite> take() {
    for (std::size_t i = 0; i < suites_.size(); ++i)
      for (const analyzer::CheckInfo* check : report_.checks)
        if (!spoken_.contains({i, std::string(check->id)}))
          suites_[i].cases.push_back({std::string(check->id) + ' ' + std::string(check->name), Outcome::kPassed, ""});
    return std::move(suites_);
  }

 private:
  const CheckReport& report_;
  std::vector<JunitSuite> suites_;
  std::map<std::string, std::size_t> numbers_;
  std::set<std::pair<std::size_t, std::string>> spoken_;
};

template <typename Told>
std::string name_of(const CheckReport& report, const Told& told) {
  const auto past = static_cast<std::uint32_t>(report.ruleset.chain(told.chain).rules.size());
  const bool is_base = report.ruleset.chain(told.chain).base.has_value();
  std::string where = told.rule || is_base
                          ? rule_name(report.ruleset, told.rule.value_or(ir::RuleRef{told.chain, past}))
                          : report.ruleset.chain(told.chain).name;
  return std::string(told.id) + ' ' + std::string(told.name) + ": " + where;
}

}  // namespace

std::string findings_junit(const CheckReport& report) {
  Suites suites(report);
  for (const analyzer::Finding& finding : report.result.findings) {
    JunitCase each{name_of(report, finding), Outcome::kPassed, finding.message};
    if (finding.level >= report.fail_on) each.outcome = Outcome::kFailed;
    each.type = finding.id;
    each.text = finding_text({}, report, finding);
    suites.add(finding.span, finding.id, std::move(each));
  }
  for (const analyzer::HiddenFinding& hidden : report.hidden) {
    JunitCase each{name_of(report, hidden.finding), Outcome::kSkipped, std::string(hidden_because(hidden))};
    if (!hidden.reason.empty()) each.message += ": " + hidden.reason;
    each.text = finding_text({}, report, hidden.finding);
    suites.add(hidden.finding.span, hidden.finding.id, std::move(each));
  }
  for (const analyzer::Undecided& open : report.result.undecided)
    suites.add(open.span, open.id,
               {name_of(report, open), Outcome::kError, "undecided: " + open.reason, std::string(open.id),
                place(report.sources, open.span) + ": undecided: " + open.reason + '\n'});
  if (report.diagnostics != nullptr)
    for (const source::Diagnostic& diagnostic : report.diagnostics->all())
      if (diagnostic.severity == source::Severity::kError)
        suites.add(diagnostic.span, diagnostic.id,
                   {"input: " + diagnostic.id, Outcome::kError, diagnostic.message, diagnostic.id,
                    place(report.sources, diagnostic.span) + ": error: " + diagnostic.message + '\n'});
  return junit_text(suites.take());
}

}  // namespace nfproof::report
