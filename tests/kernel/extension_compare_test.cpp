// SPDX-License-Identifier: Apache-2.0
// Random uses of every module, given to iptables-legacy-restore: what it refuses is refused here, what it takes is
// taken, and iptables-legacy-save prints what is printed here. Modules that this kernel or these tools do not have are
// counted and left out. NFPROOF_ROUNDS asks for more uses of each module.
#include <gtest/gtest.h>

#include <array>
#include <cstdlib>
#include <iostream>
#include <map>
#include <optional>
#include <string>

#include "backends/iptables_save.h"
#include "compiler/frontend/compile.h"
#include "tests/extensions/random_use.h"
#include "tests/kernel/harness/tools.h"

namespace nfproof::testing {
namespace {

/// Where iptables 1.8.9 is known to differ from what nfproof follows.
struct Difference {
  std::string_view module;
  std::string_view text;  ///< stands in the rule; empty: any rule
  std::string_view why;
};
constexpr Difference kDifferences[] = {
    {"bpf", "--object-pinned", "no program is pinned there"},
    {"cgroup", "--path", "the group must exist"},
    {"nfacct", "", "the accounting object must exist"},
    {"rateest", "", "the estimator must exist"},
    {"RATEEST", "", "this kernel refuses it without a reason"},
    {"SECMARK", "", "this kernel refuses it without a reason"},
    {"IDLETIMER", "", "this kernel refuses it without a reason"},
    {"CT", "--helper", "the helper must be loaded"},
    {"CT", "--timeout", "the policy must exist; the tool prints a part of its name"},
    {"connbytes", "--connbytes :0", "printed without its colon, which then means no upper end"},
    {"conntrack", "0x", "the tool reads no hexadecimal port in a range"},
    {"hashlimit", "--hashlimit-rate-match", "printed per second, with an interval"},
    {"hashlimit", "00b", "a burst in bytes with a rate in packets is taken as packets"},
    {"icmp", "255/", "printed as any type, which it is; later versions keep the code"},
    {"ipcomp", "--ipcompspi 0:", "the tool leaves out a range of all indexes, which then means index 0"},
    {"ipcomp", "--ipcompspi 0x0:", "the tool leaves out a range of all indexes, which then means index 0"},
    {"ipcomp", "--ipcompspi :4294967295", "the tool leaves out a range of all indexes, which then means index 0"},
    {"multiport", "ssh", "a service of another protocol is taken: lists of services differ"},
    {"multiport", "http", "a service of another protocol is taken: lists of services differ"},
    {"multiport", "domain", "a service of another protocol is taken: lists of services differ"},
    {"recent", "--seconds", "printed as a signed number"},
    {"NETMAP", "/255.0.255", "a mask with holes is printed as a prefix of 32"},
    {"NFQUEUE", ": ", "the tool ends an open range at 65535"},
};

bool is_known(const compiler::Extension& extension, const std::string& rule) {
  for (const Difference& each : kDifferences)
    if (each.module == extension.name && rule.find(each.text) != std::string::npos) return true;
  return false;
}

/// Nothing when it is refused.
std::optional<std::string> here(const RandomRule& rule, ir::Family family) {
  compiler::Compilation compilation;
  compiler::CompileOptions options;
  options.family = family;
  options.format = compiler::Format::kIptablesSave;
  compiler::add_text(compilation, "random", rule.ruleset(), options);
  compiler::finish(compilation);
  if (compilation.diagnostics.has_errors()) return std::nullopt;
  for (std::size_t i = 0; i < compilation.ruleset.chains.size(); ++i)
    if (!compilation.ruleset.chains[i].rules.empty())
      return backends::save_rule_text(compilation.ruleset, {static_cast<ir::ChainId>(i), 0});
  return std::nullopt;
}

struct Kernel {
  bool unavailable = false;
  std::optional<std::string> text;  ///< nothing when it is refused
  std::string message;
};

Kernel there(const RandomRule& rule, Family family) {
  const std::string prefix = tool_prefix(Backend::kLegacy, family);
  const ToolResult load = run_tool({prefix + "-restore"}, rule.ruleset());
  Kernel answer;
  if (!load.ok()) {
    answer.message = load.err;
    for (const char* missing : {"No chain/target/match by that name", "Couldn't load", "missing kernel module",
                                "No such file or directory", "not supported", "doesn't exist"})
      answer.unavailable = answer.unavailable || load.err.find(missing) != std::string::npos;
    return answer;
  }
  const ToolResult save = run_tool({prefix + "-save", "-t", rule.table});
  const std::size_t at = save.out.find("\n-A ");
  if (at == std::string::npos) return answer;
  answer.text = save.out.substr(at + 1, save.out.find('\n', at + 1) - at - 1);
  while (answer.text->back() == ' ') answer.text->pop_back();
  return answer;
}

class ExtensionCompare : public ::testing::TestWithParam<ir::Family> {};

TEST_P(ExtensionCompare, TakesAndPrintsTheSame) {
  NFPROOF_NEEDS_KERNEL();
  const char* asked = std::getenv("NFPROOF_ROUNDS");
  const int rounds = asked == nullptr ? 6 : std::atoi(asked);
  Netns space;
  std::string error;
  ASSERT_TRUE(Netns::create(&space, &error)) << error;
  const Netns::Visit visit(space);
  const bool v6 = GetParam() == ir::Family::kIpv6;
  const Family family = v6 ? Family::kIpv6 : Family::kIpv4;
  std::string sets = "create s1 hash:ip\ncreate s2 hash:ip,port\ncreate s3 hash:ip,port,ip\n";
  if (v6)
    sets =
        "create s1 hash:ip family inet6\ncreate s2 hash:ip,port family inet6\ncreate s3 hash:ip,port,ip family inet6\n";
  (void)run_tool({"ipset", "restore"}, sets);
  std::map<std::string, int> unavailable;
  int compared = 0, accepted = 0;
  for (const compiler::Extension* extension : compiler::all_extensions()) {
    const auto bit = v6 ? compiler::Families::kIpv6 : compiler::Families::kIpv4;
    if ((static_cast<unsigned>(extension->families) & static_cast<unsigned>(bit)) == 0) continue;
    RandomUse random(std::hash<std::string_view>{}(extension->name) + static_cast<std::uint64_t>(rounds));
    for (int round = 0, refused = 0; round < rounds && refused < 4 * rounds;) {
      const RandomRule rule = random.rule(*extension, GetParam());
      const auto mine = here(rule, GetParam());
      const Kernel kernel = there(rule, family);
      if (kernel.unavailable && mine) {
        ++unavailable[std::string(extension->name)];
        ++round;
        continue;
      }
      ++(mine ? round : refused);
      ++compared;
      accepted += mine ? 1 : 0;
      if (is_known(*extension, rule.text) || (kernel.unavailable && !mine)) continue;
      EXPECT_EQ(mine.value_or("refused"), kernel.text.value_or("refused")) << rule.table << ": " << rule.text << "\n"
                                                                           << kernel.message;
    }
  }
  std::cout << compared << " rules compared with iptables-legacy, " << accepted << " of them accepted; not available:";
  for (const auto& [name, count] : unavailable) std::cout << ' ' << name << " (" << count << ')';
  std::cout << '\n';
}

INSTANTIATE_TEST_SUITE_P(Families, ExtensionCompare, ::testing::Values(ir::Family::kIpv4, ir::Family::kIpv6),
                         [](const auto& family) { return family.param == ir::Family::kIpv4 ? "Ipv4" : "Ipv6"; });

}  // namespace
}  // namespace nfproof::testing
