// SPDX-License-Identifier: MIT
#include "client/mailbox.hpp"

#include <algorithm>

#include "wire/close_code.hpp"
#include "wire/utf8.hpp"

namespace berth::client::inner {

namespace {

/// Waits for a condition under the lock; `never` must not reach the clock's arithmetic.
template <class Condition>
bool wait(std::condition_variable& changed, std::unique_lock<std::mutex>& lock, TimePoint until,
          Condition condition) {
    if (until == never) {
        changed.wait(lock, condition);
        return true;
    }
    return changed.wait_until(lock, until, condition);
}

}  // namespace

void Letters::push(Letter letter) {
    bytes_ += cost(letter.payload.size());
    letters_.push_back(std::move(letter));
}

void Letters::push_front(Letter letter) {
    bytes_ += cost(letter.payload.size());
    letters_.push_front(std::move(letter));
}

Letter Letters::pop() {
    Letter letter = std::move(letters_.front());
    letters_.pop_front();
    bytes_ -= cost(letter.payload.size());
    return letter;
}

std::size_t Letters::payload_bytes() const noexcept {
    return bytes_ - letters_.size() * overhead;
}

void Letters::clear() noexcept {
    letters_.clear();
    bytes_ = 0;
}

Mailbox::Mailbox(const Settings& settings, bool keeps_messages, Waiter& waiter)
    : receive_bytes_max_(settings.receive_bytes_max),
      receive_messages_max_(settings.receive_messages_max),
      send_bytes_max_(settings.send_bytes_max),
      offline_bytes_max_(settings.offline_bytes_max),
      offline_messages_max_(settings.offline_messages_max),
      reconnects_(settings.reconnect.is_on),
      keeps_messages_(keeps_messages),
      waiter_(waiter) {}

berth_client_status Mailbox::write(wire::MessageKind kind, std::string_view payload, TimePoint until) {
    if (kind == wire::MessageKind::text && !wire::is_valid_utf8(payload)) return BERTH_CLIENT_INVALID;
    std::unique_lock lock{mutex_};
    berth_client_status status = BERTH_CLIENT_TIMEOUT;
    const auto is_decided = [&] {
        if (phase_ == Phase::ended || close_ || (phase_ == Phase::leaving && !reconnects_)) {
            status = BERTH_CLIENT_CLOSED;
        } else if (phase_ != Phase::open && offline_bytes_max_ == 0) {
            status = BERTH_CLIENT_OFFLINE;
        } else if (fits(payload.size())) {
            status = BERTH_CLIENT_OK;
        } else if (payload.size() > (phase_ == Phase::open ? send_bytes_max_ : offline_bytes_max_)) {
            status = BERTH_CLIENT_FULL;
        } else {
            return false;
        }
        return true;
    };
    if (!wait(changed_, lock, until, is_decided)) return BERTH_CLIENT_TIMEOUT;
    if (status != BERTH_CLIENT_OK) return status;
    to_send_.push({kind, std::string{payload}});
    lock.unlock();
    waiter_.wake();
    return BERTH_CLIENT_OK;
}

bool Mailbox::fits(std::size_t payload_bytes) const {
    const bool open = phase_ == Phase::open;
    if (!open && to_send_.count() >= offline_messages_max_) return false;
    const std::size_t most = open ? send_bytes_max_ : offline_bytes_max_;
    const std::size_t used = to_send_.bytes() + (open ? in_flight_ : 0);
    return used == 0 ? payload_bytes <= most : used + Letters::cost(payload_bytes) <= most;
}

berth_client_status Mailbox::read(Letter& to, TimePoint until,
                                  const std::function<bool(std::size_t)>& makes_room) {
    if (!keeps_messages_) return BERTH_CLIENT_INVALID;
    std::unique_lock lock{mutex_};
    const bool decided =
        wait(changed_, lock, until, [&] { return !received_.empty() || phase_ == Phase::ended; });
    if (!decided) return BERTH_CLIENT_TIMEOUT;
    if (received_.empty()) return BERTH_CLIENT_CLOSED;
    if (!makes_room(received_.front().payload.size())) return BERTH_CLIENT_NO_RESOURCES;
    const bool was_full = is_receive_full();
    to = received_.pop();
    const bool has_room_again = was_full && !is_receive_full();
    lock.unlock();
    if (has_room_again) waiter_.wake();
    return BERTH_CLIENT_OK;
}

void Mailbox::close(std::uint16_t code, std::string_view reason) {
    {
        const std::lock_guard lock{mutex_};
        if (phase_ == Phase::ended || close_) return;
        close_ = CloseRequest{code, std::string{reason}};
    }
    changed_.notify_all();
    waiter_.give_up();
}

bool Mailbox::wait_open(TimePoint until) {
    {
        std::unique_lock lock{mutex_};
        wait(changed_, lock, until, [&] { return was_open_ || phase_ == Phase::ended; });
        if (was_open_) return true;
        // Under the lock under which it opens: it does one or the other.
        is_given_up_ = true;
        if (!close_) close_ = CloseRequest{wire::close_code::going_away, {}};
    }
    waiter_.give_up();
    return false;
}

berth_client_status Mailbox::wait_end(End& to, TimePoint until) {
    std::unique_lock lock{mutex_};
    if (!wait(changed_, lock, until, [&] { return phase_ == Phase::ended; })) return BERTH_CLIENT_TIMEOUT;
    to = end_;
    return BERTH_CLIENT_OK;
}

bool Mailbox::is_open() const {
    const std::lock_guard lock{mutex_};
    return phase_ == Phase::open && !close_;
}

std::string Mailbox::subprotocol() const {
    const std::lock_guard lock{mutex_};
    return subprotocol_;
}

std::size_t Mailbox::unsent_bytes() const {
    const std::lock_guard lock{mutex_};
    return to_send_.payload_bytes() + in_flight_;
}

bool Mailbox::opened(const std::string& subprotocol) {
    {
        const std::lock_guard lock{mutex_};
        if (is_given_up_) return false;
        phase_ = Phase::open;
        was_open_ = true;
        subprotocol_ = subprotocol;
    }
    changed_.notify_all();
    return true;
}

void Mailbox::leaving() {
    {
        const std::lock_guard lock{mutex_};
        if (phase_ != Phase::open) return;
        phase_ = Phase::leaving;
    }
    changed_.notify_all();
}

void Mailbox::interrupted() {
    {
        const std::lock_guard lock{mutex_};
        phase_ = Phase::interrupted;
        in_flight_ = 0;
        if (offline_bytes_max_ == 0) to_send_.clear();
    }
    changed_.notify_all();
}

void Mailbox::ended(const End& end) {
    {
        const std::lock_guard lock{mutex_};
        phase_ = Phase::ended;
        in_flight_ = 0;
        to_send_.clear();
        end_ = end;
    }
    changed_.notify_all();
}

std::optional<Letter> Mailbox::next_letter() {
    const std::lock_guard lock{mutex_};
    if (to_send_.empty()) return std::nullopt;
    Letter letter = to_send_.pop();
    in_flight_ += letter.payload.size();
    return letter;
}

void Mailbox::take_back(std::vector<Letter> letters) {
    const std::lock_guard lock{mutex_};
    in_flight_ = 0;
    for (; !letters.empty(); letters.pop_back()) to_send_.push_front(std::move(letters.back()));
}

void Mailbox::set_in_flight(std::size_t bytes) {
    {
        const std::lock_guard lock{mutex_};
        if (in_flight_ == bytes) return;
        in_flight_ = bytes;
    }
    changed_.notify_all();
}

wire::Flow Mailbox::deliver(wire::MessageKind kind, std::string_view payload) {
    bool is_full = false;
    {
        const std::lock_guard lock{mutex_};
        if (close_) return wire::Flow::go_on;
        received_.push({kind, std::string{payload}});
        is_full = is_receive_full();
    }
    changed_.notify_all();
    return is_full ? wire::Flow::pause : wire::Flow::go_on;
}

bool Mailbox::has_room() const {
    const std::lock_guard lock{mutex_};
    return close_ || !is_receive_full();
}

std::optional<CloseRequest> Mailbox::close_request() const {
    const std::lock_guard lock{mutex_};
    return close_;
}

bool Mailbox::is_closing() const {
    const std::lock_guard lock{mutex_};
    return close_.has_value();
}

bool Mailbox::is_receive_full() const {
    return received_.bytes() >= receive_bytes_max_ || received_.count() >= receive_messages_max_;
}

}  // namespace berth::client::inner
