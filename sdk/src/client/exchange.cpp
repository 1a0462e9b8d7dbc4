// SPDX-License-Identifier: MIT
#include "client/exchange.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <deque>
#include <vector>

namespace berth::client::inner {

namespace {

/// Frames are made only as far ahead as this, so that what was not begun can still wait for the next
/// connection.
constexpr std::size_t output_bytes_ahead = 64 * 1024;
constexpr std::size_t input_bytes = 64 * 1024;

/// A letter whose frame waits in the output, from this byte on, counted from the first of the connection.
struct Framed {
    Letter letter;
    std::uint64_t begin = 0;
};

class Exchange {
public:
    Exchange(Opened& opened, const Session::Limits& limits, Mailbox& mailbox, Waiter& waiter, Random& random,
             Session::Deliver deliver)
        : stream_(*opened.stream),
          mailbox_(mailbox),
          waiter_(waiter),
          session_(limits, random, std::move(deliver), Clock::now()),
          input_(std::max(input_bytes, opened.first_bytes.size())) {
        input_end_ = opened.first_bytes.copy(input_.data(), opened.first_bytes.size());
    }

    End run() {
        for (;;) {
            take_letters();
            consume();
            flush();
            session_.tick(Clock::now());
            if (!session_.is_open()) mailbox_.leaving();
            if (session_.is_over()) {
                give_back();
                return session_.end();
            }
            if (!session_.output().empty() && !is_blocked_) continue;
            if (wait()) read();
        }
    }

private:
    void take_letters() {
        has_letters_ = false;
        if (!session_.is_open()) return;
        const auto wish = mailbox_.close_request();
        if (wish) session_.hurry(Clock::now());
        if (is_deaf_) {
            if (wish) session_.close(wish->code, wish->reason, Clock::now());
            return;
        }
        while (session_.output().size() < output_bytes_ahead) {
            auto letter = mailbox_.next_letter();
            if (!letter) {
                if (wish) session_.close(wish->code, wish->reason, Clock::now());
                return;
            }
            const std::uint64_t begin = sent_ + session_.output().size();
            session_.write(letter->kind, letter->payload);
            framed_.push_back({std::move(*letter), begin});
        }
        has_letters_ = true;
    }

    /// Gives the session what has come, as far as it and the mailbox want it.
    void consume() {
        const bool has_room = mailbox_.has_room();
        session_.pause(!has_room, Clock::now());
        if (input_begin_ == input_end_ || !has_room || !session_.wants_input()) return;
        const bool was_open = session_.is_open();
        const std::size_t framed = session_.output().size();
        input_begin_ +=
            session_.receive({input_.data() + input_begin_, input_end_ - input_begin_}, Clock::now());
        if (input_begin_ == input_end_) input_begin_ = input_end_ = 0;
        if (was_open && !session_.is_open()) withdraw(framed);
    }

    /// The server closes and reads no more messages: of the output up to `end`, only what was begun is sent.
    void withdraw(std::size_t end) {
        if (framed_.empty() || is_deaf_) return;
        const auto begin = static_cast<std::size_t>(framed_.front().begin - sent_);
        session_.output().erase(begin, end - begin);
        give_back();
    }

    void give_back() {
        std::vector<Letter> letters;
        for (Framed& framed : framed_) letters.push_back(std::move(framed.letter));
        framed_.clear();
        mailbox_.take_back(std::move(letters));
    }

    void flush() {
        std::string& output = session_.output();
        is_blocked_ = false;
        if (is_deaf_) output.clear();
        std::size_t sent = 0;
        while (!is_deaf_ && (sent < output.size() || stream_.has_unsent())) {
            const Moved written = stream_.write(std::string_view{output}.substr(sent));
            sent += written.bytes;
            // What the server said before it went can still be read; its close frame may be among it.
            if (written.io == Io::failed || written.io == Io::ended) is_deaf_ = true;
            if (written.io == Io::blocked) {
                is_blocked_ = true;
                break;
            }
        }
        output.erase(0, sent);
        sent_ += sent;
        while (!framed_.empty() && framed_.front().begin < sent_) framed_.pop_front();
        mailbox_.set_in_flight(output.size());
    }

    /// True when there is something to read.
    bool wait() {
        // While nothing is to be read or written a broken connection must not wake us again and again.
        const bool wants_bytes = input_begin_ == input_end_ && session_.wants_input() && mailbox_.has_room();
        const bool has_pending = wants_bytes && stream_.has_pending();
        const bool has_work = has_pending || (has_letters_ && !is_blocked_);
        short events = 0;
        if (wants_bytes) events |= POLLIN;
        if (is_blocked_) events |= POLLOUT;
        std::array<pollfd, 2> descriptors{
            pollfd{.fd = events != 0 ? stream_.fd() : -1, .events = events, .revents = 0}};
        waiter_.wait(descriptors, has_work ? Clock::now() : session_.due());
        return wants_bytes && (has_pending || (descriptors[0].revents & ~POLLOUT) != 0);
    }

    /// Reads once; messages that came before an end have been taken, for nothing is read while some wait.
    void read() {
        const Moved got = stream_.read(input_);
        if (got.io == Io::done) {
            input_end_ = got.bytes;
            consume();
        } else if (got.io == Io::ended) {
            session_.lost("the server ended the connection without a close frame");
        } else if (got.io == Io::failed) {
            session_.lost("the connection broke: " + stream_.problem());
        }
    }

    Stream& stream_;
    Mailbox& mailbox_;
    Waiter& waiter_;
    Session session_;
    std::vector<char> input_;
    std::size_t input_begin_ = 0, input_end_ = 0;
    std::deque<Framed> framed_;  ///< not begun to be sent
    std::uint64_t sent_ = 0;     ///< bytes of the connection so far
    bool has_letters_ = false;   ///< more wait in the mailbox
    bool is_blocked_ = false;    ///< the system takes no more at the moment
    bool is_deaf_ = false;       ///< the server takes nothing any more
};

}  // namespace

End exchange(Opened& opened, const Session::Limits& limits, Mailbox& mailbox, Waiter& waiter, Random& random,
             Session::Deliver deliver) {
    return Exchange{opened, limits, mailbox, waiter, random, std::move(deliver)}.run();
}

}  // namespace berth::client::inner
