// SPDX-License-Identifier: MIT
#include "roles/doctor/trial_remarks.hpp"

namespace berth::host::roles {
namespace {

using elf::Finding;
using link::SlotEvent;

/// What the host does when that event fails, and what its author does about it (SEMANTICS: five events).
std::string remedy_for(SlotEvent event) {
    switch (event) {
        case SlotEvent::message:
        case SlotEvent::resumed:
            return "answer what a client may send without failing; the host closes the client of a failing " +
                   std::string(link::name_of(event)) + " with 1011";
        case SlotEvent::connection:
        case SlotEvent::context_create:
            return "refuse a client by its admission; the host answers 500 where " + std::string(link::name_of(event)) + " fails";
        case SlotEvent::disconnection:
            return "end what it has begun all the same; the client has gone, the host destroys its context whatever this answers";
        case SlotEvent::global_service:
            return "mend what it makes first, such as tables; the host lets clients in all the same, and runs it again at its next interval";
        case SlotEvent::stop:
            return "keep what is to last before the stop; the host ends the project all the same";
        case SlotEvent::procedure:
            return "check its parameters; nobody is closed, its status goes to the completion or the administrator that asked for it";
        case SlotEvent::save:
            return "answer the state, or none; the host keeps what was saved before";
        default:
            return "see what it wants; the host logs the sentence and goes on";
    }
}

/// The trial lets the global service run once.
std::string subject_of(const TrialWitness::Remark& remark) {
    if (remark.event == SlotEvent::global_service) return "the first run of its global service";
    const std::string event = link::name_of(remark.event);
    return remark.procedure.empty() ? event : event + " " + remark.procedure;
}

}  // namespace

std::vector<Finding> remarks_on(const TrialWitness& witness) {
    std::vector<Finding> findings;
    for (const auto& failure : witness.failures())
        findings.push_back({"event-fails", Finding::Severity::warning, subject_of(failure) + " failed: " + failure.error,
                            remedy_for(failure.event)});
    for (const auto& slow : witness.slow_events())
        findings.push_back({"slow-event", Finding::Severity::warning,
                            std::string(link::name_of(slow.event)) + " took " + std::to_string(slow.longest.count()) + " ms",
                            "work in pieces; a client's next event waits until this one returns"});
    for (const auto& [refusal, sentence] : witness.refusals()) {
        const std::string where = refusal.event == SlotEvent::none ? "on a thread of its own" : "in " + std::string(link::name_of(refusal.event));
        if (refusal.function == "context")
            findings.push_back({"foreign-context", Finding::Severity::warning, "uses another context than its event's " + where,
                                "keep a client's id, never its context: that is good only inside a call into it, and gone after its disconnection"});
        else
            findings.push_back({"invalid-call", Finding::Severity::warning,
                                "does what the host refuses " + where + ": " + refusal.function + ": " + sentence,
                                "mend it, and look at what each call answers: BERTH_INVALID is the author's fault"});
    }
    for (const auto& [event, what] : witness.left_open())
        findings.push_back({"left-open", Finding::Severity::warning, "leaves " + what + " open at the end of " + link::name_of(event),
                            "commit or roll back, and finalize, before the event returns; the host rolls back what is left"});
    return findings;
}

}  // namespace berth::host::roles
