// SPDX-License-Identifier: MIT
/// The annotation of a global service and the duration within: a whole number of milliseconds, or the place that is wrong. A
/// project's table is judged by the same words.
#include <berth/duration.hpp>

#include "fuzz/target.hpp"
#include "wire/utf8.hpp"
#include "worker/manifest.hpp"

namespace berth::fuzz {

namespace {

using host::worker::Manifest;

constexpr std::string_view before = "<interval=";
constexpr std::size_t table_text_bytes_max = 4096;

void check_result(const DurationResult& result, std::size_t size) {
    if (!result) return promise(result.error.position <= size, "what is wrong is a place in the text");
    promise(result.milliseconds >= 0 && result.milliseconds <= duration_max_ms, "a duration is from 0 to 365 d");
}

void check_duration(std::string_view text) {
    const DurationResult duration = parse_duration(text);
    check_result(duration, text.size());
    if (duration) {
        const DurationResult again = parse_duration(format_duration(duration.milliseconds));
        promise(again && again.milliseconds == duration.milliseconds, "a duration written down means the same");
        promise(static_cast<bool>(parse_duration(" " + std::string(text) + "\t")), "blanks around it change nothing");
    }
    if (text.find('>') != std::string_view::npos) return;
    const DurationResult within = parse_annotation(std::string(before) + std::string(text) + ">");
    promise(static_cast<bool>(within) == static_cast<bool>(duration), "an annotation takes the durations there are");
    promise(within.milliseconds == duration.milliseconds, "and means the same");
    promise(within || within.error.position == before.size() + duration.error.position, "and finds the same fault in its own place");
}

void check_table(std::string_view annotation) {
    berth_project table{};
    table.struct_size = sizeof table;
    table.global_service_annotation = {annotation.data(), annotation.size()};
    const DurationResult expected = parse_annotation(annotation);
    const auto manifest = Manifest::judge(&table, "fuzzed");
    if (annotation.size() > table_text_bytes_max || !wire::is_valid_utf8(annotation))
        return promise(!manifest && manifest.error().id == "table-text", "a table has texts that are texts");
    promise(static_cast<bool>(manifest) == static_cast<bool>(expected), "a table is refused for what its annotation has wrong");
    if (manifest) return promise(manifest->interval.count() == expected.milliseconds, "the project has the interval that it declares");
    promise(manifest.error().id == "interval", "its fault has a name");
    const std::string& sentence = manifest.error().error.message;
    promise(sentence.find(expected.error.reason) != std::string::npos &&
                sentence.find("character " + std::to_string(expected.error.position + 1)) != std::string::npos,
            "its sentence says what is wrong, and where");
}

}  // namespace

std::vector<std::string> seeds() {
    return {"20 s",
            "500",
            "1 d 2 h 3 min 10 s 10 ms",
            "365 d",
            "366d",
            "0",
            "1.5 s",
            "-1 s",
            "5 m",
            "1 s 1 min",
            "99999999999999999999 h",
            "<interval=20 s>",
            " < interval = 3 Min 30S > ",
            "<interval=>",
            "<interval=20 s",
            "<intervall=20 s>",
            "<interval=1 s> x",
            "gr\xC3\xBC\xC3\x9F\xFF"};
}

}  // namespace berth::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text{reinterpret_cast<const char*>(data), size};
    berth::fuzz::check_duration(text);
    berth::fuzz::check_result(berth::parse_annotation(text), text.size());
    berth::fuzz::check_table(text);
    return 0;
}
