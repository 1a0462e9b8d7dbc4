// SPDX-License-Identifier: MIT
// Contexts see nothing of each other; they execute procedures in one another, with parameters by value.
#include <berth/berth.hpp>

class Execute final : public berth::Project {
public:
    using Project::Project;

    void message(berth::ClientId from, berth::Message message) override {
        if (message.bytes == "how many?") {
            execute_global<Tell>(from);
            return;
        }
        execute_global<Count>(berth::then<Counted>());                            // in the global service's context
        for (const auto id : clients()) execute<Hear>(id, name_, message.bytes);  // in each client's
    }

    void hear(std::string_view who, std::string_view text) {  // here `name_` is that of the one who listens
        send(self(), name_ + " hears " + std::string(who) + " say " + std::string(text));
    }
    void count() { ++total_; }
    void counted(std::int64_t, berth::Status status) {  // when `count` has ended, or never will run
        if (status != berth::Status::ok) send(self(), "that was not counted");
    }
    void tell(berth::ClientId who) { send(who, std::to_string(total_) + " so far"); }
    void rename(std::string name) { name_ = name; }

    using Hear = berth::Procedure<"hear", &Execute::hear>;
    using Count = berth::Procedure<"count", &Execute::count>;
    using Counted = berth::Procedure<"counted", &Execute::counted>;
    using Tell = berth::Procedure<"tell", &Execute::tell>;
    using Rename = berth::AdminProcedure<"rename", &Execute::rename>;  // `berth execute` may run it
    using procedures = berth::Procedures<Hear, Count, Counted, Tell, Rename>;

private:
    std::string name_ = "somebody";  // each client's own
    int total_ = 0;                  // the global service's
};

BERTH_PROJECT(Execute)
