// SPDX-License-Identifier: MIT
//
// The interval grammar, once for all: the host reads configuration and annotations with it at run
// time, the C++ face checks an author's annotation with it while compiling. C++17, no dependency.
//
//   duration   = milliseconds | term { term }      "500"   "20 s"   "1 d 2 h 3 min 10 s 10 ms"
//   term       = number unit                       units d h min s ms, in falling order, each once
//   annotation = "" | "<interval=" duration ">"
//
// Numbers are whole, units ignore case, blanks between any two parts are optional. 0 is legal, 365 d
// is the longest.
#ifndef BERTH_DURATION_HPP
#define BERTH_DURATION_HPP

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace berth {

/// The longest duration, 365 d.
inline constexpr std::int64_t duration_max_ms = std::int64_t{365} * 24 * 60 * 60 * 1000;

/// What a project gets whose annotation is empty.
inline constexpr std::int64_t default_interval_ms = 10'000;

/// Why a text is no duration. `position` counts bytes from 0 and points at the part that is wrong;
/// `reason` is a sentence without a full stop and lives as long as the program.
struct DurationError {
    std::size_t position = 0;
    std::string_view reason;
};

/// Whole milliseconds, 0 to 365 d, or the error. True when there is no error.
struct DurationResult {
    std::int64_t milliseconds = 0;
    DurationError error;

    constexpr explicit operator bool() const noexcept { return error.reason.empty(); }
};

namespace detail {

/// Reads one text from left to right. `Refuse` turns (position, sentence) into the result: the
/// ordinary one stores them; the one of the C++ face can't run while compiling, so that the
/// compiler stops at the very line below that has the sentence.
template <class Refuse>
class DurationReader {
public:
    constexpr DurationReader(std::string_view text, Refuse refuse) : text_(text), refuse_(refuse) {}

    constexpr DurationResult duration() {
        skip_blanks();
        if (at_ == text_.size()) return refuse_(at_, "a duration is missing, such as 20 s");
        DurationResult sum;
        std::size_t smallest = 0;  // index + 1 of the last unit read
        for (; at_ < text_.size(); skip_blanks()) {
            const std::size_t start = at_;
            if (text_[at_] == '-') return refuse_(at_, "a duration is never negative");
            if (!is_digit()) return refuse_(at_, "a number is expected here");
            std::int64_t number = 0;
            for (; is_digit(); ++at_) {
                number = number * 10 + (text_[at_] - '0');
                if (number > duration_max_ms) return refuse_(start, "longer than 365 d");
            }
            if (at_ < text_.size() && (text_[at_] == '.' || text_[at_] == ','))
                return refuse_(at_, "numbers are whole: write 1 s 500 ms instead of 1.5 s");
            skip_blanks();
            const std::size_t unit_start = at_;
            const std::string_view unit = word();
            if (unit.empty()) {
                if (at_ == text_.size() && smallest == 0) return {number, {}};
                return refuse_(at_, "a unit is missing: d, h, min, s or ms");
            }
            if (same(unit, "m"))
                return refuse_(unit_start, "m is not a unit: write min for minutes or ms for milliseconds");
            std::size_t index = 0;
            while (index < unit_count && !same(unit, units[index].name)) ++index;
            if (index == unit_count) return refuse_(unit_start, "unknown unit: use d, h, min, s or ms");
            if (index + 1 == smallest) return refuse_(unit_start, "this unit came before: each unit once");
            if (index + 1 < smallest) return refuse_(unit_start, "units go from large to small, each once");
            smallest = index + 1;
            const std::int64_t room = duration_max_ms - sum.milliseconds;
            if (number > room / units[index].ms) return refuse_(start, "longer than 365 d");
            sum.milliseconds += number * units[index].ms;
        }
        return sum;
    }

    constexpr DurationResult annotation() {
        skip_blanks();
        if (at_ == text_.size()) return {default_interval_ms, {}};
        if (text_[at_] != '<') return refuse_(at_, "an annotation begins with <, as in <interval=20 s>");
        ++at_;
        skip_blanks();
        const std::size_t key = at_;
        if (word() != "interval")
            return refuse_(key, "unknown key: the only one is interval, as in <interval=20 s>");
        skip_blanks();
        if (at_ == text_.size() || text_[at_] != '=')
            return refuse_(at_, "= is missing, as in <interval=20 s>");
        ++at_;
        const std::size_t end = text_.find('>', at_);
        if (end == std::string_view::npos)
            return refuse_(text_.size(), "an annotation ends with >, as in <interval=20 s>");
        const std::string_view whole = text_;
        text_ = text_.substr(0, end);
        const DurationResult result = duration();
        if (!result) return result;
        text_ = whole;
        at_ = end + 1;
        skip_blanks();
        if (at_ < text_.size()) return refuse_(at_, "nothing may follow the annotation");
        return result;
    }

private:
    struct Unit {
        std::string_view name;
        std::int64_t ms;
    };
    static constexpr std::size_t unit_count = 5;
    static constexpr Unit units[unit_count] = {
        {"d", 86'400'000}, {"h", 3'600'000}, {"min", 60'000}, {"s", 1000}, {"ms", 1}};

    static constexpr char lower(char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
    }

    static constexpr bool same(std::string_view text, std::string_view lower_case) {
        if (text.size() != lower_case.size()) return false;
        for (std::size_t i = 0; i < text.size(); ++i)
            if (lower(text[i]) != lower_case[i]) return false;
        return true;
    }

    constexpr bool is_digit() const { return at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '9'; }

    constexpr void skip_blanks() {
        while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t')) ++at_;
    }

    constexpr std::string_view word() {
        const std::size_t start = at_;
        while (at_ < text_.size() && lower(text_[at_]) >= 'a' && lower(text_[at_]) <= 'z') ++at_;
        return text_.substr(start, at_ - start);
    }

    std::string_view text_;
    Refuse refuse_;
    std::size_t at_ = 0;
};

struct StoreRefusal {
    constexpr DurationResult operator()(std::size_t position, std::string_view reason) const {
        return {0, {position, reason}};
    }
};

}  // namespace detail

/// Reads a duration such as `20 s`, `3 Min 30s` or `500` (milliseconds). [any thread]
constexpr DurationResult parse_duration(std::string_view text) {
    return detail::DurationReader<detail::StoreRefusal>(text, {}).duration();
}

/// Reads the annotation of a global service, `<interval=20 s>`; the empty one is the default, 10 s.
/// Positions count from the start of the annotation. [any thread]
constexpr DurationResult parse_annotation(std::string_view text) {
    return detail::DurationReader<detail::StoreRefusal>(text, {}).annotation();
}

/// The shortest text that `parse_duration` reads as `milliseconds` (0 or more): "3 min 30 s", "0 s".
inline std::string format_duration(std::int64_t milliseconds) {
    if (milliseconds <= 0) return "0 s";
    const struct {
        const char* name;
        std::int64_t ms;
    } units[] = {{" d", 86'400'000}, {" h", 3'600'000}, {" min", 60'000}, {" s", 1000}, {" ms", 1}};
    std::string text;
    for (const auto& unit : units) {
        const std::int64_t number = milliseconds / unit.ms;
        milliseconds %= unit.ms;
        if (number == 0) continue;
        if (!text.empty()) text += ' ';
        text += std::to_string(number) + unit.name;
    }
    return text;
}

}  // namespace berth

#endif
