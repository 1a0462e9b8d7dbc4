// SPDX-License-Identifier: MIT
#include "client/lookup.hpp"

#include <netdb.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <memory>
#include <mutex>
#include <optional>

#include "client/threads.hpp"

namespace berth::client::inner {

namespace {

/// getaddrinfo's answer.
struct Answer {
    int error = 0;
    int system_error = 0;
    std::vector<Address> addresses;
};

Answer ask(const std::string& host, std::uint16_t port, int flags) {
    addrinfo hints{};
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = flags | AI_NUMERICSERV;
    addrinfo* found = nullptr;
    Answer answer;
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

/// What the asking and the waiting thread share; whoever comes last frees it.
struct Question {
    Waker answered;
    std::mutex mutex;
    std::optional<Answer> answer;  ///< guarded by mutex
};

Outcome<std::vector<Address>> outcome(Answer answer, const std::string& host) {
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

Outcome<std::vector<Address>> look_up(const std::string& host, std::uint16_t port, Waiter& waiter,
                                      TimePoint deadline) {
    if (Answer numeric = ask(host, port, AI_NUMERICHOST); numeric.error == 0)
        return std::move(numeric.addresses);

    // Shared, because neither thread can wait for the other.
    const auto question = std::make_shared<Question>();
    start_thread("berth-lookup", [question, host, port] {
        Answer answer = ask(host, port, AI_ADDRCONFIG);
        const std::lock_guard lock{question->mutex};
        question->answer = std::move(answer);
        question->answered.wake();
    }).detach();

    std::array<pollfd, 2> descriptors{pollfd{.fd = question->answered.fd(), .events = POLLIN, .revents = 0}};
    switch (waiter.wait_unless_given_up(descriptors, deadline)) {
        case Waiter::Woke::deadline:
            return Failure{.status = BERTH_CLIENT_TIMEOUT,
                           .text = "looking up " + host + " took longer than the time limit"};
        case Waiter::Woke::called:
            return Failure{.status = BERTH_CLIENT_CLOSED, .text = "closed while looking up " + host};
        case Waiter::Woke::ready:
            break;
    }
    const std::lock_guard lock{question->mutex};
    return outcome(std::move(*question->answer), host);
}

}  // namespace berth::client::inner
