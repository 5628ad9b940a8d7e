// SPDX-License-Identifier: Apache-2.0
// Modules that become something else in nftables, packet by packet in the kernel: ipsets, meters, quotas, raw payload,
// changed networks and hop limits.
#include <gtest/gtest.h>

#include <iostream>

#include "tests/kernel/harness/craft.h"
#include "tests/kernel/translate_compare.h"
#include "tests/kernel/translate_random.h"

namespace nfproof::testing {
namespace {

/// Each rule on its own: its packets get a mark.
std::string marking(const std::vector<std::string>& matches, const std::string& chain = "PREROUTING") {
  std::string out =
      "*mangle\n:PREROUTING ACCEPT [0:0]\n:INPUT ACCEPT [0:0]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n"
      ":POSTROUTING ACCEPT [0:0]\n";
  unsigned bit = 0;
  for (const std::string& match : matches)
    out += "-A " + chain + " " + match + " -j MARK --set-xmark " + std::to_string(1U << bit) + "/" +
           std::to_string(1U << bit) + "\n",
        ++bit;
  return out + "COMMIT\n";
}

void check(const std::string& ruleset, Family family, const std::string& sets, unsigned seed,
           std::size_t packets = 400) {
  LabOptions options = TranslateRandom::lab();
  options.ipset = sets;
  Replay replay;
  for (const bool optimize : {false, true}) {
    expect_same_fates_with_sets(ruleset, sets, family, options, TranslateRandom(seed, family, true).traffic(packets),
                                replay, optimize);
    if (::testing::Test::HasFatalFailure()) return;
  }
  std::cout << replay.summary() << "\n";
}

constexpr const char* kSets4 =
    "create hosts hash:ip family inet hashsize 1024 maxelem 65536\n"
    "add hosts 192.0.2.9\nadd hosts 203.0.113.9\n"
    "create masked hash:ip family inet hashsize 1024 maxelem 65536 netmask 24\n"
    "add masked 198.51.100.0\n"
    "create nets hash:net family inet hashsize 1024 maxelem 65536\n"
    "add nets 203.0.113.0/24\nadd nets 203.0.113.128/25 nomatch\nadd nets 203.0.113.130\nadd nets 192.0.0.0/8\n"
    "create services hash:ip,port family inet hashsize 1024 maxelem 65536\n"
    "add services 198.51.100.7,tcp:80\nadd services 198.51.100.7,udp:53\nadd services 192.0.2.1,icmp:echo-request\n"
    "add services 192.0.2.1,tcp:22\n"
    "create netports hash:net,port family inet hashsize 1024 maxelem 65536\n"
    "add netports 198.51.100.0/24,tcp:443\nadd netports 192.0.2.0/25,udp:1024\n"
    "create ports bitmap:port range 0-1023\n"
    "add ports 22\nadd ports 80\nadd ports 443\n"
    "create ways hash:net,iface family inet hashsize 1024 maxelem 65536\n"
    "add ways 198.51.100.0/24,eth1\nadd ways 203.0.113.0/24,eth0\n"
    "create both list:set size 8\n"
    "add both hosts\nadd both nets\n";

TEST(TranslateModules, Sets4) {
  NFPROOF_NEEDS_KERNEL();
  check(
      marking({"-m set --match-set hosts src", "-m set ! --match-set hosts src", "-m set --match-set masked dst",
               "-m set --match-set nets src", "-m set ! --match-set nets dst", "-m set --match-set services dst,dst",
               "-m set ! --match-set services dst,dst", "-m set --match-set netports dst,dst",
               "-m set --match-set ports src", "-m set ! --match-set ports dst", "-p tcp -m set --match-set ports dst",
               "-m set --match-set ways src,src", "-m set --match-set both src", "-m set ! --match-set both dst"}),
      Family::kIpv4, kSets4, 3);
}

TEST(TranslateModules, SetsThatRulesChange4) {
  NFPROOF_NEEDS_KERNEL();
  const std::string sets =
      "create seen hash:ip family inet hashsize 1024 maxelem 65536 timeout 600\n"
      "create tried hash:ip,port family inet hashsize 1024 maxelem 65536\n"
      "create gone hash:ip family inet hashsize 1024 maxelem 65536\nadd gone 203.0.113.9\nadd gone 192.0.2.9\n";
  check(
      "*mangle\n:PREROUTING ACCEPT [0:0]\n:INPUT ACCEPT [0:0]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT "
      "[0:0]\n:POSTROUTING ACCEPT [0:0]\n"
      "-A PREROUTING -m set --match-set seen src -j MARK --set-xmark 1/1\n"
      "-A PREROUTING -p tcp -m tcp --dport 22 -j SET --add-set seen src --exist --timeout 300\n"
      "-A PREROUTING -p tcp -m set --match-set tried dst,dst -j MARK --set-xmark 2/2\n"
      "-A PREROUTING -p tcp -j SET --add-set tried dst,dst\n"
      "-A PREROUTING -m set --match-set gone src -j MARK --set-xmark 4/4\n"
      "-A PREROUTING -p udp -j SET --del-set gone src\n"
      "COMMIT\n",
      Family::kIpv4, sets, 5);
}

TEST(TranslateModules, Sets6) {
  NFPROOF_NEEDS_KERNEL();
  check(marking({"-m set --match-set hosts src", "-m set ! --match-set nets dst", "-m set --match-set nets src",
                 "-m set --match-set services dst,dst", "-m set --match-set netports src,dst"}),
        Family::kIpv6,
        "create hosts hash:ip family inet6 hashsize 1024 maxelem 65536\nadd hosts 2001:db8::9\nadd hosts fc00::1\n"
        "create nets hash:net family inet6 hashsize 1024 maxelem 65536\nadd nets 2001:db8::/32\nadd nets "
        "2001:db8:1::/64 nomatch\n"
        "create services hash:ip,port family inet6 hashsize 1024 maxelem 65536\nadd services 2001:db8:1::7,tcp:80\n"
        "add services 2001:db8::1,icmpv6:echo-request\n"
        "create netports hash:net,port family inet6 hashsize 1024 maxelem 65536\nadd netports 2001:db8::/64,udp:53\n",
        7);
}

TEST(TranslateModules, CountingAndLists) {
  NFPROOF_NEEDS_KERNEL();
  check(
      marking(
          {"-p udp -m quota --quota 2000", "-p tcp -m quota ! --quota 1500",
           "-p tcp -m hashlimit --hashlimit-upto 1/min --hashlimit-burst 3 --hashlimit-mode srcip --hashlimit-name a",
           "-p udp -m hashlimit --hashlimit-above 1/min --hashlimit-burst 2 --hashlimit-mode srcip "
           "--hashlimit-name b",
           "-p tcp -m hashlimit --hashlimit-upto 1/min --hashlimit-burst 2 --hashlimit-mode srcip --hashlimit-srcmask "
           "24 --hashlimit-name c",
           "-p tcp -m hashlimit --hashlimit-upto 1/min --hashlimit-burst 7 --hashlimit-name d",
           "-p tcp -m limit --limit 1/min --limit-burst 5", "-m recent --rcheck --seconds 100 --name l --rsource",
           "-p tcp -m tcp --dport 22 -m recent --set --name l --rsource",
           "-p udp -m recent --update --seconds 100 --name l --rsource",
           "-p icmp -m recent --remove --name l --rsource", "-p tcp -m statistic --mode nth --every 3 --packet 1",
           "-p tcp -m tcp --sport 22 -m limit --limit 1/min --limit-burst 3 -m multiport --dports 8080",
           "-p udp -m udp --sport 53 -m hashlimit --hashlimit-upto 1/min --hashlimit-burst 2 --hashlimit-name m "
           "-m multiport --dports 53"}),
      Family::kIpv4, "", 9);
}

TEST(TranslateModules, RatesByPort) {
  NFPROOF_NEEDS_KERNEL();
  // Connections are tracked, since xt_hashlimit reads the payload of later fragments as ports.
  const std::string slow = "-m hashlimit --hashlimit-upto 1/min --hashlimit-burst 2 --hashlimit-name ";
  const std::string above = "-m hashlimit --hashlimit-above 1/min --hashlimit-burst 3 --hashlimit-name ";
  const std::vector<std::string> matches = {
      "-p tcp " + slow + "a --hashlimit-mode dstport",
      "-p udp " + slow + "b --hashlimit-mode srcip,dstport",
      "-p tcp " + above + "c --hashlimit-mode srcip,dstip,srcport,dstport",
      "-p udp " + above + "d --hashlimit-mode dstip,dstport --hashlimit-dstmask 24",
      "-p tcp -m tcp --dport 22 " + slow + "e --hashlimit-mode srcip,srcport",
      "-m conntrack --ctstate INVALID"};
  check(marking(matches), Family::kIpv4, "", 17);
  check(marking(matches), Family::kIpv6, "", 18);
}

TEST(TranslateModules, ConnectionsOfAnAddress) {
  NFPROOF_NEEDS_KERNEL();
  // What belongs to no connection, or to one that is never confirmed, is counted until the next clean-up, whenever that
  // is: only packets that are forwarded are compared.
  const auto forwarded = [](const std::vector<std::string>& matches) {
    std::string ruleset = marking(matches, "FORWARD");
    return ruleset.insert(ruleset.find("-A "), "-A FORWARD -m conntrack --ctstate INVALID -j ACCEPT\n");
  };
  check(forwarded({"-p tcp -m connlimit --connlimit-above 2",
                   "-p udp -m connlimit --connlimit-upto 3 --connlimit-mask 24",
                   "-p udp -m connlimit --connlimit-above 4 --connlimit-daddr",
                   "-m connlimit --connlimit-above 9 --connlimit-mask 0", "-p icmp -m connlimit --connlimit-upto 1"}),
        Family::kIpv4, "", 19);
  check(forwarded(
            {"-p tcp -m connlimit --connlimit-above 2", "-p udp -m connlimit --connlimit-upto 3 --connlimit-mask 64"}),
        Family::kIpv6, "", 20);
}

TEST(TranslateModules, Payload4) {
  NFPROOF_NEEDS_KERNEL();
  check(marking({"-m u32 --u32 \"6&0xff=6\"", "-m u32 --u32 \"0>>22&0x3c@0>>16=20:80\" -p tcp",
                 "-m u32 --u32 \"16=0xc0000201,0xc6336401:0xc63364ff\"", "-m u32 ! --u32 \"8>>24&0xff=64\"",
                 "-m u32 --u32 \"4&0x3fff=0 && 8>>16&0xff=17\"", "-p udp -m rpfilter", "-m rpfilter --invert --loose",
                 "-m addrtype --dst-type LOCAL", "-m policy --dir in --pol none", "-m length --length 40:60"}),
        Family::kIpv4, "", 11);
}

TEST(TranslateModules, HopLimitsAndNetworks) {
  NFPROOF_NEEDS_KERNEL();
  check(
      "*mangle\n:PREROUTING ACCEPT [0:0]\n:INPUT ACCEPT [0:0]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT "
      "[0:0]\n:POSTROUTING ACCEPT [0:0]\n"
      "-A PREROUTING -p tcp -j TTL --ttl-dec 3\n-A PREROUTING -p udp -j TTL --ttl-inc 250\n"
      "-A POSTROUTING -p udp -j CLASSIFY --set-class 1:10\n"
      "COMMIT\n*nat\n:PREROUTING ACCEPT [0:0]\n:INPUT ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n:POSTROUTING ACCEPT [0:0]\n"
      "-A PREROUTING -d 192.0.2.0/24 -p tcp -j NETMAP --to 198.51.100.0/24\n"
      "-A POSTROUTING -s 198.51.100.0/24 -p udp -j NETMAP --to 192.0.2.0/24\nCOMMIT\n",
      Family::kIpv4, "", 13, 150);
}

}  // namespace
}  // namespace nfproof::testing
