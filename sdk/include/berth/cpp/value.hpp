// SPDX-License-Identifier: MIT
//
// C++ values to berth_value and back: procedure parameters, database parameters, columns, settings.
//
//   boolean  bool                         text    std::string, std::string_view
//   integer  integers, enumerations       buffer  berth::Buffer, std::vector<std::byte>
//   real     float, double                client  berth::ClientId
#ifndef BERTH_CPP_VALUE_HPP
#define BERTH_CPP_VALUE_HPP

#include <concepts>
#include <limits>
#include <optional>
#include <type_traits>
#include <utility>

#include "types.hpp"

namespace berth::detail {

template <class T>
inline constexpr bool is_character =
    std::same_as<T, char> || std::same_as<T, wchar_t> || std::same_as<T, char8_t> ||
    std::same_as<T, char16_t> || std::same_as<T, char32_t>;

template <class T>
concept Boolean = std::same_as<T, bool>;
template <class T>
concept Integer = std::integral<T> && !Boolean<T> && !is_character<T>;
template <class T>
concept Enumeration = std::is_enum_v<T> && !std::same_as<T, ClientId> && !std::same_as<T, std::byte>;
template <class T>
concept Real = std::floating_point<T>;
template <class T>
concept Text = std::convertible_to<const T&, std::string_view> && !std::same_as<T, std::nullptr_t>;
template <class T>
concept Binary = !Text<T> && std::convertible_to<const T&, Buffer>;

template <class T>
struct IsOptional : std::false_type {};
template <class T>
struct IsOptional<std::optional<T>> : std::true_type {
    using Value = T;
};

/// The BERTH_... type as which T travels; BERTH_NULL when it can't.
template <class T>
constexpr std::uint32_t type_of() {
    if constexpr (Boolean<T>)
        return BERTH_BOOLEAN;
    else if constexpr (std::same_as<T, ClientId>)
        return BERTH_CLIENT;
    else if constexpr (Integer<T> || Enumeration<T>)
        return BERTH_INTEGER;
    else if constexpr (Real<T>)
        return BERTH_REAL;
    else if constexpr (Text<T>)
        return BERTH_TEXT;
    else if constexpr (Binary<T>)
        return BERTH_BUFFER;
    else
        return BERTH_NULL;
}

constexpr std::string_view type_name(std::uint32_t type) {
    switch (type) {
        case BERTH_NULL:
            return "null";
        case BERTH_BOOLEAN:
            return "boolean";
        case BERTH_INTEGER:
            return "integer";
        case BERTH_REAL:
            return "real";
        case BERTH_TEXT:
            return "text";
        case BERTH_BUFFER:
            return "buffer";
        case BERTH_CLIENT:
            return "client";
        default:
            return "unknown";
    }
}

inline berth_value integer_value(std::uint32_t type, std::int64_t number) noexcept {
    berth_value value{};
    value.type = type;
    value.as.integer = number;
    return value;
}

template <class T>
std::int64_t to_integer(T number) {
    if (!std::in_range<std::int64_t>(number))
        throw Error(Status::invalid, "an integer does not fit 64 bits with sign");
    return static_cast<std::int64_t>(number);
}

/// The value as its own type says. Bytes are borrowed from it.
template <class T>
berth_value encode(const T& from) {
    berth_value value{};
    if constexpr (IsOptional<T>::value)
        return from ? encode(*from) : value;
    else if constexpr (std::same_as<T, std::nullptr_t> || std::same_as<T, std::nullopt_t>)
        return value;
    else if constexpr (Boolean<T>)
        return integer_value(BERTH_BOOLEAN, from ? 1 : 0);
    else if constexpr (Integer<T>)
        return integer_value(BERTH_INTEGER, to_integer(from));
    else if constexpr (Enumeration<T>)
        return integer_value(BERTH_INTEGER, to_integer(static_cast<std::underlying_type_t<T>>(from)));
    else if constexpr (Real<T>) {
        value.type = BERTH_REAL;
        value.as.real = static_cast<double>(from);
        return value;
    } else if constexpr (std::same_as<T, ClientId>) {
        value.type = BERTH_CLIENT;
        value.as.client = static_cast<berth_client_id>(from);
        return value;
    } else if constexpr (Text<T>) {
        value.type = BERTH_TEXT;
        value.as.bytes = str(static_cast<std::string_view>(from));
        return value;
    } else {
        static_assert(Binary<T>,
                      "this type can't travel: use bool, integers, double, text, "
                      "berth::Buffer or berth::ClientId");
        const Buffer bytes = from;
        value.type = BERTH_BUFFER;
        value.as.bytes = {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
        return value;
    }
}

/// Whether an argument of type A may be given for a parameter of type P: integers for integers (the
/// range is checked as it travels), any number for a real, otherwise the same kind.
template <class P, class A>
constexpr bool fits() {
    if constexpr (Real<P>)
        return Real<A> || Integer<A>;
    else if constexpr (Enumeration<P>)
        return std::same_as<P, A>;
    else
        return type_of<P>() == type_of<A>() && !Enumeration<A>;
}

/// The argument as parameter type P.
template <class P, class A>
berth_value encode_as(const A& argument) {
    if constexpr (Real<P>)
        return encode(static_cast<double>(argument));
    else if constexpr (Integer<P>) {
        if (!std::in_range<P>(argument))
            throw Error(Status::invalid, "an integer does not fit the procedure's parameter");
        return encode(argument);
    } else
        return encode(argument);
}

/// Reads a value as T, or says what is wrong with it. Views borrow from the value.
template <class T>
struct Decoded {
    T value{};
    const char* wrong = nullptr;
};

template <class T>
Decoded<T> decode(const berth_value& from) {
    static_assert(type_of<T>() != BERTH_NULL,
                  "this type can't travel: use bool, integers, double, text, berth::Buffer or "
                  "berth::ClientId");
    if (from.type != type_of<T>()) return {{}, "of another type"};
    if constexpr (Boolean<T>)
        return {from.as.integer != 0, nullptr};
    else if constexpr (std::same_as<T, ClientId>)
        return {ClientId{from.as.client}, nullptr};
    else if constexpr (Enumeration<T>) {
        if (!std::in_range<std::underlying_type_t<T>>(from.as.integer)) return {{}, "out of range"};
        return {static_cast<T>(from.as.integer), nullptr};
    } else if constexpr (Integer<T>) {
        if (!std::in_range<T>(from.as.integer)) return {{}, "out of range"};
        return {static_cast<T>(from.as.integer), nullptr};
    } else if constexpr (Real<T>)
        return {static_cast<T>(from.as.real), nullptr};
    else if constexpr (Text<T>)
        return {T(view(from.as.bytes)), nullptr};
    else {
        const Buffer bytes = buffer(view(from.as.bytes));
        return {T(bytes.begin(), bytes.end()), nullptr};
    }
}

}  // namespace berth::detail

#endif
