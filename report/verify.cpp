// SPDX-License-Identifier: Apache-2.0
// What became of assertions.
#include "report/verify.h"

#include <nlohmann/json.hpp>

#include "report/json.h"
#include "report/junit.h"
#include "report/packet_text.h"

namespace nfproof::report {
namespace {

using analyzer::AssertionResult;

/// Who breaks it, all packets that do, one of them.
std::string story(const Style& style, const RegionSide& side, const AssertionResult& each) {
  std::string text;
  if (!each.reason.empty()) text += "    " + each.reason + '\n';
  if (each.deciding) text += "    " + region_fate_text(style, side, *each.deciding) + '\n';
  if (!each.region.empty()) text += "    for " + shortened_region(style, each.region) + '\n';
  if (each.counterexample) text += paint(style, Tone::kDim, "    such as " + packet_text(*each.counterexample)) + '\n';
  for (const analyzer::RegionChoice& choice : each.supposed)
    text += paint(style, Tone::kDim,
                  "      when " + choice_text(side, choice) + (choice.answer ? " matches" : " does not match")) +
            '\n';
  return text;
}

}  // namespace

std::string verify_text(const Style& style, const RegionSide& side, const analyzer::VerifyResult& result) {
  std::string text;
  std::size_t good = 0;
  for (const AssertionResult& each : result.assertions) {
    good += each.holds == true ? 1 : 0;
    const std::string word = !each.holds   ? paint(style, Tone::kWarning, "undecided")
                             : *each.holds ? paint(style, Tone::kGood, "holds    ")
                                           : paint(style, Tone::kError, "violated ");
    text += word + "  " + each.name + '\n' + story(style, side, each);
  }
  return text + std::to_string(good) + " of " + counted(result.assertions.size(), "assertion") +
         (good == 1 && result.assertions.size() != 1 ? " holds\n"
          : good == 1                                ? " holds\n"
                                                     : " hold\n");
}

std::string verify_json(const RegionSide& side, const analyzer::VerifyResult& result) {
  Json json;
  json["assertions"] = Json::array();
  for (const AssertionResult& each : result.assertions) {
    Json one;
    one["name"] = each.name;
    one["holds"] = each.holds ? Json(*each.holds) : Json(nullptr);
    one["counterexample"] = each.counterexample ? packet_json(*each.counterexample) : Json(nullptr);
    one["deciding"] = nullptr;
    if (each.deciding) {
      one["deciding"] = Json::object();
      add_region_fate(one["deciding"], side, *each.deciding);
      one["deciding"]["hook"] = ir::hook_chain_name(each.deciding->hook);
    }
    one["region"] = text_or_null(each.region);
    one["reason"] = text_or_null(each.reason);
    one["supposed"] = Json::array();
    for (const analyzer::RegionChoice& choice : each.supposed)
      one["supposed"].push_back(choice_text(side, choice) + (choice.answer ? " matches" : " does not match"));
    add_place(one, side.sources, each.span, false);
    json["assertions"].push_back(std::move(one));
  }
  json["assumptions"] = result.assumptions;
  return dump_line(json);
}

std::string verify_junit(const RegionSide& side, const std::string& policy, const analyzer::VerifyResult& result) {
  JunitSuite suite;
  suite.name = policy;
  for (const AssertionResult& each : result.assertions) {
    JunitCase one;
    one.name = each.name;
    if (!each.holds) {
      one.outcome = JunitCase::Outcome::kError;
      one.message = each.reason;
      one.type = "undecided";
    } else if (!*each.holds) {
      one.outcome = JunitCase::Outcome::kFailed;
      one.message = each.deciding ? region_fate_text({}, side, *each.deciding) : each.reason;
      one.type = "violated";
      one.text = story({}, side, each);
    }
    suite.cases.push_back(std::move(one));
  }
  return junit_text({suite});
}

}  // namespace nfproof::report
