// SPDX-License-Identifier: MIT
//
// Clients that outlive their process (berth.resume/1): which members go along, in one line.
//
//   using resumes = berth::Resumes<&Chat::nick_, &Chat::rooms_>;
#ifndef BERTH_CPP_RESUME_HPP
#define BERTH_CPP_RESUME_HPP

#include <cstring>

#include "../ext/resume.h"
#include "value.hpp"

namespace berth {

/// What a client brings along into its new context.
struct Resumption {
    bool has_state = false;       ///< the members listed in `resumes` have their saved values
    bool was_interrupted = false;  ///< an event of this client was cut off by the death of its process, and is not run again
};

namespace detail {

template <class T>
struct IsList : std::false_type {};
template <class T, class A>
struct IsList<std::vector<T, A>> : std::bool_constant<!std::same_as<T, std::byte>> {};

/// Appends values to a state. Native byte order: a state never leaves its machine.
class StateWriter {
public:
    explicit StateWriter(std::string& to) : to_(to) {}

    template <class T>
    void write(const T& from) {
        if constexpr (IsList<T>::value) {
            number(from.size());
            for (const auto& one : from) write(static_cast<const typename T::value_type&>(one));
        } else if constexpr (IsOptional<T>::value) {
            number(from ? 1u : 0u);
            if (from) write(*from);
        } else {
            const berth_value value = encode(from);
            if (value.type == BERTH_TEXT || value.type == BERTH_BUFFER) {
                number(value.as.bytes.size);
                to_.append(view(value.as.bytes));
            } else {
                to_.append(reinterpret_cast<const char*>(&value.as), sizeof(std::int64_t));
            }
        }
    }
    void number(std::uint64_t value) { to_.append(reinterpret_cast<const char*>(&value), sizeof value); }

private:
    std::string& to_;
};

/// Reads them back; false, and nothing more is read, when they are not there.
class StateReader {
public:
    explicit StateReader(std::string_view from) : from_(from) {}

    template <class T>
    bool read(T& to) {
        if constexpr (IsList<T>::value) {
            std::uint64_t count = 0;
            if (!number(count) || count > from_.size()) return false;
            to.clear();
            for (; count > 0; --count) {
                typename T::value_type one{};
                if (!read(one)) return false;
                to.push_back(std::move(one));
            }
            return true;
        } else if constexpr (IsOptional<T>::value) {
            std::uint64_t is_there = 0;
            if (!number(is_there) || is_there > 1) return false;
            to.reset();
            return is_there == 0 || read(to.emplace());
        } else {
            berth_value value{};
            value.type = type_of<T>();
            if (value.type == BERTH_TEXT || value.type == BERTH_BUFFER) {
                std::uint64_t size = 0;
                if (!number(size) || size > from_.size()) return false;
                value.as.bytes = str(from_.substr(0, size));
                from_.remove_prefix(size);
            } else {
                if (from_.size() < sizeof(std::int64_t)) return false;
                std::memcpy(&value.as, from_.data(), sizeof(std::int64_t));
                from_.remove_prefix(sizeof(std::int64_t));
            }
            Decoded<T> decoded = decode<T>(value);
            if (decoded.wrong) return false;
            to = std::move(decoded.value);
            return true;
        }
    }
    bool number(std::uint64_t& value) {
        if (from_.size() < sizeof value) return false;
        std::memcpy(&value, from_.data(), sizeof value);
        from_.remove_prefix(sizeof value);
        return true;
    }
    bool at_end() const { return from_.empty(); }

private:
    std::string_view from_;
};

/// A number for the types of a list, so that another version's list is not misread.
template <class T>
constexpr std::uint64_t shape_of(std::uint64_t before) {
    constexpr std::uint64_t step = 1099511628211u;  // FNV-1a, 64 bits
    if constexpr (IsList<T>::value) {
        return shape_of<typename T::value_type>((before ^ 101u) * step);
    } else if constexpr (IsOptional<T>::value) {
        return shape_of<typename IsOptional<T>::Value>((before ^ 102u) * step);
    } else {
        static_assert(type_of<T>() != BERTH_NULL && !std::same_as<T, std::string_view> && !std::same_as<T, Buffer>,
                      "resumes: a member is bool, a number, std::string, std::vector<std::byte> or berth::ClientId, "
                      "or a std::vector or std::optional of these");
        return (before ^ type_of<T>()) * step;
    }
}

template <class Member>
struct MemberObject;
template <class C, class T>
struct MemberObject<T C::*> {
    using Type = T;
};

}  // namespace detail

/// The members that go along when a client goes on in another process: `using resumes = berth::Resumes<...>;`, public
/// and after the members, makes the project one that resumes. Without members it resumes with fresh globals, which
/// `.stateless = true` says as well.
template <auto... Member>
struct Resumes {
    static constexpr std::uint64_t shape = [] {
        std::uint64_t sum = 14695981039346656037u;
        ((sum = detail::shape_of<typename detail::MemberObject<decltype(Member)>::Type>(sum)), ...);
        return sum;
    }();

    template <class T>
    static std::string save(const T& project) {
        std::string state;
        detail::StateWriter writer(state);
        writer.number(shape);
        (writer.write(project.*Member), ...);
        return state;
    }

    /// False when the state is another list's; the members that were read before are then as they were read.
    template <class T>
    static bool load(T& project, std::string_view state) {
        detail::StateReader reader(state);
        std::uint64_t found = 0;
        return reader.number(found) && found == shape && (reader.read(project.*Member) && ...) && reader.at_end();
    }
};

}  // namespace berth

#endif
