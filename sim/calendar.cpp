// SPDX-License-Identifier: Apache-2.0
// Calendar arithmetic, and the zone database through the C library.
#include "sim/calendar.h"

#include <chrono>
#include <cstdlib>
#include <ctime>
#include <filesystem>

namespace nfproof::sim {
namespace {

constexpr std::int64_t kDay = 86400;
constexpr std::uint32_t kAllMonthDays = 0xfffffffeU;

std::int64_t day_of(std::int64_t seconds) { return (seconds - ((seconds % kDay) + kDay) % kDay) / kDay; }

std::uint32_t time_of_day(std::int64_t seconds) { return static_cast<std::uint32_t>(((seconds % kDay) + kDay) % kDay); }

unsigned month_day(std::int64_t seconds) {
  const std::chrono::sys_days day{std::chrono::days(day_of(seconds))};
  return static_cast<unsigned>(std::chrono::year_month_day(day).day());
}

/// 1 is Monday; 1970 began on a Thursday.
unsigned week_day(std::int64_t seconds) { return static_cast<unsigned>(((day_of(seconds) + 3) % 7 + 7) % 7 + 1); }

/// `+02:00`, `-0330`, `+2`.
std::optional<int> numeric_zone(std::string_view text) {
  if (text.size() < 2 || (text[0] != '+' && text[0] != '-')) return std::nullopt;
  std::string digits;
  for (const char c : text.substr(1)) {
    if (c == ':' && digits.size() == 2) continue;
    if (c < '0' || c > '9') return std::nullopt;
    digits += c;
  }
  if (digits.size() > 4 || digits.size() == 3) return std::nullopt;
  const int number = std::atoi(digits.c_str());
  const int minutes = digits.size() <= 2 ? number * 60 : number / 100 * 60 + number % 100;
  if (number % 100 >= 60 && digits.size() == 4) return std::nullopt;
  if (minutes > 15 * 60) return std::nullopt;
  return text[0] == '-' ? -minutes : minutes;
}

/// The C library's answer with TZ set for a moment. Not for several threads at once.
int offset_by_name(const std::string& zone, std::time_t seconds) {
  const char* set = std::getenv("TZ");
  const std::optional<std::string> before = set == nullptr ? std::nullopt : std::optional<std::string>(set);
  setenv("TZ", (':' + zone).c_str(), 1);
  tzset();
  std::tm local{};
  localtime_r(&seconds, &local);
  if (before)
    setenv("TZ", before->c_str(), 1);
  else
    unsetenv("TZ");
  tzset();
  return static_cast<int>(local.tm_gmtoff / 60);
}

bool known_zone(std::string_view zone) {
  if (zone.empty() || zone.front() == '/' || zone.find("..") != std::string_view::npos) return false;
  const std::filesystem::path path = std::filesystem::path("/usr/share/zoneinfo") / zone;
  std::error_code error;
  return std::filesystem::is_regular_file(path, error);
}

}  // namespace

bool time_matches(const ir::TimeTest& test, std::int64_t seconds, int east) {
  std::int64_t stamp = test.local_time ? seconds + std::int64_t{east} * 60 : seconds;
  if (stamp < test.date_start || stamp > test.date_stop) return false;
  const std::uint32_t of_day = time_of_day(stamp);
  if (test.day_start < test.day_stop) {
    if (of_day < test.day_start || of_day > test.day_stop) return false;
  } else {
    if (of_day < test.day_start && of_day > test.day_stop) return false;
    if (test.contiguous && of_day <= test.day_stop) stamp -= kDay;
  }
  if ((test.weekdays >> week_day(stamp) & 1U) == 0) return false;
  return test.monthdays == kAllMonthDays || (test.monthdays >> month_day(stamp) & 1U) != 0;
}

std::optional<int> zone_offset(std::string_view zone, std::int64_t seconds) {
  if (zone == "UTC" || zone == "GMT") return 0;
  if (const auto numeric = numeric_zone(zone)) return numeric;
  if (!known_zone(zone)) return std::nullopt;
  return offset_by_name(std::string(zone), static_cast<std::time_t>(seconds));
}

}  // namespace nfproof::sim
