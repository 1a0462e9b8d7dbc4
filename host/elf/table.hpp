// SPDX-License-Identifier: MIT
/// A project's table as its entry would return it, read from the file without running the entry.
#pragma once

#include <berth/berth.h>

#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "elf/finding.hpp"

namespace berth::host::elf {

class Image;

/// A copy that owns its texts. Hooks and procedures have addresses that must not be called.
class ProjectTable {
public:
    /// Reads it where the entry does nothing but return the address of constant data, as BERTH_EXPORT_PROJECT and
    /// BERTH_PROJECT make it for x86-64. Otherwise the sentence says why only running it would tell; it is no fault
    /// of the library. A table that contradicts itself so that it can not be copied is not read either.
    static tl::expected<ProjectTable, std::string> read(std::span<const std::byte> file);

    /// What the entry returns; null when it returns null. Lives as long as this object.
    [[nodiscard]] const berth_project* get() const { return is_null_ ? nullptr : table_.get(); }

private:
    bool copy(const Image& image, std::uint64_t address);
    bool copy_text(const Image& image, std::uint64_t address, berth_str& text);
    bool copy_procedures(const Image& image, std::uint64_t address);

    bool is_null_ = false;
    std::unique_ptr<berth_project> table_ = std::make_unique<berth_project>();
    std::vector<berth_procedure> procedures_;
    std::deque<std::string> texts_;  // Their addresses stay when there are more, and when this is moved.
};

/// What a function returns whose code does no more than return an address or null: the address (0: null). x86-64;
/// `address` is that of `code`. Nothing for any other code, or another machine.
[[nodiscard]] std::optional<std::uint64_t> returned_address(const Image& image, std::uint64_t address);

}  // namespace berth::host::elf
