// SPDX-License-Identifier: MIT
// A board that everybody writes on: what one says, all get; who comes later gets the last of it.
#include <berth/berth.hpp>

class Board final : public berth::Project {
public:
    using Project::Project;

    void connection(const berth::Client& client, berth::Admission&) override { execute_global<Show>(client.id); }
    void message(berth::ClientId, berth::Message message) override { execute_global<Write>(message.bytes); }

    void write(std::string text) {
        text_ = std::move(text);
        send(clients(), text_);
    }
    void show(berth::ClientId who) { send(who, text_); }

    using Write = berth::Procedure<"write", &Board::write>;
    using Show = berth::Procedure<"show", &Board::show>;
    using procedures = berth::Procedures<Write, Show>;

private:
    std::string text_ = "write here";  // the global service's
};

BERTH_PROJECT(Board)
