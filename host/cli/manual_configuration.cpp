// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include "cli/format.hpp"
#include "cli/manual.hpp"
#include "cli/roff.hpp"
#include "config/format.hpp"
#include "config/keys.hpp"

namespace berth::host::cli {
namespace {

using config::Key;
using config::Section;

struct Part {
    Section section;
    std::string_view title;
    std::string_view words;
};

constexpr Part parts[] = {
    {Section::host, "TABLE [host]", "The host as a whole."},
    {Section::listen, "TABLES [[listen]]", "Where WebSocket clients connect: one table for each address."},
    {Section::pages, "TABLE [pages]", "Pages for people, figures for machines. Without the table there are none."},
    {Section::general, "TABLE [defaults]",
     "Every project. The same keys may stand in [project.NAME] for one project, and win there."},
    {Section::specific, "TABLES [project.NAME]",
     "One project. All keys of [defaults] may stand here, and those below only here. A project needs no table: a library "
     "in the plugins directory is enough."},
};

std::string bound_text(const Key& key, std::uint64_t value) {
    switch (key.kind) {
        case config::Kind::bytes: return config::format_bytes(value);
        case config::Kind::duration: return duration_text(std::chrono::milliseconds(static_cast<std::int64_t>(value)));
        default: return std::to_string(value);
    }
}

bool has_bounds(const Key& key) {
    return key.kind == config::Kind::count || key.kind == config::Kind::bytes || key.kind == config::Kind::duration;
}

/// "A size such as "64 KiB", from 1 B to 16 MiB; default "64 KiB"."
std::string nature_of(const Key& key) {
    std::string text;
    const auto choices = key.choices();
    for (const auto choice : choices) text += (text.empty() ? "One of \"" : ", \"") + std::string(choice) + "\"";
    if (choices.empty()) text = "Expects " + std::string(config::expectation(key.kind));
    if (has_bounds(key)) {
        text += ", from " + bound_text(key, key.bounds.min) + " to " + bound_text(key, key.bounds.max);
        if (key.bounds.zero_allowed && key.bounds.min > 0) text += ", or 0";
    }
    const std::string built_in = key.default_toml();
    text += (built_in.empty() ? "" : "; default " + built_in) + ".";
    if (key.effect != config::Effect::at_once) text += " A change holds " + std::string(config::name_of(key.effect)) + ".";
    return text;
}

}  // namespace

std::string configuration_manual() {
    std::string text = roff_head("berth.toml", 5, BERTH_VERSION);
    text += roff_section("NAME") + "berth.toml \\- configuration of the WebSocket application server berth\n";
    text += roff_section("DESCRIPTION");
    text += roff_paragraphs(
        "TOML, read when the host starts and again by `berth reload`, SIGHUP and when a file changes: all of it or nothing.\n"
        "An unknown key, a wrong unit or a value out of bounds is refused with file, line, column and what to write instead;\n"
        "what runs goes on unchanged. `berth check` tells it before, `berth config --effective` shows every value of the\n"
        "files and where it comes from. A change holds at once unless a key says otherwise, and no connection is cut.\n"
        "\n"
        "In this order, the later winning:\n"
        "  1. built-in values\n"
        "  2. the file: --config FILE, else BERTH_CONFIG, else /etc/berth/berth.toml\n"
        "  3. conf.d/*.toml beside it, in the order of their names\n"
        "  4. the environment: BERTH_HOST__STATE=/srv/berth for host.state\n"
        "  5. --set host.state=/srv/berth\n"
        "\n"
        "Times are \"20 s\" or \"1 h 30 min\" (units d h min s ms), sizes \"64 KiB\" (units B KiB MiB GiB). Keys with a dot stand\n"
        "in a table of their own: limits.message of [defaults] is message in [defaults.limits].");
    for (const Part& part : parts) {
        text += roff_section(part.title) + roff_paragraphs(part.words);
        for (const Key& key : config::keys()) {
            if (key.section != part.section) continue;
            text += roff_item(roff_bold(key.name), std::string(key.documentation) + "\n" + nature_of(key));
        }
    }
    text += roff_section("EXAMPLE");
    text += roff_literal(
        "[[listen]]\n"
        "address = \"0.0.0.0:7681\"\n"
        "tls = { certificate = \"/etc/berth/cert.pem\", key = \"/etc/berth/key.pem\" }\n"
        "\n"
        "[defaults.limits]\n"
        "message = \"64 KiB\"\n"
        "\n"
        "[project.chat]\n"
        "origins = [\"chat.example.org\"]\n"
        "interval = \"20 s\"\n");
    text += roff_section("SEE ALSO") + ".BR berth (1)\n";
    return text;
}

}  // namespace berth::host::cli
