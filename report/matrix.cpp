// SPDX-License-Identifier: Apache-2.0
// Matrices for people and programs. The picture is drawn here: a grid, a row for each source.
#include "report/matrix.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "report/json.h"
#include "report/junit.h"
#include "report/packet_text.h"

namespace nfproof::report {
namespace {

using analyzer::FamilyMatrix;
using analyzer::MayOpen;

std::string addresses(const FamilyMatrix& matrix, std::size_t group, std::size_t most) {
  const auto list = analyzer::address_list(matrix.groups[group], matrix.family);
  std::string text;
  for (std::size_t i = 0; i < std::min(most, list.size()); ++i) text += (i == 0 ? "" : ", ") + list[i];
  if (list.size() > most) text += " and " + std::to_string(list.size() - most) + " more";
  return text;
}

std::string padded(const std::string& text, std::size_t width) {
  return text + std::string(width > text.size() ? width - text.size() : 0, ' ');
}

/// Names of the groups that a group has this access to.
std::string reached(const FamilyMatrix& matrix, std::size_t from, MayOpen access) {
  std::string text;
  for (std::size_t to = 0; to < matrix.groups.size(); ++to)
    if (matrix.access[from][to] == access) text += (text.empty() ? "" : " ") + matrix.groups[to].name;
  return text;
}

std::string table(const Style& style, const FamilyMatrix& matrix) {
  std::size_t width = 1;
  for (const analyzer::AddressGroup& group : matrix.groups) width = std::max(width, group.name.size());
  std::string text = "  " + padded("", width) + "  ";
  for (const analyzer::AddressGroup& group : matrix.groups) text += padded(group.name, width) + ' ';
  text += "(to)\n";
  for (std::size_t from = 0; from < matrix.groups.size(); ++from) {
    text += "  " + padded(matrix.groups[from].name, width) + "  ";
    for (const MayOpen access : matrix.access[from]) {
      const char* mark = access == MayOpen::kAll ? "x" : access == MayOpen::kSome ? "~" : ".";
      const Tone tone = access == MayOpen::kAll ? Tone::kGood : access == MayOpen::kSome ? Tone::kWarning : Tone::kDim;
      text += paint(style, tone, mark) + std::string(width, ' ');
    }
    text += '\n';
  }
  return text;
}

std::string family_text(const Style& style, const FamilyMatrix& matrix) {
  constexpr std::size_t kWidestTable = 30;
  std::string text = paint(style, Tone::kBold,
                           std::string(family_name(matrix.family)) + ' ' + std::string(analyzer::way_name(matrix.way)) +
                               ": " + counted(matrix.groups.size(), "group") + " of addresses") +
                     '\n';
  std::size_t width = 1;
  for (const analyzer::AddressGroup& group : matrix.groups) width = std::max(width, group.name.size());
  for (std::size_t g = 0; g < matrix.groups.size(); ++g)
    text += "  " + padded(matrix.groups[g].name, width) + "  " + addresses(matrix, g, 8) + '\n';
  if (matrix.groups.size() <= kWidestTable) return text + table(style, matrix);
  for (std::size_t from = 0; from < matrix.groups.size(); ++from) {
    const std::string all = reached(matrix, from, MayOpen::kAll);
    const std::string some = reached(matrix, from, MayOpen::kSome);
    text += "  " + padded(matrix.groups[from].name, width) + "  to " + (all.empty() ? "nobody" : all) +
            (some.empty() ? "" : "; ~ " + some) + '\n';
  }
  return text;
}

}  // namespace

std::string matrix_text(const Style& style, const std::string& service, const analyzer::MatrixResult& result) {
  std::string text = "who may open connections of `" + service + "` to whom\n";
  bool some = false;
  for (const FamilyMatrix& matrix : result.families) {
    text += '\n' + family_text(style, matrix);
    for (const auto& row : matrix.access) some = some || std::find(row.begin(), row.end(), MayOpen::kSome) != row.end();
  }
  text += std::string("\nx may, . may not") +
          (some ? ", ~ depends on more than addresses (interfaces, ports, limits)" : "") + '\n';
  for (const analyzer::RegionTrouble& open : result.undecided)
    text += paint(style, Tone::kWarning, "undecided") + ": " + std::string(family_name(open.family)) + ": " +
            open.reason + '\n';
  return text;
}

std::string matrix_json(const std::string& service, const analyzer::MatrixResult& result) {
  Json json;
  json["service"] = service;
  json["matrices"] = Json::array();
  for (const FamilyMatrix& matrix : result.families) {
    Json one;
    one["family"] = family_number(matrix.family);
    one["hook"] = ir::hook_chain_name(analyzer::way_hook(matrix.way));
    one["groups"] = Json::array();
    for (const analyzer::AddressGroup& group : matrix.groups) {
      Json each;
      each["name"] = group.name;
      each["addresses"] = analyzer::address_list(group, matrix.family);
      one["groups"].push_back(std::move(each));
    }
    one["edges"] = Json::array();
    for (std::size_t from = 0; from < matrix.groups.size(); ++from)
      for (std::size_t to = 0; to < matrix.groups.size(); ++to) {
        if (matrix.access[from][to] == MayOpen::kNone) continue;
        Json each;
        each["from"] = matrix.groups[from].name;
        each["to"] = matrix.groups[to].name;
        each["access"] = matrix.access[from][to] == MayOpen::kAll ? "all" : "some";
        one["edges"].push_back(std::move(each));
      }
    json["matrices"].push_back(std::move(one));
  }
  json["undecided"] = Json::array();
  for (const analyzer::RegionTrouble& open : result.undecided) {
    Json each;
    each["family"] = family_number(open.family);
    each["reason"] = open.reason;
    json["undecided"].push_back(std::move(each));
  }
  json["assumptions"] = result.assumptions;
  return dump_line(json);
}

std::string matrix_dot(const std::string& service, const analyzer::MatrixResult& result) {
  const auto quoted = [](const std::string& text) {
    std::string out;
    for (const char c : text) out += c == '"' || c == '\\' ? std::string("\\") + c : std::string(1, c);
    return '"' + out + '"';
  };
  std::string text =
      "digraph matrix {\n  label=" + quoted(service) + ";\n  node [shape=box, fontname=\"sans-serif\"];\n";
  for (std::size_t m = 0; m < result.families.size(); ++m) {
    const FamilyMatrix& matrix = result.families[m];
    const auto node = [&](std::size_t group) { return "m" + std::to_string(m) + '_' + matrix.groups[group].name; };
    text += "  subgraph cluster_" + std::to_string(m) + " {\n    label=" +
            quoted(std::string(family_name(matrix.family)) + ' ' + std::string(analyzer::way_name(matrix.way))) + ";\n";
    for (std::size_t g = 0; g < matrix.groups.size(); ++g)
      text += "    " + node(g) + " [label=" + quoted(matrix.groups[g].name + ": " + addresses(matrix, g, 4)) + "];\n";
    text += "  }\n";
    for (std::size_t from = 0; from < matrix.groups.size(); ++from)
      for (std::size_t to = 0; to < matrix.groups.size(); ++to)
        if (matrix.access[from][to] != MayOpen::kNone)
          text += "  " + node(from) + " -> " + node(to) +
                  (matrix.access[from][to] == MayOpen::kSome ? " [style=dashed];\n" : ";\n");
  }
  return text + "}\n";
}

std::string matrix_svg(const std::string& service, const analyzer::MatrixResult& result) {
  constexpr std::size_t kCell = 22;
  constexpr std::size_t kLeft = 360;
  std::string body;
  std::size_t y = 40;
  std::size_t width = kLeft + 200;
  const auto label = [&](std::size_t x, std::size_t at, const std::string& text, const char* more) {
    body += "<text x=\"" + std::to_string(x) + "\" y=\"" + std::to_string(at) + "\" " + more + '>' + xml_text(text) +
            "</text>\n";
  };
  label(10, 22, "who may open connections of " + service + " to whom", "font-weight=\"bold\"");
  for (const FamilyMatrix& matrix : result.families) {
    const std::size_t count = matrix.groups.size();
    width = std::max(width, kLeft + (count + 1) * kCell);
    label(10, y + 16, std::string(family_name(matrix.family)) + ' ' + std::string(analyzer::way_name(matrix.way)), "");
    for (std::size_t to = 0; to < count; ++to)
      label(kLeft + to * kCell + kCell / 2, y + 16, matrix.groups[to].name, "text-anchor=\"middle\"");
    y += kCell;
    for (std::size_t from = 0; from < count; ++from, y += kCell) {
      label(kLeft - 8, y + 16, addresses(matrix, from, 2) + "  " + matrix.groups[from].name, "text-anchor=\"end\"");
      for (std::size_t to = 0; to < count; ++to) {
        const MayOpen access = matrix.access[from][to];
        const char* colour = access == MayOpen::kAll ? "#2e8b57" : access == MayOpen::kSome ? "#e0b040" : "#eeeeee";
        body += "<rect x=\"" + std::to_string(kLeft + to * kCell) + "\" y=\"" + std::to_string(y) + "\" width=\"" +
                std::to_string(kCell - 2) + "\" height=\"" + std::to_string(kCell - 2) + "\" fill=\"" + colour +
                "\"><title>" + matrix.groups[from].name + " to " + matrix.groups[to].name + ": " +
                (access == MayOpen::kAll    ? "may"
                 : access == MayOpen::kSome ? "depends"
                                            : "may not") +
                "</title></rect>\n";
      }
    }
    y += kCell;
  }
  return "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"" + std::to_string(width) + "\" height=\"" +
         std::to_string(y) + "\" font-family=\"sans-serif\" font-size=\"13\">\n" + body + "</svg>\n";
}

}  // namespace nfproof::report
