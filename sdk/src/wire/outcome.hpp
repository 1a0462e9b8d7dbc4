// SPDX-License-Identifier: MIT
/// Either a value or the reason why there is none, for functions of the wire layer.
#pragma once

#include <utility>
#include <variant>

namespace berth::wire {

/// Holds a `T` or an `E`; the two must be different types. Reading the one that is not there throws
/// std::bad_variant_access, which is a bug of the caller.
template <class T, class E>
class Outcome {
public:
    Outcome(T value) : state_(std::in_place_index<0>, std::move(value)) {}
    Outcome(E error) : state_(std::in_place_index<1>, std::move(error)) {}

    [[nodiscard]] explicit operator bool() const noexcept { return state_.index() == 0; }

    [[nodiscard]] T& operator*() { return std::get<0>(state_); }
    [[nodiscard]] const T& operator*() const { return std::get<0>(state_); }
    [[nodiscard]] T* operator->() { return &std::get<0>(state_); }
    [[nodiscard]] const T* operator->() const { return &std::get<0>(state_); }
    [[nodiscard]] const E& error() const { return std::get<1>(state_); }

private:
    std::variant<T, E> state_;
};

}  // namespace berth::wire
