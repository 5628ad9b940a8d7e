// SPDX-License-Identifier: Apache-2.0
// Hosts: what `ip -j` prints is read, what is written is read back, what a ruleset suggests is assumed.
#include <gtest/gtest.h>

#include "compiler/frontend/compile.h"
#include "compiler/frontend/host_json.h"
#include "compiler/passes/assume_host.h"
#include "tests/compiler/golden.h"

namespace nfproof::testing {
namespace {

struct Reading {
  ir::Host host;
  source::Diagnostics diagnostics;
  bool good = true;
};

Reading read_host(const std::string& addr, const std::string& route) {
  source::SourceManager sources;
  const source::FileId addr_id = sources.add("addr.json", addr);
  const source::FileId route_id = sources.add("route.json", route);
  Reading reading;
  reading.good = compiler::read_addr_json(sources.file(addr_id), addr_id, reading.host, reading.diagnostics) &&
                 compiler::read_route_json(sources.file(route_id), route_id, reading.host, reading.diagnostics);
  return reading;
}

ir::u128 ip4(const char* text) { return ir::parse_address(text, ir::Family::kIpv4).value(); }
ir::u128 ip6(const char* text) { return ir::parse_address(text, ir::Family::kIpv6).value(); }

TEST(HostJson, ReadsAddressesAndRoutes) {
  const Reading reading = read_host(
      R"([{}, {"ifname": "lo", "flags": ["LOOPBACK", "UP"], "address": "00:00:00:00:00:00",
           "addr_info": [{"family": "inet", "local": "127.0.0.1", "prefixlen": 8}]},
          {"ifname": "eth0", "flags": ["UP"], "address": "02:00:00:00:00:01",
           "addr_info": [{"family": "inet", "local": "192.0.2.1", "prefixlen": 24, "broadcast": "192.0.2.255"},
                         {"family": "inet6", "local": "2001:db8::1", "prefixlen": 64}]}])",
      R"([{"dst": "default", "gateway": "192.0.2.254", "dev": "eth0", "metric": 100},
          {"dst": "192.0.2.0/24", "dev": "eth0"}, {"dst": "198.51.100.7", "dev": "eth0"},
          {"type": "blackhole", "dst": "203.0.113.0/24"}])");
  ASSERT_TRUE(reading.good);
  ASSERT_EQ(reading.host.interfaces.size(), 2U);
  EXPECT_TRUE(reading.host.interfaces[0].loopback);
  EXPECT_EQ(reading.host.interfaces[1].mac, ir::u128{0x020000000001});
  EXPECT_TRUE(reading.host.is_local(ip4("192.0.2.1"), ir::Family::kIpv4));
  EXPECT_TRUE(reading.host.is_local(ip6("2001:db8::1"), ir::Family::kIpv6));
  ASSERT_EQ(reading.host.routes.size(), 3U);
  EXPECT_EQ(reading.host.route_to(ip4("198.51.100.7"), ir::Family::kIpv4)->prefix, 32U);
  EXPECT_EQ(reading.host.route_to(ip4("203.0.113.9"), ir::Family::kIpv4)->gateway, ip4("192.0.2.254"));
}

TEST(HostJson, KnowsIpv6Routes) {
  const Reading reading = read_host(
      "[]", R"([{"dst": "fe80::/64", "dev": "eth0"}, {"dst": "default", "gateway": "fe80::1", "dev": "eth0"}])");
  ASSERT_TRUE(reading.good);
  EXPECT_EQ(reading.host.route_to(ip6("2001:db8::9"), ir::Family::kIpv6)->gateway, ip6("fe80::1"));
  EXPECT_EQ(reading.host.route_to(ip4("192.0.2.9"), ir::Family::kIpv4), nullptr);
}

TEST(HostJson, RefusesOtherText) {
  for (const char* text : {"", "{", "{}", "[1]", "[{\"flags\": []}]", "2: eth0: <UP>"}) {
    const Reading reading = read_host(text, "[]");
    EXPECT_FALSE(reading.good) << text;
    EXPECT_TRUE(reading.diagnostics.has_errors()) << text;
    EXPECT_TRUE(reading.host.interfaces.empty()) << text;
  }
  EXPECT_FALSE(read_host("[]", R"([{"dst": "nowhere", "dev": "eth0"}])").good);
}

ir::Host assumed(const std::string& text) {
  compiler::Compilation compilation;
  compiler::add_text(compilation, "test.v4", text, {});
  compiler::finish(compilation);
  EXPECT_FALSE(compilation.diagnostics.has_errors());
  return compiler::assume_host(compilation.ruleset);
}

TEST(AssumeHost, FromWhatTheRulesName) {
  const ir::Host host = assumed(
      "*nat\n-A POSTROUTING -s 10.1.0.0/16 -o ppp+ -j MASQUERADE\nCOMMIT\n"
      "*filter\n:user - [0:0]\n-A INPUT -d 192.0.2.77 -i eth0 -j ACCEPT\n-A FORWARD -i eth1 -s 10.1.0.0/16 -j user\n"
      "-A OUTPUT -s 198.51.100.9 -j ACCEPT\n-A user ! -o wlan0 -j DROP\nCOMMIT\n");
  EXPECT_TRUE(host.assumed);
  for (const char* name : {"lo", "eth0", "eth1", "ppp0", "wlan0"})
    EXPECT_NE(host.find_interface(name), nullptr) << name;
  EXPECT_TRUE(host.is_local(ip4("192.0.2.77"), ir::Family::kIpv4));
  EXPECT_TRUE(host.is_local(ip4("198.51.100.9"), ir::Family::kIpv4));
  EXPECT_TRUE(host.is_local(ip4("10.1.0.1"), ir::Family::kIpv4));
  EXPECT_EQ(host.route_to(ip4("10.1.2.3"), ir::Family::kIpv4)->interface, "eth1");
  EXPECT_EQ(host.route_to(ip4("8.8.8.8"), ir::Family::kIpv4)->interface, "ppp0");
}

TEST(AssumeHost, FromNothing) {
  const ir::Host host = assumed("*filter\nCOMMIT\n");
  ASSERT_EQ(host.interfaces.size(), 2U);
  EXPECT_NE(host.route_to(ip4("8.8.8.8"), ir::Family::kIpv4), nullptr);
  EXPECT_NE(host.route_to(ip6("2001:db8:ffff::1"), ir::Family::kIpv6), nullptr);
}

TEST(AssumeHost, IsWrittenAndReadBack) {
  const ir::Host host = assumed("*filter\n-A INPUT -d 192.0.2.77 -i eth0 -j ACCEPT\nCOMMIT\n");
  const std::string addr = compiler::write_addr_json(host);
  const std::string route = compiler::write_route_json(host);
  const Reading reading = read_host(addr, route);
  ASSERT_TRUE(reading.good);
  EXPECT_EQ(compiler::write_addr_json(reading.host), addr);
  EXPECT_EQ(compiler::write_route_json(reading.host), route);
}

}  // namespace
}  // namespace nfproof::testing
