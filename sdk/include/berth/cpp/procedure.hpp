// SPDX-License-Identifier: MIT
//
// Procedures: member functions that can be executed by name in another context.
//
//   using Say = berth::Procedure<"say", &Chat::say>;
//   using Announce = berth::AdminProcedure<"announce", &Chat::announce>;
//   using procedures = berth::Procedures<Say, Announce>;
#ifndef BERTH_CPP_PROCEDURE_HPP
#define BERTH_CPP_PROCEDURE_HPP

#include <algorithm>
#include <array>
#include <tuple>

#include "value.hpp"

namespace berth {

/// A literal as a template argument.
template <std::size_t N>
struct Literal {
    char text[N]{};

    consteval Literal(const char (&from)[N]) {  // NOLINT: implicit, it stands for the literal
        std::copy_n(from, N, text);
    }
    constexpr std::string_view view() const { return {text, N - 1}; }
};

namespace detail {

template <class Function>
struct Member {
    static_assert(sizeof(Function) == 0, "a procedure is a member function that returns void");
};
template <class C, class... P>
struct Member<void (C::*)(P...)> {
    using Owner = C;
    using Parameters = std::tuple<std::remove_cvref_t<P>...>;
    static_assert(((!std::is_lvalue_reference_v<P> || std::is_const_v<std::remove_reference_t<P>>)&&...),
                  "a procedure takes its parameters by value or const reference");
};
template <class C, class... P>
struct Member<void (C::*)(P...) const> : Member<void (C::*)(P...)> {};
template <class C, class... P>
struct Member<void (C::*)(P...) noexcept> : Member<void (C::*)(P...)> {};
template <class C, class... P>
struct Member<void (C::*)(P...) const noexcept> : Member<void (C::*)(P...)> {};

/// Whether a procedure can be told of a completion: (integer tag, integer status).
template <class Tuple>
inline constexpr bool takes_tag_and_status = false;
template <class Tag, class State>
inline constexpr bool takes_tag_and_status<std::tuple<Tag, State>> =
    type_of<Tag>() == BERTH_INTEGER&& type_of<State>() == BERTH_INTEGER;

/// "(text, integer)", for the host's checks and for people.
template <class... P>
struct Signature {
    static constexpr std::size_t size = [] {
        std::size_t sum = 2 + (sizeof...(P) > 0 ? 2 * (sizeof...(P) - 1) : 0);
        ((sum += type_name(type_of<P>()).size()), ...);
        return sum;
    }();
    static constexpr std::array<char, size> text = [] {
        std::array<char, size> out{};
        std::size_t at = 0;
        const auto put = [&](std::string_view part) {
            for (char c : part) out[at++] = c;
        };
        put("(");
        ((put(at > 1 ? ", " : ""), put(type_name(type_of<P>()))), ...);
        put(")");
        return out;
    }();
};

template <class Tuple>
struct ParameterList;
template <class... P>
struct ParameterList<std::tuple<P...>> {
    static constexpr std::size_t count = sizeof...(P);
    static constexpr bool fits_completion = takes_tag_and_status<std::tuple<P...>>;
    static_assert(((type_of<P>() != BERTH_NULL) && ...),
                  "a procedure's parameters are bool, integers, double, text, berth::Buffer or "
                  "berth::ClientId");

    static constexpr std::string_view signature() {
        return {Signature<P...>::text.data(), Signature<P...>::text.size()};
    }

    template <class... A>
    static std::array<berth_value, count> encode(const A&... arguments) {
        static_assert(sizeof...(A) == count, "execute: the procedure has another number of parameters");
        if constexpr (sizeof...(A) == count) {
            static_assert((fits<P, A>() && ...),
                          "execute: an argument's type does not fit the procedure's parameter");
            if constexpr ((fits<P, A>() && ...)) return {encode_as<P>(arguments)...};
        }
    }

    /// Calls with the values decoded into the parameters; throws Error(invalid) if they don't fit.
    template <class Call>
    static void decode(std::string_view name, std::span<const berth_value> values, Call&& call) {
        if (values.size() != count)
            throw Error(Status::invalid, "procedure " + std::string(name) + " takes " +
                                             std::string(signature()) + ", not " +
                                             std::to_string(values.size()) + " parameters");
        [&]<std::size_t... I>(std::index_sequence<I...>) {
            call(one<P>(name, values[I], I + 1)...);
        }
        (std::index_sequence_for<P...>{});
    }

private:
    template <class T>
    static T one(std::string_view name, const berth_value& value, std::size_t position) {
        Decoded<T> decoded = detail::decode<T>(value);
        if (decoded.wrong)
            throw Error(Status::invalid, "procedure " + std::string(name) + " takes " +
                                             std::string(signature()) + ": parameter " +
                                             std::to_string(position) + " (" +
                                             std::string(type_name(value.type)) + ") is " + decoded.wrong);
        return std::move(decoded.value);
    }
};

}  // namespace detail

/// A member function that can be executed by name. Its parameters travel by value; views among them
/// are borrowed until it returns. It returns void.
template <Literal Name, auto Function, std::uint64_t Flags = 0>
struct Procedure {
    using Owner = typename detail::Member<decltype(Function)>::Owner;  ///< the class that has the function
    using Parameters = detail::ParameterList<typename detail::Member<decltype(Function)>::Parameters>;
    static constexpr auto function = Function;
    static constexpr std::uint64_t flags = Flags;
    static constexpr std::string_view name = Name.view();
    static_assert(!name.empty() && name.size() <= 64, "a procedure's name has 1 to 64 bytes");
};

/// One that an administrator may execute, too.
template <Literal Name, auto Function>
using AdminProcedure = Procedure<Name, Function, BERTH_PROCEDURE_ADMIN>;

/// A project's procedures: `using procedures = berth::Procedures<...>;`
template <class... P>
struct Procedures {
    static constexpr bool names_differ = [] {
        const std::array<std::string_view, sizeof...(P)> names{P::name...};
        for (std::size_t i = 0; i < names.size(); ++i)
            for (std::size_t j = 0; j < i; ++j)
                if (names[i] == names[j]) return false;
        return true;
    }();
    static constexpr bool has([[maybe_unused]] std::string_view name) { return ((P::name == name) || ...); }
};

namespace detail {

/// The list of a class that has none. Such a class may be the base of one that has, unless it is final.
struct NoProcedures : Procedures<> {};

/// Whether P can be executed by name: it stands in the list of its class.
template <class P>
constexpr bool is_listed() {
    if constexpr (requires { typename P::Owner::procedures; }) {
        if constexpr (!std::same_as<typename P::Owner::procedures, NoProcedures>)
            return P::Owner::procedures::has(P::name);
    }
    return !std::is_final_v<typename P::Owner>;
}

}  // namespace detail

/// What is to be told when an executed procedure has ended or never will run: procedure `Done`, with
/// parameters (integer tag, integer status), in the context that called or in `in`.
template <class Done>
struct Then {
    std::int64_t tag = 0;
    std::optional<ClientId> in;
};

/// The same by name.
struct ThenNamed {
    std::string_view procedure;
    std::int64_t tag = 0;
    std::optional<ClientId> in;
};

/// `execute<Say>(id, berth::then<Said>(7), "hello")` runs `said(7, status)` here afterwards.
template <class Done>
constexpr Then<Done> then(std::int64_t tag = 0, std::optional<ClientId> in = {}) {
    return {tag, in};
}
constexpr ThenNamed then(std::string_view procedure, std::int64_t tag = 0, std::optional<ClientId> in = {}) {
    return {procedure, tag, in};
}

}  // namespace berth

#endif
