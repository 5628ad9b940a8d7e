// SPDX-License-Identifier: Apache-2.0
// The tests of a rule as they stand in a line.
#include <algorithm>

#include "backends/nft_rule.h"

namespace nfproof::backends {
namespace {

/// Does nft add the protocol test by itself? It does so right before a later test, so none that counts may stand
/// between.
bool is_implied(const NftTests& tests, std::size_t index) {
  for (std::size_t i = 0; i < tests.size(); ++i) {
    if (tests[i].implies && tests[index].text == nft_protocol_test(*tests[i].implies).text) return true;
    if (i >= index && tests[i].fixed) return false;
  }
  return false;
}

bool is_one_port(const NftTest& test) {
  const bool port = test.key.ends_with(" sport") || test.key.ends_with(" dport");
  return port && !test.negated && test.values.size() == 1 && test.values[0].lo == test.values[0].hi;
}

/// nft 1.0.6 joins the tests of both ports where each is one value, over what stands between them: a limit would count
/// packets that pass both.
void keep_behind_counting(NftTest& test) {
  if (!is_one_port(test)) return;
  const std::string value = ir::format_number(test.values[0].lo);
  test.text = test.key + " " + value + "-" + value;
}

}  // namespace

NftTest NftRules::no_fragment() const {
  return {std::string(family_ == ir::Family::kIpv4 ? kNftNoFragment4 : kNftNoFragment)};
}

/// The tests as they stand in a line. Those that nft adds by itself or that stand there already are left out.
NftTests NftRules::tests_of(const NftTests& tests, const NftTests& protocol) const {
  NftTests all = protocol;
  all.insert(all.end(), tests.begin(), tests.end());
  const auto ranges = std::count_if(all.begin(), all.end(), [](const NftTest& t) { return !t.range_text.empty(); });
  NftTests out;
  const auto add = [&out](NftTest test) {
    const bool there = !test.fixed && std::any_of(out.begin(), out.end(),
                                                  [&](const NftTest& other) { return other.text == test.text; });
    if (!there) out.push_back(std::move(test));
  };
  bool counted = false;
  bool port = false;
  for (std::size_t i = 0; i < all.size(); ++i) {
    NftTest test = all[i];
    // Where a chain may meet later fragments, nft would take their payload for a transport header.
    if (fragments_ && test.transport) add(no_fragment());
    if (is_implied(all, i)) continue;
    if (ranges > 1 && !test.range_text.empty()) test.text = test.range_text;
    counted = counted || test.fixed;
    if (counted && port) keep_behind_counting(test);
    port = port || is_one_port(test);
    add(std::move(test));
  }
  return out;
}

}  // namespace nfproof::backends
