// SPDX-License-Identifier: MIT
/// Procedures of a project by name, and what they take.
#pragma once

#include <berth/berth.h>

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "worker/value.hpp"

namespace berth::host::worker {

/// The parameter types of a procedure: "(text who, integer count)", "()" for none, names optional. An empty
/// text is not checked.
class Signature {
public:
    static Result<Signature> parse(std::string_view text);

    /// Whether the parameters fit; the error says which does not, and why.
    [[nodiscard]] Result<void> check(const std::vector<Value>& args) const;
    [[nodiscard]] const std::string& text() const { return text_; }

private:
    std::string text_;
    bool is_checked_ = false;
    std::vector<std::uint32_t> types_;
};

struct Procedure {
    std::string name;
    Signature signature;
    berth_procedure_fn run = nullptr;
    std::uint64_t flags = 0;  ///< BERTH_PROCEDURE_...
};

/// All procedures of a project. Immutable once built, so pointers into it stay valid.
class Procedures {
public:
    /// Checks names (1 to 64 bytes of UTF-8, unique), signatures and functions.
    static Result<Procedures> read(const berth_procedure* table, std::size_t count);

    [[nodiscard]] const Procedure* find(std::string_view name) const;
    /// In the order of their names.
    [[nodiscard]] const std::map<std::string, Procedure, std::less<>>& all() const { return by_name_; }

private:
    std::map<std::string, Procedure, std::less<>> by_name_;
};

}  // namespace berth::host::worker
