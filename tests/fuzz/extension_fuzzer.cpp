// SPDX-License-Identifier: Apache-2.0
// Fuzz target: the option parsers of all modules. The bytes choose a module, its options and their values, partly from
// a list of values that parsers trip over, so that deep code is reached without learning the syntax first.
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "backends/iptables_save.h"
#include "compiler/extensions/extension.h"
#include "compiler/extensions/options.h"
#include "compiler/frontend/compile.h"

namespace nfproof {
namespace {

constexpr std::array<std::string_view, 40> kValues = {"0",
                                                      "1",
                                                      "65535",
                                                      "65536",
                                                      "4294967295",
                                                      "18446744073709551616",
                                                      "-1",
                                                      "0x",
                                                      "0xff/0x0f",
                                                      "1:2",
                                                      "2:1",
                                                      ":",
                                                      "1:",
                                                      ":2",
                                                      "1,2,3",
                                                      ",",
                                                      "1,2:3,4",
                                                      "10.0.0.1",
                                                      "10.0.0.0/8",
                                                      "10.0.0.1-10.0.0.9",
                                                      "10.0.0.1:80-90",
                                                      "::1",
                                                      "fe80::/10",
                                                      "[::1]:80",
                                                      "[fe80::1-::2]:1",
                                                      "any",
                                                      "255/255",
                                                      "NEW,RELATED",
                                                      "SYN,ACK",
                                                      "ALL",
                                                      "1/s",
                                                      "10000/second",
                                                      "1kb/s",
                                                      "00:11:22:33:44:55",
                                                      "|00 ff|x",
                                                      "\"a b\"",
                                                      "\"\"",
                                                      "12:30:59",
                                                      "2021-01-01T00:00",
                                                      "4,48 0 0 9,21 0 1 6,6 0 0 1,6 0 0 0"};

/// Takes bytes as long as there are some.
class Bytes {
 public:
  Bytes(const std::uint8_t* data, std::size_t size) : data_(data), left_(size) {}
  [[nodiscard]] bool empty() const { return left_ == 0; }
  std::uint8_t take() {
    if (left_ == 0) return 0;
    --left_;
    return *data_++;
  }
  /// Raw text up to a zero byte, without line ends.
  std::string text() {
    std::string out;
    for (std::uint8_t byte = take(); byte != 0; byte = take()) out += byte == '\n' ? ' ' : static_cast<char>(byte);
    return out;
  }

 private:
  const std::uint8_t* data_;
  std::size_t left_;
};

std::string value(Bytes& bytes) {
  const std::uint8_t choice = bytes.take();
  return choice < 200 ? std::string(kValues[choice % kValues.size()]) : bytes.text();
}

std::string rule(const compiler::Extension& extension, Bytes& bytes) {
  static constexpr std::array<std::string_view, 8> kBasics = {
      "", "-p tcp", "-p udp", "-p icmp", "-p ipv6-icmp", "-p sctp", "! -p tcp", "-p 132 -f"};
  const bool match = extension.kind == compiler::ExtensionKind::kMatch;
  std::string line = "-A PREROUTING " + std::string(kBasics[bytes.take() % kBasics.size()]) +
                     (match ? " -m " : " -j ") + std::string(extension.name);
  while (!bytes.empty() && !extension.options.empty()) {
    const std::uint8_t choice = bytes.take();
    const compiler::OptionRow& row = extension.options[(choice >> 1) % extension.options.size()];
    line += ((choice & 1) != 0 ? " ! --" : " --") + std::string(row.name);
    for (std::size_t i = 0; i < compiler::value_words(row); ++i) line += ' ' + value(bytes);
  }
  return line;
}

void run(const std::string& text, ir::Family family) {
  compiler::Compilation compilation;
  compiler::CompileOptions options;
  options.family = family;
  options.format = compiler::Format::kIptablesSave;
  compiler::add_text(compilation, "input", text, options);
  compiler::finish(compilation);
  static_cast<void>(backends::save_text(compilation.ruleset, family, {}));
}

}  // namespace
}  // namespace nfproof

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace nfproof;
  static constexpr std::array<std::string_view, 5> kTables = {"filter", "nat", "mangle", "raw", "security"};
  Bytes bytes(data, size);
  const auto extensions = compiler::all_extensions();
  const compiler::Extension& extension = *extensions[bytes.take() % extensions.size()];
  const std::uint8_t where = bytes.take();
  const std::string table(kTables[(where >> 1) % kTables.size()]);
  const std::string text = '*' + table + '\n' + rule(extension, bytes) + "\nCOMMIT\n";
  run(text, (where & 1) != 0 ? ir::Family::kIpv6 : ir::Family::kIpv4);
  return 0;
}
