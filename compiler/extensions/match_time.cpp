// SPDX-License-Identifier: Apache-2.0
// -m time: the time of day, the day of the week or month, a date (net/netfilter/xt_time.c).
#include <array>
#include <cstdio>
#include <ctime>
#include <optional>

#include "compiler/extensions/common.h"
#include "compiler/extensions/values.h"

namespace nfproof::compiler {
namespace {

constexpr OptionRow kOptions[] = {
    {.name = "timestart", .type = ValueType::kText},
    {.name = "timestop", .type = ValueType::kText},
    {.name = "monthdays", .type = ValueType::kText, .negatable = true},
    {.name = "weekdays", .type = ValueType::kText, .negatable = true},
    {.name = "datestart", .type = ValueType::kText},
    {.name = "datestop", .type = ValueType::kText},
    {.name = "kerneltz"},
    {.name = "contiguous"},
    {.name = "utc"},
    {.name = "localtz", .alias_of = "kerneltz"},
};

constexpr std::uint64_t kLastSecond = 86399;
constexpr std::int64_t kLastDate = 0x7fffffff;
/// Monday is 1.
constexpr std::array<std::string_view, 7> kWeekdays = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
constexpr std::uint32_t kAllWeekdays = 0xfe;
constexpr std::uint32_t kAllMonthdays = 0xfffffffe;

/// Numbers between separators, each at most `max`.
std::optional<std::vector<std::uint64_t>> parse_parts(std::string_view text, char separator) {
  std::vector<std::uint64_t> numbers;
  for (const std::string_view part : split(text, separator)) {
    std::uint64_t number = 0;
    if (part.empty() || part.size() > 4) return std::nullopt;
    for (const char digit : part) {
      if (digit < '0' || digit > '9') return std::nullopt;
      number = number * 10 + static_cast<std::uint64_t>(digit - '0');
    }
    numbers.push_back(number);
  }
  return numbers;
}

/// `hh:mm[:ss]` in seconds since midnight.
std::optional<std::uint64_t> parse_clock(std::string_view text) {
  const auto parts = parse_parts(text, ':');
  if (!parts || parts->size() < 2 || parts->size() > 3) return std::nullopt;
  const std::uint64_t second = parts->size() == 3 ? (*parts)[2] : 0;
  if ((*parts)[0] > 23 || (*parts)[1] > 59 || second > 59) return std::nullopt;
  return (*parts)[0] * 3600 + (*parts)[1] * 60 + second;
}

/// `YYYY[-MM[-DD[Thh[:mm[:ss]]]]]` in seconds since 1970.
std::optional<std::int64_t> parse_date(std::string_view text) {
  const std::size_t clock_at = text.find('T');
  const auto date = parse_parts(text.substr(0, clock_at), '-');
  if (!date || date->size() > 3 || (clock_at != std::string_view::npos && date->size() != 3)) return std::nullopt;
  std::vector<std::uint64_t> clock;
  if (clock_at != std::string_view::npos) {
    const auto parts = parse_parts(text.substr(clock_at + 1), ':');
    if (!parts || parts->size() > 3) return std::nullopt;
    clock = *parts;
  }
  const auto part = [](const std::vector<std::uint64_t>& parts, std::size_t i, std::uint64_t otherwise) {
    return i < parts.size() ? parts[i] : otherwise;
  };
  const std::uint64_t year = part(*date, 0, 0), month = part(*date, 1, 1), day = part(*date, 2, 1);
  const std::uint64_t hour = part(clock, 0, 0), minute = part(clock, 1, 0), second = part(clock, 2, 0);
  if (year < 1970 || year > 2038 || month < 1 || month > 12 || day < 1 || day > 31) return std::nullopt;
  if (hour > 23 || minute > 59 || second > 59) return std::nullopt;
  std::tm when{};
  when.tm_year = static_cast<int>(year) - 1900;
  when.tm_mon = static_cast<int>(month) - 1;
  when.tm_mday = static_cast<int>(day);
  when.tm_hour = static_cast<int>(hour);
  when.tm_min = static_cast<int>(minute);
  when.tm_sec = static_cast<int>(second);
  const std::int64_t seconds = timegm(&when);
  return seconds < 0 || seconds > kLastDate ? std::nullopt : std::optional(seconds);
}

std::optional<std::uint32_t> parse_monthdays(std::string_view text) {
  std::uint32_t days = 0;
  for (const std::string_view part : split(text, ',')) {
    if (part.empty()) continue;
    const auto day = parse_number(part);
    if (!day || *day < 1 || *day > 31) return std::nullopt;
    days |= 1U << *day;
  }
  return days == 0 ? std::nullopt : std::optional(days);
}

/// Numbers from 1 (Monday) or names, of which two letters are enough.
std::optional<std::uint32_t> parse_weekdays(std::string_view text) {
  std::uint32_t days = 0;
  for (const std::string_view part : split(text, ',')) {
    if (part.empty()) continue;
    unsigned day = 0;
    if (const auto number = parse_number(part); number && *number >= 1 && *number <= 7)
      day = static_cast<unsigned>(*number);
    for (std::size_t i = 0; i < kWeekdays.size(); ++i)
      if (part.size() >= 2 && part.substr(0, 2) == kWeekdays[i].substr(0, 2)) day = static_cast<unsigned>(i + 1);
    if (day == 0) return std::nullopt;
    days |= 1U << day;
  }
  return days == 0 ? std::nullopt : std::optional(days);
}

void expect(const ModuleInput& module, std::string_view option, bool good, std::string_view what) {
  const OptionUse* use = module.find(option);
  if (use != nullptr && !good)
    module.error(use->value_span,
                 "`--" + std::string(option) + "` expects " + std::string(what) + ", got `" + use->text + '`');
}

template <typename Parse>
bool reads(const ModuleInput& module, std::string_view option, Parse parse) {
  const OptionUse* use = module.find(option);
  return use == nullptr || parse(use->text).has_value();
}

std::uint64_t clock_of(const ModuleInput& module, std::string_view option, std::uint64_t otherwise) {
  const OptionUse* use = module.find(option);
  return use == nullptr ? otherwise : parse_clock(use->text).value_or(otherwise);
}

std::int64_t date_of(const ModuleInput& module, std::string_view option, std::int64_t otherwise) {
  const OptionUse* use = module.find(option);
  return use == nullptr ? otherwise : parse_date(use->text).value_or(otherwise);
}

void check(const ModuleInput& module) {
  for (const std::string_view option : {"timestart", "timestop"})
    expect(module, option, reads(module, option, parse_clock), "a time of day `hh:mm[:ss]`");
  for (const std::string_view option : {"datestart", "datestop"})
    expect(module, option, reads(module, option, parse_date),
           "a date `YYYY[-MM[-DD[Thh[:mm[:ss]]]]]` from 1970 to 2038");
  expect(module, "monthdays", reads(module, "monthdays", parse_monthdays), "a comma list of days from 1 to 31");
  expect(module, "weekdays", reads(module, "weekdays", parse_weekdays), "a comma list of days such as `Mon` or 1");
  at_most_one(module, {"utc", "kerneltz"});
  const OptionUse* contiguous = module.find("contiguous");
  if (contiguous != nullptr && clock_of(module, "timestart", 0) <= clock_of(module, "timestop", kLastSecond))
    module.error(contiguous->span, "`--contiguous` needs a `--timestop` that is earlier than `--timestart`");
}

std::string clock_text(std::uint64_t seconds) {
  char text[32];
  std::snprintf(text, sizeof text, "%02u:%02u:%02u", static_cast<unsigned>(seconds / 3600),
                static_cast<unsigned>(seconds / 60 % 60), static_cast<unsigned>(seconds % 60));
  return text;
}

std::string date_text(std::int64_t seconds) {
  const std::time_t when = seconds;
  std::tm parts{};
  gmtime_r(&when, &parts);
  char text[40];
  std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &parts);
  return text;
}

/// Negation of days is printed as the list of the other days.
template <typename Parse>
std::uint32_t days_of(const ModuleInput& module, std::string_view option, std::uint32_t all, Parse parse) {
  const OptionUse* use = module.find(option);
  if (use == nullptr) return all;
  const std::uint32_t days = parse(use->text).value_or(all);
  return use->negated ? all & ~days : days;
}

void print_days(std::uint32_t monthdays, std::uint32_t weekdays, std::string& out) {
  char separator = ' ';
  if (monthdays != kAllMonthdays) {
    out += " --monthdays";
    for (unsigned day = 1; day <= 31; ++day) {
      if ((monthdays >> day & 1U) == 0) continue;
      out += std::exchange(separator, ',') + std::to_string(day);
    }
  }
  if (weekdays == kAllWeekdays) return;
  out += " --weekdays";
  separator = ' ';
  for (unsigned day = 1; day <= 7; ++day) {
    if ((weekdays >> day & 1U) == 0) continue;
    out += std::exchange(separator, ',');
    out += kWeekdays[day - 1];
  }
}

void print(const ModuleInput& module, std::string& out) {
  const std::uint64_t start = clock_of(module, "timestart", 0);
  const std::uint64_t stop = clock_of(module, "timestop", kLastSecond);
  if (start != 0 || stop != kLastSecond) out += " --timestart " + clock_text(start) + " --timestop " + clock_text(stop);
  print_days(days_of(module, "monthdays", kAllMonthdays, parse_monthdays),
             days_of(module, "weekdays", kAllWeekdays, parse_weekdays), out);
  const std::int64_t first = date_of(module, "datestart", 0);
  if (first != 0) out += " --datestart " + date_text(first);
  out += " --datestop " + date_text(date_of(module, "datestop", kLastDate));
  if (module.has("kerneltz")) out += " --kerneltz";
  if (module.has("contiguous")) out += " --contiguous";
}

void lower(const ModuleInput& module, Lowering& out) {
  ir::TimeTest test;
  test.day_start = static_cast<std::uint32_t>(clock_of(module, "timestart", 0));
  test.day_stop = static_cast<std::uint32_t>(clock_of(module, "timestop", kLastSecond));
  test.date_start = static_cast<std::uint32_t>(date_of(module, "datestart", 0));
  test.date_stop = static_cast<std::uint32_t>(date_of(module, "datestop", kLastDate));
  test.monthdays = days_of(module, "monthdays", kAllMonthdays, parse_monthdays);
  test.weekdays = static_cast<std::uint8_t>(days_of(module, "weekdays", kAllWeekdays, parse_weekdays));
  test.local_time = module.has("kerneltz");
  test.contiguous = module.has("contiguous");
  out.when(test);
}

}  // namespace

extern const Extension kMatchTime{
    .name = "time",
    .kind = ExtensionKind::kMatch,
    .options = kOptions,
    .check = check,
    .print = print,
    .lower = lower,
};

}  // namespace nfproof::compiler
