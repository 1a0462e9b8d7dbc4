// SPDX-License-Identifier: MIT
#include "worker/value.hpp"

#include <bit>

#include "wire/utf8.hpp"

namespace berth::host::worker {
namespace {

Result<Value> copy_one(const berth_value& from) {
    Value value;
    value.type = from.type;
    switch (from.type) {
        case BERTH_BOOLEAN:
            if (from.as.integer != 0 && from.as.integer != 1)
                return fail(Code::invalid, "is a boolean, but neither 0 nor 1");
            value.integer = from.as.integer;
            return value;
        case BERTH_INTEGER: value.integer = from.as.integer; return value;
        case BERTH_REAL: value.real = from.as.real; return value;
        case BERTH_CLIENT: value.integer = std::bit_cast<std::int64_t>(from.as.client); return value;
        case BERTH_TEXT:
        case BERTH_BUFFER: {
            const berth_str bytes = from.as.bytes;
            if (bytes.size != 0 && bytes.data == nullptr) return fail(Code::invalid, "has a size, but no data");
            if (bytes.size != 0) value.bytes.assign(bytes.data, bytes.size);
            if (from.type == BERTH_TEXT && !wire::is_valid_utf8(value.bytes))
                return fail(Code::invalid, "is text, but not valid UTF-8");
            return value;
        }
        default: return fail(Code::invalid, "is of unknown type " + std::to_string(from.type));
    }
}

constexpr const char* type_names[] = {"null", "boolean", "integer", "real", "text", "buffer", "client"};

}  // namespace

Result<std::vector<Value>> copy_of(const berth_value* values, std::size_t count) {
    if (count != 0 && values == nullptr) return fail(Code::invalid, "there are parameters, but no array of them");
    if (count > parameters_max)
        return fail(Code::invalid, "more than " + std::to_string(parameters_max) + " parameters");
    std::vector<Value> copies;
    copies.reserve(count);
    for (std::size_t i = 0; i < count; ++i) {
        auto copy = copy_one(values[i]);
        if (!copy) return fail("parameter " + std::to_string(i + 1) + " ", std::move(copy).error());
        copies.push_back(std::move(*copy));
    }
    return copies;
}

berth_value view_of(const Value& value) {
    berth_value view{};
    view.type = value.type;
    switch (value.type) {
        case BERTH_REAL: view.as.real = value.real; break;
        case BERTH_CLIENT: view.as.client = std::bit_cast<berth_client_id>(value.integer); break;
        case BERTH_TEXT:
        case BERTH_BUFFER: view.as.bytes = {value.bytes.data(), value.bytes.size()}; break;
        default: view.as.integer = value.integer; break;
    }
    return view;
}

const char* name_of_type(std::uint32_t type) {
    return type <= BERTH_CLIENT ? type_names[type] : type_names[BERTH_NULL];
}

std::uint32_t type_named(std::string_view name) {
    for (std::uint32_t type = BERTH_BOOLEAN; type <= BERTH_CLIENT; ++type) {
        if (name == type_names[type]) return type;
    }
    return BERTH_NULL;
}

}  // namespace berth::host::worker
