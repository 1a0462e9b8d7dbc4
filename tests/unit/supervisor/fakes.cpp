// SPDX-License-Identifier: MIT
#include "fakes.hpp"

#include <unistd.h>

#include <algorithm>
#include <stdexcept>

namespace berth::test {

using namespace host;
using namespace host::supervisor;
using nlohmann::json;

Timers::Id FakeTimers::after(Milliseconds delay, std::function<void()> callback) {
    const Id id = next_++;
    timers_.emplace(std::pair{now_ + delay, id}, std::move(callback));
    return id;
}

void FakeTimers::cancel(Id id) {
    std::erase_if(timers_, [id](const auto& timer) { return timer.first.second == id; });
}

void FakeTimers::pass(Milliseconds time) {
    const TimePoint until = now_ + time;
    while (!timers_.empty() && timers_.begin()->first.first <= until) {
        auto node = timers_.extract(timers_.begin());
        now_ = std::max(now_, node.key().first);
        node.mapped()();
    }
    now_ = until;
}

void FakeTimers::sleep_through(Milliseconds time) {
    now_ += time;
    pass(Milliseconds{0});
}

void FakeProcess::says(json message) {
    static const std::map<std::string, std::string> asked_by{{"started", "start"}, {"paused", "pause"}};
    if (const auto asked = asked_by.find(message["type"]); asked != asked_by.end() && !message.contains("step")) {
        message["step"] = last(asked->second)["step"];
    }
    handlers.message(message);
}

void FakeProcess::runs(ClientId client, int signal) {
    link::Slot& slot = slots.value().at(0);
    slot.client = value_of(client);
    slot.seq = 1;
    slot.in_project = 1;
    slot.signal = static_cast<std::uint32_t>(signal);
    slot.event = static_cast<std::uint32_t>(link::SlotEvent::message);
}

std::size_t FakeProcess::got(const std::string& type) const {
    return static_cast<std::size_t>(std::count_if(received.begin(), received.end(),
                                                  [&](const json& message) { return message["type"] == type; }));
}

json FakeProcess::last(const std::string& type) const {
    for (auto message = received.rbegin(); message != received.rend(); ++message) {
        if ((*message)["type"] == type) return *message;
    }
    return nullptr;
}

void FakeProcess::replies(const std::string& type, json body) {
    const json request = last(type);
    if (request.is_null()) throw std::logic_error("there was no request " + type);
    body["type"] = "reply";
    body["request"] = request["request"];
    says(body);
}

namespace {

class FakeChild final : public Child {
public:
    explicit FakeChild(std::shared_ptr<FakeProcess> process) : process_(std::move(process)) {}
    ~FakeChild() override { process_->is_destroyed = true; }

    [[nodiscard]] pid_t pid() const override { return 1234; }
    void send(const json& message, std::span<const int> fds) override {
        process_->received.push_back(message);
        process_->fds.push_back(fds.size());
        // Its own descriptor, as a process has it: the sender's ends with this call.
        if (message["type"] == "init") process_->slots.emplace(link::SlotTable::open(UniqueFd(::dup(fds.back()))).value());
    }
    void signal(int number, const std::string& reason) override {
        process_->signals.push_back(number);
        if (process_->reason.empty()) process_->reason = reason;
    }
    void hang_up() override { process_->is_hung_up = true; }

private:
    const std::shared_ptr<FakeProcess> process_;
};

}  // namespace

Result<std::unique_ptr<Child>> FakeChildren::start(const ChildSpec& spec, Child::Handlers handlers) {
    if (!next_failure.empty()) return fail(Code::system, std::exchange(next_failure, {}));
    processes_.push_back(std::make_shared<FakeProcess>());
    processes_.back()->spec = spec;
    processes_.back()->handlers = std::move(handlers);
    return std::make_unique<FakeChild>(processes_.back());
}

std::vector<std::shared_ptr<FakeProcess>> FakeChildren::all(const std::string& process) const {
    std::vector<std::shared_ptr<FakeProcess>> found;
    for (const auto& candidate : processes_) {
        if (candidate->spec.process == process) found.push_back(candidate);
    }
    return found;
}

FakeProcess& FakeChildren::newest(const std::string& process) const {
    const auto found = all(process);
    if (found.empty()) throw std::logic_error("no " + process + " was started");
    return *found.back();
}

}  // namespace berth::test
