// SPDX-License-Identifier: MIT
#include "worker/manifest.hpp"

#include <algorithm>
#include <berth/duration.hpp>
#include <cstddef>
#include <cstring>

#include "base/log.hpp"
#include "wire/utf8.hpp"
#include "worker/text.hpp"

namespace berth::host::worker {
namespace {

/// All that is not a hook; a hook may be absent, these may not.
constexpr std::size_t size_min = offsetof(berth_project, load);
/// Far beyond any table that will ever be: a size that was never set.
constexpr std::size_t size_max = 64u << 10;
constexpr std::size_t text_bytes_max = 4096;

Result<void> check_texts(const berth_project& table) {
    const std::pair<berth_str, const char*> texts[] = {
        {table.name, "name"},
        {table.version, "version"},
        {table.global_service_annotation, "global_service_annotation"}};
    for (const auto& [text, member] : texts) {
        if (text.size != 0 && text.data == nullptr)
            return fail(Code::invalid, std::string("its ") + member + " has a size, but no data");
        if (text.size > text_bytes_max)
            return fail(Code::invalid, std::string("its ") + member + " is longer than 4096 bytes");
        if (!wire::is_valid_utf8(view(text)))
            return fail(Code::invalid, std::string("its ") + member + " is not valid UTF-8");
    }
    return {};
}

Result<Milliseconds> interval_of(std::string_view annotation) {
    const auto parsed = parse_annotation(annotation);
    if (parsed) return Milliseconds(parsed.milliseconds);
    return fail(Code::invalid, "annotation " + in_quotes(annotation) + ", character " +
                                   std::to_string(parsed.error.position + 1) + ": " +
                                   std::string(parsed.error.reason));
}

/// A bare number is milliseconds (SEMANTICS: the interval); whoever writes one elsewhere means seconds. 0 needs no unit.
std::string remark_on(std::string_view annotation, Milliseconds interval) {
    const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
    const std::string_view value = annotation.substr(std::min(annotation.size(), annotation.find('=')));
    if (value.empty() || interval.count() == 0 || std::any_of(value.begin(), value.end(), is_letter)) return {};
    const std::string number = std::to_string(interval.count());
    return "annotation " + in_quotes(annotation) + " is " + number + " ms; write the unit: <interval=" + number + " s> or <interval=" +
           number + " ms>";
}

tl::unexpected<TableFault> fault(std::string id, std::string sentence) {
    return tl::unexpected<TableFault>({std::move(id), {Code::invalid, std::move(sentence)}});
}

}  // namespace

bool is_project_name(std::string_view name) {
    const auto plain = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
    return !name.empty() && name.size() <= 64 && plain(name.front()) &&
           std::all_of(name.begin(), name.end(), [&](char c) { return plain(c) || c == '_' || c == '-'; });
}

tl::expected<Manifest, TableFault> Manifest::judge(const berth_project* given, std::string_view stem) {
    if (given == nullptr)
        return fault("no-table", "its entry returned no table; return the address of a static berth_project");
    const std::size_t size = given->struct_size;
    const std::string remedy = "; set it to sizeof(berth_project)";
    if (size == 0) return fault("table-size", "its table has struct_size 0" + remedy);
    if (size < size_min || size > size_max)
        return fault("table-size", "its table has struct_size " + std::to_string(size) +
                                       ", which no table of this ABI has" + remedy);

    Manifest manifest;
    berth_project& table = manifest.table;
    // A hook that the size cuts in the middle is not there: all of them are pointers.
    const std::size_t known = std::min(size, sizeof(table));
    std::memcpy(&table, given, known - known % sizeof(void*));
    if (table.abi_minor_required > BERTH_ABI_MINOR)
        return fault("later-minor", "needs ABI " + std::to_string(BERTH_ABI_MAJOR) + "." +
                                        std::to_string(table.abi_minor_required) + ", this host provides " +
                                        std::to_string(BERTH_ABI_MAJOR) + "." + std::to_string(BERTH_ABI_MINOR) +
                                        "; update the host");
    if (size > sizeof(table))
        log::info("a project's table is longer than this host knows; the rest is ignored",
                  {{"project", stem}, {"bytes", size}, {"known", sizeof(table)}});

    if (auto texts = check_texts(table); !texts) return fault("table-text", std::move(texts.error().message));
    manifest.name = table.name.size == 0 ? std::string(stem) : std::string(view(table.name));
    if (!is_project_name(manifest.name))
        return fault("project-name", "its name " + in_quotes(manifest.name) +
                                         " is none; use 1 to 64 of a-z, 0-9, _ and -, beginning with a letter or digit");
    manifest.version = std::string(view(table.version));
    manifest.abi_minor = table.abi_minor_required;
    manifest.flags = table.flags;
    auto interval = interval_of(view(table.global_service_annotation));
    if (!interval) return fault("interval", std::move(interval.error().message));
    manifest.interval = *interval;
    manifest.interval_remark = remark_on(view(table.global_service_annotation), *interval);
    auto procedures = Procedures::read(table.procedures, table.procedure_count);
    if (!procedures) return fault("procedures", std::move(procedures.error().message));
    manifest.procedures = std::move(*procedures);
    return manifest;
}

Result<Manifest> Manifest::read(const berth_project* table, std::string_view stem) {
    auto manifest = judge(table, stem);
    if (!manifest) return tl::unexpected<Error>(std::move(manifest.error().error));
    return std::move(*manifest);
}

}  // namespace berth::host::worker
