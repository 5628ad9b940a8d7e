// SPDX-License-Identifier: Apache-2.0
// Modules that the core does not model, from their canonical arguments: owner, cgroup, socket, osf.
#include <algorithm>
#include <array>
#include <sstream>
#include <string>
#include <vector>

#include "backends/nft_module.h"
#include "backends/nft_names.h"
#include "backends/nft_objects.h"

namespace nfproof::backends {
namespace {

struct Option {
  std::string name;
  std::string value;
  bool negated = false;
};

/// `! --uid-owner 1000 --socket-exists` as options.
std::vector<Option> options_of(const std::string& arguments) {
  std::vector<Option> options;
  std::istringstream words(arguments);
  bool negated = false;
  for (std::string word; words >> word;) {
    if (word == "!") {
      negated = true;
    } else if (word.starts_with("--")) {
      options.push_back({word.substr(2), "", negated});
      negated = false;
    } else if (!options.empty()) {
      options.back().value += options.back().value.empty() ? word : " " + word;
    }
  }
  return options;
}

bool is_number(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789-") == std::string_view::npos;
}

/// Without a socket every negated test of owner is true, in nftables none.
NftFormula owner(const std::vector<Option>& options, bool by_name) {
  bool positive = false;
  for (const Option& option : options) {
    if (option.name == "socket-exists") return nft_problem("nftables cannot ask whether a packet has a socket");
    if (option.name == "suppl-groups") return nft_problem("nftables does not look at supplementary groups");
    if (!is_number(option.value) && !by_name)
      return nft_problem("owner `" + option.value + "` is not known here; use the number");
    positive = positive || !option.negated;
  }
  NftTests all;
  std::vector<NftTests> none;
  for (const Option& option : options) {
    const std::string name = option.name == "uid-owner" ? "meta skuid" : "meta skgid";
    const std::string value = is_number(option.value) ? option.value : nft_quoted(option.value);
    all.push_back({name + (option.negated ? " != " : " ") + value});
    none.push_back({{name + " " + value}});
  }
  if (positive) return nft_all(std::move(all));
  return {NftFormula::Kind::kNone, std::move(none), {}};
}

NftFormula cgroup(const std::vector<Option>& options) {
  const Option& option = options.front();
  if (option.name != "cgroup") {
    return nft_problem(
        "nft looks a path of `cgroup` up when it loads; write `socket cgroupv2 level N \"PATH\"` by hand");
  }
  // Without a socket both are false, negated or not.
  return nft_all({{std::string("meta cgroup ") + (option.negated ? "!= " : "") + option.value}});
}

NftFormula socket(const std::vector<Option>& options) {
  NftTests tests;
  bool wildcard = false;
  bool transparent = false;
  for (const Option& option : options) {
    if (option.name == "restore-skmark") return nft_problem("a test that sets the mark (`--restore-skmark`)");
    wildcard = wildcard || option.name == "nowildcard";
    transparent = transparent || option.name == "transparent";
  }
  // xtables leaves sockets out that listen on any address, unless `--nowildcard` says otherwise.
  tests.push_back({wildcard ? "socket wildcard 0-1" : "socket wildcard 0"});
  if (transparent) tests.push_back({"socket transparent 1"});
  return nft_all(std::move(tests));
}

NftFormula osf(const std::vector<Option>& options) {
  std::string genre;
  std::string ttl;
  bool negated = false;
  for (const Option& option : options) {
    if (option.name == "genre") genre = option.value, negated = option.negated;
    if (option.name == "log") return nft_problem("nftables does not log what `osf` finds");
    if (option.name == "ttl" && option.value == "1") ttl = "ttl loose ";
    if (option.name == "ttl" && option.value == "2") ttl = "ttl skip ";
  }
  if (negated) return nft_problem("a negated `osf`: packets without a fingerprint differ");
  if (genre.size() > 1 && genre.front() == '"') genre = genre.substr(1, genre.size() - 2);
  return nft_all({nft_protocol_test(ir::kProtoTcp), {"osf " + ttl + "name " + nft_quoted(genre)}});
}

}  // namespace

bool nft_is_native(std::string_view text) {
  // Arguments of xtables are options.
  if (text.empty() || text.front() == '-' || text.front() == '!') return false;
  // Sets and objects that are named are not at hand.
  return text.find(" @") == std::string_view::npos && !text.starts_with("name ");
}

/// `name NAME: BODY`: a limit or quota that rules share.
static NftFormula named_object(const ir::Opaque& opaque, const NftContext& context) {
  const std::size_t colon = opaque.arguments.find(": ");
  if (colon == std::string::npos) return nft_problem("a " + opaque.module + " that the packet chooses");
  if (!context.native) return nft_problem(std::string(kNftTextOnly));
  const std::string name = opaque.arguments.substr(5, colon - 5);
  bool is_new = false;
  NftObject& object = context.objects->get(opaque.module + " " + name, opaque.module, name, is_new);
  if (is_new) object.settings = {opaque.arguments.substr(colon + 2)};
  return nft_all({{.text = opaque.module + " name " + nft_quoted(object.name), .fixed = true}});
}

NftFormula nft_opaque(const ir::Opaque& opaque, const NftContext& context) {
  if (opaque.unreadable) return nft_problem(std::string(kNftUnreadable));
  static constexpr auto kOfNftables = std::to_array<std::string_view>(
      {"owner",   "cgroup",  "policy",   "iiftype",     "oiftype", "ifindex", "iifkind",   "oifkind", "random",
       "physdev", "time",    "priority", "socket",      "osf",     "rt",      "ct",        "ether",   "hash",
       "fib",     "payload", "sdif",     "ipv4options", "tcp",     "limit",   "statistic", "zone"});
  const bool known = std::find(kOfNftables.begin(), kOfNftables.end(), opaque.module) != kOfNftables.end();
  if (known && nft_is_native(opaque.arguments)) {
    if (!context.native && opaque.module != "owner") return nft_problem(std::string(kNftTextOnly));
    return nft_all({{.text = opaque.arguments, .fixed = opaque.stateful}});
  }
  if ((opaque.module == "limit" || opaque.module == "quota") && opaque.arguments.starts_with("name "))
    return named_object(opaque, context);
  if (opaque.module == "th") return nft_all({{.text = opaque.arguments, .transport = true}});
  const std::vector<Option> options = options_of(opaque.arguments);
  if (opaque.module == "owner" && !options.empty()) {
    return owner(options, context.of_nftables());
  }
  if (opaque.module == "cgroup" && !options.empty()) return cgroup(options);
  if (opaque.module == "socket") return socket(options);
  if (opaque.module == "osf" && !options.empty()) return osf(options);
  return nft_problem("match `" + opaque.module + "` has no translation to nftables");
}

}  // namespace nfproof::backends
