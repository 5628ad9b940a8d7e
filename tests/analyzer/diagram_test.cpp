// SPDX-License-Identifier: Apache-2.0
// Decision diagrams against truth tables: taking functions apart, and forgetting what was made.
#include <gtest/gtest.h>

#include <array>
#include <random>

#include "analyzer/regions/fibres.h"

namespace nfproof::analyzer::regions {
namespace {

constexpr std::array<Atom, 4> kAtoms = {3, 2, 4, 2};

/// Functions over all packets of a small space, also as tables.
class Table {
 public:
  explicit Table(DiagramStore& store) : store_(store) {
    for (const Atom atoms : kAtoms) store.add_variable(atoms);
  }
  [[nodiscard]] std::vector<Ref> of(Ref function) const {
    std::vector<Ref> values;
    std::array<Atom, 4> packet{};
    for (packet[0] = 0; packet[0] < kAtoms[0]; ++packet[0])
      for (packet[1] = 0; packet[1] < kAtoms[1]; ++packet[1])
        for (packet[2] = 0; packet[2] < kAtoms[2]; ++packet[2])
          for (packet[3] = 0; packet[3] < kAtoms[3]; ++packet[3])
            values.push_back(store_.follow(function, [&](Variable variable) { return packet[variable]; }));
    return values;
  }

 private:
  DiagramStore& store_;
};

class Diagrams : public testing::Test {
 protected:
  Ref random_test() {
    const Variable variable = below(4);
    std::vector<Atom> atoms;
    for (Atom atom = 0; atom < kAtoms[variable]; ++atom)
      if (below(2) == 0) atoms.push_back(atom);
    return store.test(variable, atom_set(std::move(atoms)));
  }
  Ref random_function(unsigned terminals) {
    Ref made = terminal(below(terminals));
    for (int i = 0; i < 6; ++i) made = store.choose(random_test(), terminal(below(terminals)), made);
    return made;
  }
  unsigned below(unsigned n) { return static_cast<unsigned>(random_() % n); }

  DiagramStore store{Budget{}};
  Table table{store};

 private:
  std::mt19937 random_{11};  // NOLINT: always the same
};

TEST_F(Diagrams, AreTakenApart) {
  for (int round = 0; round < 200; ++round) {
    const Ref function = random_function(6);
    const std::vector<Ref> values = table.of(function);
    Fibres fibres(store, function);
    for (int again = 0; again < 3; ++again) {
      const std::array wanted{terminal(below(7)), terminal(below(7))};
      const Ref expected =
          store.map_terminals(function, [&](Ref ref) { return ref == wanted[0] || ref == wanted[1] ? kYes : kNo; });
      EXPECT_EQ(fibres.of(wanted), expected);
    }
    EXPECT_EQ(fibres.of({}), kNo);
  }
}

TEST_F(Diagrams, AreExpandedAtOnceAsOneByOne) {
  for (int round = 0; round < 300; ++round) {
    const Ref in = random_function(12);
    std::map<Ref, Ref> functions;
    for (unsigned i = 0; i < 12; ++i) {
      const Ref function =
          store.map_terminals(random_function(4), [](Ref ref) { return terminal(terminal_value(ref) + 20); });
      if (below(4) != 0) functions.emplace(terminal(i), function);
    }
    Ref expected = in;
    for (const auto& [leaf, function] : functions) expected = store.replace(expected, leaf, function);
    EXPECT_EQ(store.expand(in, functions), expected);
  }
}

TEST_F(Diagrams, AreForgotten) {
  std::vector<std::pair<Ref, std::vector<Ref>>> kept;
  for (int round = 0; round < 300; ++round) {
    if (round % 3 == 0) {
      const Ref function = random_function(2);
      kept.emplace_back(function, table.of(function));
    }
    const std::size_t mark = store.mark();
    for (int i = 0; i < 5; ++i) {
      const auto& [a, a_values] = kept[below(static_cast<unsigned>(kept.size()))];
      const auto& [b, b_values] = kept[below(static_cast<unsigned>(kept.size()))];
      const Ref fresh = random_function(2);
      const std::vector<Ref> fresh_values = table.of(fresh);
      const std::vector<Ref> chosen = table.of(store.choose(fresh, a, b));
      for (std::size_t p = 0; p < chosen.size(); ++p)
        ASSERT_EQ(chosen[p], fresh_values[p] == kYes ? a_values[p] : b_values[p]);
      const std::vector<Ref> replaced = table.of(store.replace(a, kYes, fresh));
      for (std::size_t p = 0; p < replaced.size(); ++p)
        ASSERT_EQ(replaced[p], a_values[p] == kYes ? fresh_values[p] : a_values[p]);
    }
    store.roll_back(mark);
    EXPECT_EQ(store.mark(), mark);
  }
  for (const auto& [function, values] : kept) {
    EXPECT_EQ(table.of(function), values);
    // What is equal is the same node, also behind a roll-back.
    EXPECT_EQ(store.negate(store.negate(function)), function);
  }
}

TEST(DiagramBudget, IsThereAgainBehindARollBack) {
  DiagramStore store(Budget{.edges = 200});
  std::vector<Ref> tests;
  for (int i = 0; i < 40; ++i) tests.push_back(store.test(store.add_variable(2), {{1, 1}}));
  const std::size_t mark = store.mark();
  const auto parity = [&] {
    Ref odd = kNo;
    for (std::size_t i = tests.size(); i-- > 0;) odd = store.choose(tests[i], store.negate(odd), odd);
    return odd;
  };
  (void)parity();
  ASSERT_TRUE(store.exhausted());
  store.roll_back(mark);
  EXPECT_FALSE(store.exhausted());
  store.renew(Budget{});
  const Ref odd = parity();
  EXPECT_FALSE(store.exhausted());
  EXPECT_EQ(store.follow(odd, [](Variable variable) { return variable < 3 ? 1U : 0U; }), kYes);
  EXPECT_EQ(store.follow(odd, [](Variable variable) { return variable < 2 ? 1U : 0U; }), kNo);
}

}  // namespace
}  // namespace nfproof::analyzer::regions
