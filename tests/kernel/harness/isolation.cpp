// SPDX-License-Identifier: Apache-2.0
// The isolation table: says by NFLOG where each packet is seen, and ends each packet's way so that nobody answers.
// Log prefixes: B barrier, E enter, P prerouted, I input, O output, A answer of the kernel, S postrouted.
#include "tests/kernel/harness/plumbing.h"

namespace nfproof::testing {
namespace {

constexpr const char* kFirst = "-2147483648";
constexpr const char* kLast = "2147483647";

std::string log_as(const char* prefix) {
  return std::string("log prefix \"") + prefix + "\" group " + std::to_string(kLogGroup);
}

std::string chain(const char* name, const char* hook, const char* priority, const std::string& rules) {
  return std::string("chain ") + name + " {\ntype filter hook " + hook + " priority " + priority +
         "; policy accept;\n" + rules + "}\n";
}

}  // namespace

std::string isolation_text(const LabOptions& options) {
  const auto watch = [&](const char* prefix) { return options.observe ? log_as(prefix) + "\n" : std::string(); };
  const auto last_word = [&](const char* prefix, const char* verdict) {
    return (options.observe ? log_as(prefix) + " " : std::string()) + verdict + "\n";
  };
  const std::string barrier =
      "iifname \"" + std::string(kBarrierInterface) + "\" " + log_as("B") + " queue-threshold 1 drop\n";
  const std::string own = "meta skuid 0-4294967294 ";  // of any process: sockets of the kernel have no user
  std::string text = "table inet " + std::string(kIsolationTable) + " {\n";
  text += chain("enter", "prerouting", kFirst, barrier + watch("E"));
  if (options.observe) text += chain("prerouted", "prerouting", kLast, watch("P"));
  text += chain("delivered", "input", kLast, last_word("I", "drop"));
  // Multicast listener reports follow the addresses of an interface after a random delay: they answer nothing. Errors
  // of routing are not what rules answer, either.
  const std::string answers =
      "icmpv6 type { 2, 3, 4, 131, 132, 137, 143 } drop\nicmp type { 5, 11, 12 } drop\nicmp type 3 icmp code 4 drop\n" +
      last_word("A", "accept");
  text += chain("generated", "output", kFirst, own + last_word("O", "accept") + (options.answers ? answers : "drop\n"));
  text += chain("leaving", "postrouting", kLast,
                (options.loopback ? "oifname \"lo\" " + last_word("S", "accept") : "") +
                    last_word("S", options.leave ? "accept" : "drop"));
  return text + "}\n";
}

std::string without_isolation(const std::string& text) {
  const std::string head = "table inet " + std::string(kIsolationTable) + " {\n";
  const std::size_t begin = text.find(head);
  if (begin == std::string::npos) return text;
  const std::size_t end = text.find("\n}\n", begin);
  if (end == std::string::npos) return text;
  return text.substr(0, begin) + text.substr(end + 3);
}

}  // namespace nfproof::testing
