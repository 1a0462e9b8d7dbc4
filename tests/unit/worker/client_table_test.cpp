// SPDX-License-Identifier: MIT
#include "worker/client_table.hpp"

#include <gtest/gtest.h>

#include <thread>

namespace berth::host::worker {
namespace {

class ClientTables : public ::testing::Test {
protected:
    ContextPtr client(ClientId id) {
        link::Opening opening;
        opening.client = id;
        return std::make_shared<Context>(std::make_unique<Client>(opening), database, 64, 1 << 20);
    }
    /// What a visit to those ids finds, in turn.
    std::vector<Client*> visited(const std::vector<ClientId>& ids) const {
        std::vector<Client*> found;
        table.visit(ids, [&](ClientId id, Client* client) {
            EXPECT_EQ(id, ids[found.size()]);
            found.push_back(client);
        });
        return found;
    }

    db::Database database{{.directory = "/nonexistent"}};
    Topics topics{{.topics = 8, .of_client = 8}};
    ClientTable table{topics};
};

TEST_F(ClientTables, a_client_is_found_until_it_is_removed) {
    const ClientId id = make_client_id({.thread = 3, .slot = 77'000});
    const ContextPtr ana = client(id);
    EXPECT_EQ(table.find(id), nullptr);

    ASSERT_TRUE(table.add(ana));
    EXPECT_FALSE(table.add(client(id))) << "it is there already";
    EXPECT_EQ(table.find(id), ana);

    EXPECT_EQ(table.remove(id), ana);
    EXPECT_EQ(table.find(id), nullptr);
    EXPECT_EQ(table.remove(id), nullptr);
    EXPECT_EQ(ana->client->state.load(), ClientState::ended);
}

TEST_F(ClientTables, clients_whose_slot_is_the_same_are_told_apart_in_whatever_order_they_go) {
    std::vector<ClientId> ids;
    for (std::uint32_t reuse = 0; reuse < 3; ++reuse) ids.push_back(make_client_id({.reuse = reuse, .slot = 5}));
    ids.push_back(make_client_id({.incarnation = 1, .slot = 5}));

    for (std::size_t first = 0; first < ids.size(); ++first) {
        std::vector<ContextPtr> contexts;
        for (const ClientId id : ids) {
            contexts.push_back(client(id));
            ASSERT_TRUE(table.add(contexts.back()));
        }
        for (std::size_t k = 0; k < ids.size(); ++k) {
            const std::size_t gone = (first + k) % ids.size();
            EXPECT_EQ(table.remove(ids[gone]), contexts[gone]);
            for (std::size_t other = 0; other < ids.size(); ++other) {
                const bool is_left = (other + ids.size() - first) % ids.size() > k;
                EXPECT_EQ(table.find(ids[other]), is_left ? contexts[other] : nullptr) << first << k << other;
            }
        }
    }
}

TEST_F(ClientTables, a_visit_sees_each_of_the_ids_in_turn_and_nobody_where_there_is_none) {
    const ClientId here = make_client_id({.slot = 1}), beside = make_client_id({.slot = 2}), far = make_client_id({.slot = 5000});
    const ClientId elsewhere = make_client_id({.thread = 1, .slot = 1}), nobody = make_client_id({.slot = 3});
    std::vector<ContextPtr> contexts;
    for (const ClientId id : {here, beside, far, elsewhere}) {
        contexts.push_back(client(id));
        ASSERT_TRUE(table.add(contexts.back()));
    }
    const auto of = [&](std::size_t index) { return contexts[index]->client.get(); };
    EXPECT_EQ(visited({here, beside, nobody, far, elsewhere, make_client_id({.thread = 9, .slot = 1}), ClientId::global_service}),
              (std::vector<Client*>{of(0), of(1), nullptr, of(2), of(3), nullptr, nullptr}));
}

TEST_F(ClientTables, all_are_removed_at_once) {
    std::vector<ClientId> ids;
    for (std::uint32_t slot = 1; slot < 1000; slot += 7) {
        ids.push_back(make_client_id({.thread = slot % 3, .slot = slot}));
        ids.push_back(make_client_id({.reuse = 1, .thread = slot % 3, .slot = slot}));
    }
    for (const ClientId id : ids) {
        ASSERT_TRUE(table.add(client(id)));
        ASSERT_TRUE(table.accept(*table.find(id)->client, false));
    }
    EXPECT_EQ(table.list(nullptr, 0), ids.size());

    EXPECT_EQ(table.remove_all().size(), ids.size());
    EXPECT_EQ(table.list(nullptr, 0), 0u);
    for (const ClientId id : ids) EXPECT_EQ(table.find(id), nullptr);
}

TEST_F(ClientTables, threads_that_add_and_look_and_remove_do_not_meet) {
    std::vector<std::thread> threads;
    for (std::uint32_t t = 0; t < 4; ++t) {
        threads.emplace_back([&, t] {
            for (std::uint32_t round = 0; round < 20; ++round) {
                for (std::uint32_t slot = 1 + t; slot < 1200; slot += 4) {
                    const ClientId id = make_client_id({.reuse = round, .slot = slot});
                    const ContextPtr mine = client(id);
                    ASSERT_TRUE(table.add(mine));
                    ASSERT_EQ(table.find(id), mine);
                    (void)table.find(make_client_id({.slot = slot + 1}));
                    ASSERT_EQ(table.remove(id), mine);
                }
            }
        });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_TRUE(table.remove_all().empty());
}

}  // namespace
}  // namespace berth::host::worker
