// SPDX-License-Identifier: MIT
#include "room.hpp"

#include <algorithm>
#include <utility>

std::optional<std::string> wrong_with_name(std::string_view what, std::string_view name) {
    const auto characters =
        std::count_if(name.begin(), name.end(), [](char c) { return (c & 0xC0) != 0x80; });
    const auto is_control = [](char c) { return (static_cast<unsigned char>(c) < 0x20) || c == 0x7F; };
    if (characters == 0 || characters > 24) return "a " + std::string(what) + " has 1 to 24 characters";
    if (std::any_of(name.begin(), name.end(), is_control))
        return "a " + std::string(what) + " has no control characters";
    if (name.front() == ' ' || name.back() == ' ')
        return "a " + std::string(what) + " neither begins nor ends with a blank";
    return std::nullopt;
}

std::optional<std::string> Rooms::enter(berth::ClientId client, std::string room, std::string nick) {
    if (auto wrong = wrong_with_name("room", room)) return wrong;
    if (auto wrong = wrong_with_name("name", nick)) return wrong;
    for (const auto& [other, person] : people_)
        if (other != client && person.room == room && person.nick == nick)
            return "somebody in " + room + " is called " + nick + " already";
    people_.insert_or_assign(client, Person{std::move(nick), std::move(room)});
    return std::nullopt;
}

std::optional<Person> Rooms::leave(berth::ClientId client) {
    const auto found = people_.extract(client);
    if (found.empty()) return std::nullopt;
    return found.mapped();
}

std::set<std::string> Rooms::keep_only(const std::vector<berth::ClientId>& clients) {
    const std::set<berth::ClientId> there(clients.begin(), clients.end());
    std::set<std::string> rooms;
    std::erase_if(people_, [&](const auto& entry) {
        if (there.contains(entry.first)) return false;
        rooms.insert(entry.second.room);
        return true;
    });
    return rooms;
}

const Person* Rooms::find(berth::ClientId client) const {
    const auto found = people_.find(client);
    return found == people_.end() ? nullptr : &found->second;
}

std::vector<berth::ClientId> Rooms::clients(std::string_view room) const {
    std::vector<berth::ClientId> found;
    for (const auto& [client, person] : people_)
        if (person.room == room) found.push_back(client);
    return found;
}

std::vector<std::string> Rooms::nicks(std::string_view room) const {
    std::vector<std::string> found;
    for (const auto& [client, person] : people_)
        if (person.room == room) found.push_back(person.nick);
    std::sort(found.begin(), found.end());
    return found;
}

std::map<std::string, std::size_t> Rooms::sizes() const {
    std::map<std::string, std::size_t> sizes;
    for (const auto& [client, person] : people_) ++sizes[person.room];
    return sizes;
}
