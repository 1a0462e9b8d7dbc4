// SPDX-License-Identifier: MIT
// The sample configuration and the table of keys tell the same.
#include <algorithm>
#include <sstream>

#include "config/effective.hpp"
#include "config/keys.hpp"
#include "unit/config/loading.hpp"

namespace berth::host::config {
namespace {

std::string read(const std::filesystem::path& path) {
    std::ostringstream text;
    text << std::ifstream(path).rdbuf();
    return text.str();
}

/// The sample with its keys switched on: "#key = value" becomes "key = value", "#[table]" too.
/// Words are set off by "# ".
std::string switched_on(const std::string& sample) {
    std::istringstream lines(sample);
    std::string result;
    for (std::string line; std::getline(lines, line);) {
        if (line.size() > 1 && line[0] == '#' && line[1] != ' ' && line[1] != '#') line.erase(0, 1);
        result += line + "\n";
    }
    return result;
}

TEST(Sample, as_shipped_means_the_built_in_values) {
    const Loaded sample = loaded(read(BERTH_SAMPLE_CONFIGURATION));

    EXPECT_EQ(effective_json({sample.config, {}}), effective_json({loaded("").config, {}}));
}

TEST(Sample, has_every_key_and_its_built_in_value) {
    const Loaded sample = loaded(switched_on(read(BERTH_SAMPLE_CONFIGURATION)));

    std::string missing;
    for (const Key& key : keys()) {
        std::string name = key.full_name();
        if (key.section == Section::listen) name.replace(0, 6, "listen.0");
        if (key.section == Section::specific) name.replace(8, 4, "chat");
        const bool is_there = std::any_of(
            sample.origins.begin(), sample.origins.end(),
            [&](const auto& origin) { return origin.first == name || origin.first.starts_with(name + "."); });
        if (!is_there) missing += name + "\n";
    }
    EXPECT_EQ(missing, "");
    const Loaded built_in = loaded("[host]\nrun = '/run/berth'\n");
    EXPECT_EQ(effective_json({{.host = sample.config.host}, {}}),
              effective_json({{.host = built_in.config.host}, {}}));
    EXPECT_EQ(effective_json({{.defaults = sample.config.defaults}, {}}),
              effective_json({{.defaults = built_in.config.defaults}, {}}));
    EXPECT_EQ(sample.config.listen.at(0).address, built_in.config.listen.at(0).address);
    EXPECT_EQ(sample.config.listen.at(0).tls->minimum, TlsVersion::v1_2);
    EXPECT_EQ(sample.config.pages->address, Pages{}.address);
}

TEST(Sample, explains_every_key_in_the_words_of_the_table) {
    // Line breaks and the signs of comments are nobody's words.
    const auto words_of = [](std::string text) {
        std::replace(text.begin(), text.end(), '#', ' ');
        std::istringstream in(text);
        std::string words;
        for (std::string word; in >> word;) words += word + " ";
        return words;
    };
    const std::string sample = words_of(read(BERTH_SAMPLE_CONFIGURATION));

    for (const Key& key : keys())
        EXPECT_NE(sample.find(words_of(std::string(key.documentation))), std::string::npos)
            << key.full_name() << ": " << key.documentation;
}

TEST(Keys, have_names_kinds_and_words_that_fit) {
    for (const Key& key : keys()) {
        EXPECT_FALSE(key.documentation.empty()) << key.name;
        EXPECT_EQ(key.documentation.back(), '.') << key.name;
        EXPECT_EQ(key.kind == Kind::choice, !key.choices().empty()) << key.name;
        EXPECT_LE(key.bounds.min, key.bounds.max) << key.name;
        const bool is_unbounded = key.bounds.max == Bounds{}.max;
        EXPECT_EQ(is_unbounded,
                  key.kind != Kind::count && key.kind != Kind::bytes && key.kind != Kind::duration)
            << key.name << " needs bounds";
    }
}

TEST(Keys, have_defaults_that_load_accepts) {
    for (const Key& key : keys()) {
        const std::string value = key.default_toml();
        if (value.empty() || value == "\"\"" || key.section == Section::listen) continue;
        std::string name = key.full_name();
        if (key.section == Section::specific) name.replace(8, 4, "chat");
        EXPECT_EQ(refusal("", {.environment = {}, .command_line = {{name, value}}}), "")
            << name << " = " << value;
    }
}

}  // namespace
}  // namespace berth::host::config
