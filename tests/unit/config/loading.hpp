// SPDX-License-Identifier: MIT
/// Words for tests of the configuration.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include "config/load.hpp"

namespace berth::host::config {

/// Loads a text that must be right.
inline Loaded loaded(std::string_view toml, const Overrides& overrides = {}) {
    auto result = load_text(toml, "berth.toml", overrides);
    EXPECT_TRUE(result) << (result ? "" : result.error().text());
    return result ? std::move(*result) : Loaded{};
}

/// All that is said about a text that is wrong; empty when it was accepted.
inline std::string refusal(std::string_view toml, const Overrides& overrides = {}) {
    const auto result = load_text(toml, "berth.toml", overrides);
    return result ? "" : result.error().text();
}

/// A directory that goes when the test does.
class Directory {
public:
    Directory() {
        std::string name = (std::filesystem::temp_directory_path() / "berth-config-XXXXXX").string();
        EXPECT_NE(mkdtemp(name.data()), nullptr);
        path_ = name;
    }
    ~Directory() { std::filesystem::remove_all(path_); }
    Directory(const Directory&) = delete;
    Directory& operator=(const Directory&) = delete;

    [[nodiscard]] const std::filesystem::path& path() const { return path_; }
    [[nodiscard]] std::filesystem::path write(const std::string& name, std::string_view text) const {
        std::filesystem::create_directories((path_ / name).parent_path());
        std::ofstream(path_ / name) << text;
        return path_ / name;
    }

private:
    std::filesystem::path path_;
};

}  // namespace berth::host::config
