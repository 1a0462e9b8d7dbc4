// SPDX-License-Identifier: MIT
// Who is in which room. Pure: no host, no database.
#pragma once

#include <berth/berth.hpp>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

/// One who is in a room.
struct Person {
    std::string nick;
    std::string room;
};

/// All rooms; lives in the globals of the global service, so it needs no lock.
class Rooms {
public:
    /// Moves a client into a room under that name; a sentence when it can't be.
    std::optional<std::string> enter(berth::ClientId client, std::string room, std::string nick);
    /// Takes a client out of its room and returns where it was; nothing when it was in none.
    std::optional<Person> leave(berth::ClientId client);
    /// Takes out everybody but these and returns the rooms where somebody was missing.
    std::set<std::string> keep_only(const std::vector<berth::ClientId>& clients);
    const Person* find(berth::ClientId client) const;

    /// The clients in a room.
    std::vector<berth::ClientId> clients(std::string_view room) const;
    /// The names in a room, in order.
    std::vector<std::string> nicks(std::string_view room) const;
    /// Every room with the number of those in it.
    std::map<std::string, std::size_t> sizes() const;

private:
    std::map<berth::ClientId, Person> people_;
};

/// Why a name of a person or room is not usable; nothing when it is. 1 to 24 characters, none of them a
/// control character, no blank at either end.
std::optional<std::string> wrong_with_name(std::string_view what, std::string_view name);
