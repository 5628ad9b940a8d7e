// SPDX-License-Identifier: Apache-2.0
// Who sends a packet: the comment of captures, and what `owner` says of it.
#include "compiler/ir/sender.h"

#include <gtest/gtest.h>

namespace nfproof::ir {
namespace {

TEST(Sender, IsReadAsItIsWritten) {
  for (const Sender& sender : {Sender{}, Sender{1000, 100, 0}, Sender{0, 0xfffffffe, 0x1f00}})
    EXPECT_EQ(read_sender(sender_text(sender)), sender) << sender_text(sender);
  EXPECT_EQ(sender_text({1000, 100, 0x539}), "socket uid 1000 gid 100 mark 0x539");
  for (const char* text : {"", "socket uid", "socket uid x", "a socket uid 1", "socket user 1", "uid 1"})
    EXPECT_FALSE(read_sender(text)) << text;
}

/// Answers for user 1000 of group 100, for root, and for what nobody sent.
std::string answers(const char* arguments) {
  const auto test = read_owner_test({.module = "owner", .arguments = arguments});
  if (!test) return "?";
  const Sender user{1000, 100, 0}, root{};
  std::string text;
  for (const Sender* sender : {&user, &root, static_cast<const Sender*>(nullptr)})
    text += test->matches(sender) ? '1' : '0';
  return text;
}

TEST(Sender, IsWhatOwnerAsksFor) {
  EXPECT_EQ(answers("--uid-owner 1000"), "100");
  EXPECT_EQ(answers("! --uid-owner 1000"), "011");
  EXPECT_EQ(answers("--uid-owner 0-999"), "010");
  EXPECT_EQ(answers("--gid-owner 100"), "100");
  EXPECT_EQ(answers("--uid-owner 1000 ! --gid-owner 100"), "000");
  EXPECT_EQ(answers("! --uid-owner 0 ! --gid-owner 7"), "101");
  EXPECT_EQ(answers("--socket-exists"), "110");
  EXPECT_EQ(answers("! --socket-exists"), "001");
  EXPECT_EQ(answers("--uid-owner ftp"), "?");
  EXPECT_EQ(answers("--gid-owner 7 --suppl-groups"), "?");
}

}  // namespace
}  // namespace nfproof::ir
