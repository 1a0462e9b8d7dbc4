// SPDX-License-Identifier: MIT
// A shared list in the project's database. Each context has a connection of its own, opened on first use.
#include <berth/berth.hpp>

class List final : public berth::Project {
public:
    using Project::Project;

    void global_service() override {  // has run once before the first client is let in
        db().exec("create table if not exists item (id integer primary key, text text not null)");
    }

    void message(berth::ClientId from, berth::Message message) override {
        const std::string_view text = message.bytes;
        if (text == "list") {
            for (const auto& [id, item] : db().query<int, std::string>("select id, text from item order by id"))
                send(from, std::to_string(id) + " " + item);
        } else if (text == "clear") {
            auto write = db().write();  // rolled back unless committed
            const auto count = db().first<int>("select count(*) from item").value_or(0);
            db().exec("delete from item");
            write.commit();
            send(from, std::to_string(count) + " taken off");
        } else {
            db().exec("insert into item (text) values (?)", text);
            send(from, "number " + std::to_string(db().last_insert_id()));
        }
    }
};

BERTH_PROJECT(List)
