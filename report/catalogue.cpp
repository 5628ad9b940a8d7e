// SPDX-License-Identifier: Apache-2.0
// Checks for readers.
#include "report/catalogue.h"

#include <nlohmann/json.hpp>

#include "report/json.h"

namespace nfproof::report {

std::string catalogue_text(const Style& style, Checks checks) {
  std::size_t width = 0;
  for (const analyzer::CheckInfo* check : checks) width = std::max(width, check->name.size());
  std::string text;
  for (const analyzer::CheckInfo* check : checks) {
    std::string name(check->name);
    name.resize(width + 2, ' ');
    text += paint(style, Tone::kBold, check->id) + "  " + name + std::string(check->summary) + '\n';
  }
  return text;
}

std::string manual_text(const Style& style, Checks checks) {
  std::string text;
  for (const analyzer::CheckInfo* check : checks) {
    if (!text.empty()) text += '\n';
    text += paint(style, Tone::kBold, std::string(check->id) + ' ' + std::string(check->name)) + " (" +
            std::string(analyzer::level_name(check->level)) + ")\n" + std::string(check->summary) + "\n\n";
    text += analyzer::check_manual(*check);
    if (!text.ends_with('\n')) text += '\n';
  }
  return text;
}

std::string catalogue_json(Checks checks) {
  Json json;
  json["checks"] = Json::array();
  for (const analyzer::CheckInfo* check : checks) {
    Json each;
    each["id"] = check->id;
    each["name"] = check->name;
    each["level"] = analyzer::level_name(check->level);
    each["summary"] = check->summary;
    each["manual"] = analyzer::check_manual(*check);
    json["checks"].push_back(std::move(each));
  }
  return dump_line(json);
}

}  // namespace nfproof::report
