// SPDX-License-Identifier: MIT
#include "client/lookup.hpp"

#include <netdb.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

#include "client/threads.hpp"

namespace berth::client::inner {

/// getaddrinfo's answer.
struct LookupAnswer {
    int error = 0;
    int system_error = 0;
    std::vector<Address> addresses;
};

namespace {

LookupAnswer ask_system(const std::string& host, std::uint16_t port, int flags) {
    addrinfo hints{};
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = flags | AI_NUMERICSERV;
    addrinfo* found = nullptr;
    LookupAnswer answer;
    answer.error = getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found);
    answer.system_error = errno;
    if (answer.error != 0) return answer;
    for (const addrinfo* each = found; each != nullptr; each = each->ai_next) {
        if (each->ai_addrlen > sizeof(sockaddr_storage)) continue;
        Address& address = answer.addresses.emplace_back();
        std::memcpy(&address.storage, each->ai_addr, each->ai_addrlen);
        address.size = each->ai_addrlen;
    }
    freeaddrinfo(found);
    return answer;
}

Outcome<std::vector<Address>> outcome(LookupAnswer answer, const std::string& host) {
    if (answer.error == EAI_SYSTEM)
        return system_failure(BERTH_CLIENT_UNRESOLVED, "looking up " + host, answer.system_error);
    if (answer.error != 0 || answer.addresses.empty()) {
        return Failure{.status = BERTH_CLIENT_UNRESOLVED,
                       .text = "looking up " + host + ": " +
                               (answer.error != 0 ? gai_strerror(answer.error) : "no address")};
    }
    return std::move(answer.addresses);
}

}  // namespace

std::string Address::shown() const {
    std::array<char, NI_MAXHOST> host{};
    std::array<char, NI_MAXSERV> port{};
    if (getnameinfo(get(), size, host.data(), host.size(), port.data(), port.size(),
                    NI_NUMERICHOST | NI_NUMERICSERV) != 0) {
        return "an address";
    }
    return std::string{host.data()} + " port " + port.data();
}

/// What the asking and the waiting thread share, because neither can wait for the other; whoever comes last
/// frees it.
struct Lookup::Question {
    Waker answered;
    std::mutex mutex;
    std::optional<LookupAnswer> answer;  ///< guarded by mutex

    [[nodiscard]] bool is_answered() {
        const std::lock_guard lock{mutex};
        return answer.has_value();
    }
};

void Lookup::ask() {
    const auto question = std::make_shared<Question>();
    start_thread("berth-lookup", [question, host = host_, port = port_] {
        LookupAnswer answer = ask_system(host, port, AI_ADDRCONFIG);
        const std::lock_guard lock{question->mutex};
        question->answer = std::move(answer);
        question->answered.wake();
    }).detach();
    under_way_ = question;
}

Outcome<std::vector<Address>> Lookup::run(Waiter& waiter, TimePoint deadline) {
    if (LookupAnswer numeric = ask_system(host_, port_, AI_NUMERICHOST); numeric.error == 0)
        return std::move(numeric.addresses);

    // An answer that nobody waited for may be an old one.
    if (!under_way_ || under_way_->is_answered()) ask();
    std::array<pollfd, 2> descriptors{
        pollfd{.fd = under_way_->answered.fd(), .events = POLLIN, .revents = 0}};
    switch (waiter.wait_unless_given_up(descriptors, deadline)) {
        case Waiter::Woke::deadline:
            return Failure{.status = BERTH_CLIENT_TIMEOUT,
                           .text = "looking up " + host_ + " took longer than the time limit"};
        case Waiter::Woke::called:
            return Failure{.status = BERTH_CLIENT_CLOSED, .text = "closed while looking up " + host_};
        case Waiter::Woke::ready:
            break;
    }
    const auto question = std::exchange(under_way_, nullptr);
    const std::lock_guard lock{question->mutex};
    return outcome(std::move(*question->answer), host_);
}

}  // namespace berth::client::inner
