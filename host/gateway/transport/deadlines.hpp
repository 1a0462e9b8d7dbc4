// SPDX-License-Identifier: MIT
/// Deadlines that all lie equally far ahead: a list in order of setting is a list in order of time.
///
/// One list per kind (TLS handshake, head, close, blocked write). Setting, clearing and asking for what is
/// due cost the same with one connection and with a hundred thousand; libwebsockets' own time-outs walk a
/// sorted list.
#pragma once

#include "base/clock.hpp"

namespace berth::host::transport {

class Connection;
class DeadlineList;

/// A connection's place in one list. The connection must clear it before it goes.
class Deadline {
public:
    explicit Deadline(Connection& owner) : owner_(owner) {}
    Deadline(const Deadline&) = delete;
    Deadline& operator=(const Deadline&) = delete;
    ~Deadline() { clear(); }

    [[nodiscard]] bool is_set() const { return list_ != nullptr; }
    void clear();

private:
    friend class DeadlineList;
    Connection& owner_;
    TimePoint at_{};
    Deadline* previous_ = nullptr;
    Deadline* next_ = nullptr;
    DeadlineList* list_ = nullptr;
};

class DeadlineList {
public:
    /// Puts the deadline last, moving it from wherever it was. `at` isn't before that of any other in here.
    void set(Deadline& deadline, TimePoint at) {
        deadline.clear();
        deadline.at_ = at;
        deadline.list_ = this;
        deadline.previous_ = last_;
        (last_ ? last_->next_ : first_) = &deadline;
        last_ = &deadline;
    }
    /// A connection whose deadline has come, taken out of the list; nullptr when there is none.
    [[nodiscard]] Connection* take_due(TimePoint now) {
        if (first_ == nullptr || first_->at_ > now) return nullptr;
        Connection& owner = first_->owner_;
        first_->clear();
        return &owner;
    }
    [[nodiscard]] bool is_empty() const { return first_ == nullptr; }

private:
    friend class Deadline;
    Deadline* first_ = nullptr;
    Deadline* last_ = nullptr;
};

inline void Deadline::clear() {
    if (list_ == nullptr) return;
    (previous_ ? previous_->next_ : list_->first_) = next_;
    (next_ ? next_->previous_ : list_->last_) = previous_;
    previous_ = next_ = nullptr;
    list_ = nullptr;
}

}  // namespace berth::host::transport
