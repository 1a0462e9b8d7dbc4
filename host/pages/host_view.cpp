// SPDX-License-Identifier: MIT
#include "pages/host_view.hpp"

#include <utility>

namespace berth::host::pages {

HostView::HostView(UniqueFd connection, std::chrono::milliseconds timeout)
    : client_(std::move(connection)), timeout_(timeout), thread_([this] { serve(); }) {}

HostView::~HostView() {
    {
        const MutexLock lock(mutex_);
        is_stopping_ = true;
    }
    wake_.notify_all();
    thread_.join();
}

void HostView::ask(const std::string& verb, Then then) {
    {
        const MutexLock lock(mutex_);
        if (queue_.size() < queue_max) {
            queue_.emplace_back(verb, std::move(then));
            then = nullptr;
        }
    }
    if (then)
        return then(
            tl::unexpected(control::Failure{control::ReplyCode::try_again, "too many wait for the host"}));
    wake_.notify_one();
}

HostView::Reply HostView::reply_to(const std::string& verb) {
    const auto now = std::chrono::steady_clock::now();
    Known& known = known_[verb];
    if (now - known.at >= fresh) {
        known.reply = client_.call({{"verb", verb}}, timeout_);
        known.at = std::chrono::steady_clock::now();
    }
    return known.reply;
}

void HostView::serve() {
    while (true) {
        std::pair<std::string, Then> task;
        {
            MutexLock lock(mutex_);
            while (queue_.empty() && !is_stopping_) wake_.wait(mutex_);
            if (is_stopping_) return;
            task = std::move(queue_.front());
            queue_.pop_front();
        }
        task.second(reply_to(task.first));
    }
}

}  // namespace berth::host::pages
