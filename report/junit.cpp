// SPDX-License-Identifier: Apache-2.0
// Suites and cases as XML.
#include "report/junit.h"

#include <algorithm>
#include <string_view>

#include "report/style.h"

namespace nfproof::report {
namespace {

using Outcome = JunitCase::Outcome;

std::string attribute(std::string_view name, std::string_view value) {
  return ' ' + std::string(name) + "=\"" + xml_text(value) + '"';
}

std::string counts(const std::vector<JunitSuite>& suites) {
  std::size_t all = 0, failed = 0, errors = 0, skipped = 0;
  for (const JunitSuite& suite : suites)
    for (const JunitCase& each : suite.cases) {
      ++all;
      failed += each.outcome == Outcome::kFailed ? 1 : 0;
      errors += each.outcome == Outcome::kError ? 1 : 0;
      skipped += each.outcome == Outcome::kSkipped ? 1 : 0;
    }
  return attribute("tests", std::to_string(all)) + attribute("failures", std::to_string(failed)) +
         attribute("errors", std::to_string(errors)) + attribute("skipped", std::to_string(skipped));
}

std::string element_of(Outcome outcome) {
  switch (outcome) {
    case Outcome::kPassed: return "system-out";
    case Outcome::kFailed: return "failure";
    case Outcome::kError: return "error";
    case Outcome::kSkipped: return "skipped";
  }
  return {};
}

std::string case_text(const JunitSuite& suite, const JunitCase& each) {
  std::string text = "    <testcase" + attribute("classname", suite.name) + attribute("name", each.name);
  const bool passed = each.outcome == Outcome::kPassed;
  if (passed && each.text.empty()) return text + "/>\n";
  const std::string element = element_of(each.outcome);
  text += ">\n      <" + element;
  if (!passed) text += attribute("message", each.message);
  if (each.outcome == Outcome::kFailed || each.outcome == Outcome::kError) text += attribute("type", each.type);
  text += each.text.empty() ? "/>\n" : '>' + xml_text(each.text) + "</" + element + ">\n";
  return text + "    </testcase>\n";
}

}  // namespace

std::string xml_text(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size();) {
    std::size_t end = std::min(text.find('\n', i), text.size());
    for (const char c : printable(text.substr(i, end - i))) switch (c) {
        case '&': out += "&amp;"; break;
        case '<': out += "&lt;"; break;
        case '>': out += "&gt;"; break;
        case '"': out += "&quot;"; break;
        default: out += c;
      }
    if (end < text.size()) out += '\n';
    i = end + 1;
  }
  return out;
}

std::string junit_text(const std::vector<JunitSuite>& suites) {
  std::string text =
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"nfproof\"" + counts(suites) + ">\n";
  for (const JunitSuite& suite : suites) {
    text += "  <testsuite" + attribute("name", suite.name) + counts({suite}) + ">\n";
    for (const JunitCase& each : suite.cases) text += case_text(suite, each);
    text += "  </testsuite>\n";
  }
  return text + "</testsuites>\n";
}

}  // namespace nfproof::report
