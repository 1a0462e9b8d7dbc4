// SPDX-License-Identifier: MIT
/// Where a scenario is played: the host of berth/testing.hpp, or the real one.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace berth::test {

/// Takes what clients do and writes down what they meet. Clients have names; where an id is the
/// answer, that is written.
class Stage {
public:
    using Headers = std::vector<std::pair<std::string, std::string>>;

    virtual ~Stage() = default;

    /// Asks to connect; 101 or a refusal goes into the transcript, for one accepted `id` is asked for.
    void connect(const std::string& who, const std::string& target, const Headers& headers = {});
    /// Says it ("$ben" stands for ben's id), and each of the listeners hears one message.
    void says(const std::string& who, const std::string& text, const std::vector<std::string>& listeners);
    void sends(const std::string& who, const std::string& buffer);
    void leaves(const std::string& who, unsigned code, const std::string& reason);
    void vanishes(const std::string& who);
    /// The connection has ended, and its context too.
    void ends(const std::string& who);
    /// A procedure by an administrator, in a client's context or ("") the global service's.
    void executes(const std::string& in, const std::string& procedure, const std::string& text,
                  const std::vector<std::string>& listeners);

    /// The transcript, when everything has been stopped.
    std::vector<std::string> finish();

protected:
    struct Answer {
        unsigned status = 0;
        std::string body;
        std::string subprotocol;
    };

    virtual Answer do_connect(const std::string& who, const std::string& target, const Headers& headers) = 0;
    virtual void do_say(const std::string& who, const std::string& text) = 0;
    virtual void do_send(const std::string& who, const std::string& buffer) = 0;
    virtual std::string do_hear(const std::string& who) = 0;
    virtual void do_leave(const std::string& who, unsigned code, const std::string& reason) = 0;
    virtual void do_vanish(const std::string& who) = 0;
    /// "CODE REASON", as the peer has seen it.
    virtual std::string do_end(const std::string& who) = 0;
    /// "" or the sentence of the failure.
    virtual std::string do_execute(const std::string& in, const std::string& procedure, const std::string& text) = 0;
    virtual void do_stop() = 0;
    /// What the project `witness` has written down.
    virtual std::vector<std::string> events() = 0;
    /// Waits until such a line is there.
    virtual void await_event(const std::string& line) = 0;

    [[nodiscard]] std::string id_of(const std::string& who) const { return ids_.at(who); }

private:
    void write(const std::string& line);
    [[nodiscard]] std::string with_ids(std::string text) const;
    [[nodiscard]] std::string with_names(const std::string& text) const;

    std::map<std::string, std::string> ids_;  ///< by name
    std::map<std::string, bool> is_there_;  ///< was accepted
    std::vector<std::string> transcript_;
};

/// What is played: a project of tests/fixtures, as its operator configured it.
struct Play {
    std::string project;
    std::map<std::string, std::string> settings{};
    std::function<void(Stage&)> scenario;
};

std::unique_ptr<Stage> virtual_stage(const Play& play);
std::unique_ptr<Stage> real_stage(const Play& play, const std::string& isolation);

}  // namespace berth::test
