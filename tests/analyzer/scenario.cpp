// SPDX-License-Identifier: Apache-2.0
// Reads the remarks and the files of a situation. Lines keep their numbers.
#include "tests/analyzer/scenario.h"

#include <gtest/gtest.h>

#include <sstream>

#include "analyzer/paths/expand_sets.h"
#include "cli/oracle.h"
#include "compiler/passes/assume_host.h"
#include "compiler/passes/split_inet.h"

namespace nfproof::analyzer {
namespace {

struct Part {
  ir::Family family = ir::Family::kIpv4;
  compiler::Format format = compiler::Format::kIptablesSave;
  std::string text;
};

compiler::Format format_of(const std::string& word) {
  if (word == "ipset") return compiler::Format::kIpsetSave;
  return word == "nft" ? compiler::Format::kNft : compiler::Format::kIptablesSave;
}

ir::Family family_of(const std::string& address) {
  return address.find(':') == std::string::npos ? ir::Family::kIpv4 : ir::Family::kIpv6;
}

std::pair<ir::u128, unsigned> network(const std::string& text) {
  const std::size_t slash = text.find('/');
  return {ir::parse_address(text.substr(0, slash), family_of(text)).value_or(0),
          static_cast<unsigned>(std::stoul(text.substr(slash + 1)))};
}

void add_address(ir::Host& host, const std::string& name, const std::string& text) {
  const auto [address, prefix] = network(text);
  const ir::Family family = family_of(text);
  auto interface = std::find_if(host.interfaces.begin(), host.interfaces.end(),
                                [&](const ir::Interface& each) { return each.name == name; });
  if (interface == host.interfaces.end()) {
    host.interfaces.emplace_back();
    interface = host.interfaces.end() - 1;
    interface->name = name;
    interface->loopback = name == "lo";
  }
  interface->addresses.push_back({family, address, prefix, std::nullopt});
  ir::Route route;
  route.family = family;
  route.destination = address & ir::prefix_mask(prefix, ir::address_bits(family));
  route.prefix = prefix;
  route.interface = name;
  host.routes.push_back(route);
}

void add_route(ir::Host& host, const std::string& to, const std::string& name) {
  for (const ir::Family family : {ir::Family::kIpv4, ir::Family::kIpv6}) {
    if (to != "default" && family_of(to) != family) continue;
    ir::Route route;
    route.family = family;
    if (to != "default") std::tie(route.destination, route.prefix) = network(to);
    route.interface = name;
    route.gateway = 1;
    host.routes.push_back(route);
  }
}

ir::Host& known_host(Situation& situation) {
  if (!situation.host) {
    situation.host.emplace();
    add_address(*situation.host, "lo", "127.0.0.1/8");
    add_address(*situation.host, "lo", "::1/128");
  }
  return *situation.host;
}

std::vector<Part> parts_of(Situation& situation, const std::string& text) {
  std::vector<Part> parts(1);
  std::istringstream lines(text);
  std::string padding;
  for (std::string line; std::getline(lines, line); padding += "#\n") {
    std::istringstream words(line);
    std::string hash, word, first, second;
    words >> hash >> word >> first >> second;
    if (hash == "#" && (word == "family:" || word == "ipset" || word == "nft")) {
      const ir::Family family = first == "6" ? ir::Family::kIpv6 : ir::Family::kIpv4;
      const bool nothing_yet = parts.size() == 1 && parts.front().text.find_first_not_of("#\n") == std::string::npos;
      if (nothing_yet) parts.clear();
      parts.push_back({family, format_of(word), padding});
      line = "#";
    }
    if (hash == "#" && word == "address:") add_address(known_host(situation), first, second);
    if (hash == "#" && word == "route:") add_route(known_host(situation), first, second);
    if (hash == "#" && word == "select:") situation.select.push_back(first);
    parts.back().text += line + "\n";
  }
  return parts;
}

}  // namespace

std::unique_ptr<Situation> analyze_situation(const std::string& text) {
  auto situation = std::make_unique<Situation>();
  situation->compilation.empty_sets_fill = true;
  for (Part& part : parts_of(*situation, text)) {
    compiler::CompileOptions options;
    options.family = part.family;
    options.format = part.format;
    compiler::add_text(situation->compilation, part.family == ir::Family::kIpv4 ? "rules.v4" : "rules.v6",
                       std::move(part.text), options);
  }
  compiler::finish(situation->compilation);
  for (const auto& diagnostic : situation->compilation.diagnostics.all())
    EXPECT_NE(diagnostic.severity, source::Severity::kError) << diagnostic.message << "\n" << text;
  ir::Ruleset& ruleset = situation->compilation.ruleset;
  if (compiler::has_inet_tables(ruleset)) ruleset = compiler::split_inet(ruleset);
  const ir::Host host = situation->host ? *situation->host : compiler::assume_host(ruleset);
  AnalyzeOptions options;
  options.select = situation->select;
  options.host = &host;
  options.oracle = cli::make_oracle(ruleset, host, &situation->compilation.sets);
  options.sets = &situation->compilation.sets;
  const auto expanded = expand_sets(ruleset, situation->compilation.sets);
  situation->result = analyze(expanded ? *expanded : ruleset, options);
  for (const std::string& error : situation->result.internal_errors) ADD_FAILURE() << error << "\n" << text;
  return situation;
}

}  // namespace nfproof::analyzer
