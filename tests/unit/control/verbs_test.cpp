// SPDX-License-Identifier: MIT
#include "control/verbs.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

namespace berth::host::control {
namespace {

using nlohmann::json;

std::string refusal_of(std::string_view verb, const json& arguments) {
    const auto checked = check_arguments(*find_verb(verb), arguments);
    return checked ? "" : checked.error().message;
}

TEST(Verbs, know_their_arguments) {
    EXPECT_EQ(refusal_of("status", json::object()), "");
    EXPECT_EQ(
        refusal_of("clients", {{"project", "chat"}, {"idle_ms_min", 5}, {"after", "12"}, {"limit", 10}}), "");
    EXPECT_EQ(refusal_of("disconnect", {{"client", "12"}, {"code", 4000}, {"reason", "tea"}}), "");
    EXPECT_EQ(refusal_of("logs", {{"level", "warning"}, {"follow", true}}), "");
    EXPECT_EQ(refusal_of("stop", json::object()), "");
    EXPECT_EQ(refusal_of("stop", {{"project", "chat"}}), "");
    EXPECT_EQ(refusal_of("start", {{"project", "chat"}}), "");
    EXPECT_EQ(refusal_of("add", {{"file", "/x/chat.so"}, {"name", "chat"}}), "");
    EXPECT_EQ(refusal_of("add", {{"name", "chat"}}), "add: needs the argument file");
    EXPECT_EQ(refusal_of("remove", {{"project", "chat"}}), "");
    EXPECT_EQ(refusal_of("reload", json::object()), "");
    EXPECT_EQ(refusal_of("start", json::object()), "start: needs the argument project");
    EXPECT_EQ(refusal_of("open", json::object()), "") << "what drained the host";
    EXPECT_EQ(refusal_of("status", {{"project", "chat"}}), "status: takes no argument \"project\"");
}

TEST(Verbs, name_the_argument_that_is_wrong) {
    EXPECT_EQ(refusal_of("clients", {{"client", 12}}),
              "clients: argument client must be a client's id, a decimal number in a string");
    for (const char* id : {"", "0", "-1", "1x", " 1", "18446744073709551616", "0x1"}) {
        EXPECT_NE(refusal_of("clients", {{"client", id}}), "") << id;
    }
    EXPECT_EQ(refusal_of("clients", {{"client", "18446744073709551615"}}), "");
    for (const char* address : {"", "notanaddress", "203.0.113", "203.0.113.7:80", "[::1]"}) {
        EXPECT_EQ(refusal_of("disconnect", {{"address", address}}),
                  "disconnect: argument address must be an IP address, as 203.0.113.7 or 2001:db8::7")
            << address;
        EXPECT_NE(refusal_of("clients", {{"address", address}}), "") << address;
    }
    EXPECT_EQ(refusal_of("disconnect", {{"address", "2001:db8:0::7"}}), "");
    EXPECT_EQ(refusal_of("clients", {{"limit", UINT64_MAX}}),
              "clients: argument limit must be a whole number from 0 to 9223372036854775807");
    EXPECT_EQ(refusal_of("clients", {{"limit", INT64_MAX}}), "");
    EXPECT_EQ(refusal_of("logs", {{"level", "loud"}}),
              "logs: argument level must be debug, info, warning or error");
    EXPECT_EQ(refusal_of("logs", {{"follow", 1}}), "logs: argument follow must be true or false");
    EXPECT_EQ(refusal_of("open", {{"project", 7}}), "open: argument project must be a string");
    EXPECT_EQ(refusal_of("start", json::object()), "start: needs the argument project");
    EXPECT_EQ(refusal_of("send", {{"client", "1"}, {"kind", "image"}, {"payload", ""}}),
              "send: argument kind must be text or buffer");
}

TEST(Verbs, want_one_target) {
    EXPECT_EQ(refusal_of("disconnect", json::object()),
              "disconnect: needs exactly one of client, project or address");
    EXPECT_EQ(refusal_of("disconnect", {{"client", "1"}, {"project", "chat"}}),
              "disconnect: needs exactly one of client, project or address");
    EXPECT_EQ(refusal_of("execute", {{"procedure", "p"}}), "execute: needs one of client or project");
    EXPECT_EQ(refusal_of("execute", {{"procedure", "p"}, {"client", "1"}, {"project", "chat"}}), "");
}

TEST(Verbs, check_each_typed_argument_of_execute) {
    const auto refused = [](json typed) {
        return refusal_of(
            "execute",
            {{"project", "chat"}, {"procedure", "p"}, {"arguments", json::array({std::move(typed)})}});
    };
    EXPECT_EQ(refused({{"type", "text"}, {"value", "hi"}}), "");
    EXPECT_EQ(refused({{"type", "int"}, {"value", "-9223372036854775808"}}), "");
    EXPECT_EQ(refused({{"type", "real"}, {"value", 1.5}}), "");
    EXPECT_EQ(refused({{"type", "bool"}, {"value", false}}), "");
    EXPECT_EQ(refused({{"type", "buffer"}, {"value", "AAE="}}), "");
    EXPECT_EQ(refused({{"type", "client"}, {"value", "0"}}), "");

    EXPECT_EQ(refused({{"type", "int"}, {"value", 5}}),
              "execute: argument arguments[0] must be a whole number of 64 bits in a string");
    EXPECT_EQ(refused({{"type", "int"}, {"value", "9223372036854775808"}}),
              "execute: argument arguments[0] must be a whole number of 64 bits in a string");
    EXPECT_EQ(refused({{"type", "buffer"}, {"value", "AAE"}}),
              "execute: argument arguments[0] must be base64");
    EXPECT_EQ(refused({{"type", "buffer"}, {"value", "A==="}}),
              "execute: argument arguments[0] must be base64");
    EXPECT_EQ(refused({{"type", "date"}, {"value", "x"}}),
              "execute: argument arguments[0] must be of type text, int, real, bool, buffer or client");
    EXPECT_EQ(refused({{"type", "text"}}),
              "execute: argument arguments[0] must be an object {\"type\":…,\"value\":…}");
    EXPECT_EQ(refused("text:hi"),
              "execute: argument arguments[0] must be an object {\"type\":…,\"value\":…}");
}

TEST(Verbs, know_which_requests_change_something) {
    EXPECT_FALSE(is_mutating(*find_verb("service"), {{"project", "a"}}));
    EXPECT_TRUE(is_mutating(*find_verb("service"), {{"project", "a"}, {"run", true}}));
    for (const Verb& verb : all_verbs()) {
        EXPECT_FALSE(is_mutating(verb, json::object()) && verb.is_viewable) << verb.name;
    }
    EXPECT_EQ(find_verb("restart"), nullptr);
}

}  // namespace
}  // namespace berth::host::control
