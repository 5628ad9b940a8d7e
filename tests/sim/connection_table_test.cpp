// SPDX-License-Identifier: Apache-2.0
// The table of connections against a plain map: insertions and removals in any order, with tuples that are alike.
#include "sim/connection_table.h"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <utility>
#include <vector>

#include "sim/conntrack.h"

namespace nfproof::testing {
namespace {

using Key = std::pair<std::uint16_t, std::uint16_t>;

std::shared_ptr<sim::Connection> connection_of(Key ports) {
  auto connection = std::make_shared<sim::Connection>();
  sim::Tuple tuple;
  tuple.source = 1, tuple.destination = 2, tuple.protocol = 6;
  tuple.source_port = ports.first, tuple.destination_port = ports.second;
  connection->tuples = {tuple, *sim::inverted(tuple)};
  return connection;
}

TEST(ConnectionTable, IsAMap) {
  std::mt19937_64 random(1);
  sim::ConnectionTable table;
  std::map<Key, std::shared_ptr<sim::Connection>> expected;
  for (int step = 0; step < 40000; ++step) {
    const std::uint16_t range = step % 20000 < 10000 ? 90 : 12;  // grows, then shrinks
    const Key ports{static_cast<std::uint16_t>(random() % range), static_cast<std::uint16_t>(1000 + random() % range)};
    const auto found = expected.find(ports);
    if (found == expected.end() && random() % 3 != 0) {
      const auto connection = connection_of(ports);
      expected[ports] = connection;
      table.insert({connection, false});
      table.insert({connection, true});
    } else if (found != expected.end() && random() % 2 != 0) {
      table.erase(found->second->tuples[0]);
      table.erase(found->second->tuples[1]);
      expected.erase(found);
    }
    ASSERT_EQ(table.size(), 2 * expected.size());
    const auto probe = connection_of(ports);
    const bool there = expected.contains(ports);
    for (const std::size_t direction : {0, 1}) {
      const sim::ConnectionHandle* handle = table.find(probe->tuples[direction]);
      ASSERT_EQ(handle != nullptr, there);
      if (handle != nullptr) {
        EXPECT_EQ(handle->connection, expected[ports]);
        EXPECT_EQ(handle->reply, direction == 1);
      }
    }
  }
  std::size_t met = 0;
  for (const sim::ConnectionHandle& handle : table) met += handle.connection != nullptr ? 1 : 0;
  EXPECT_EQ(met, table.size());
}

TEST(ConnectionTable, FindsNothingInNothing) {
  sim::ConnectionTable table;
  const auto connection = connection_of({1, 2});
  EXPECT_EQ(table.find(connection->tuples[0]), nullptr);
  table.erase(connection->tuples[0]);
  EXPECT_EQ(table.size(), 0U);
  EXPECT_TRUE(table.begin() == table.end());
}

}  // namespace
}  // namespace nfproof::testing
