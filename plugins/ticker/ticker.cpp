// SPDX-License-Identifier: MIT
// Prices that move by themselves, sent to those who watch them. The protocol is in README.md.
//
// The global service reads from a table how much prices may move, moves them, and reads from another which
// clients watch what. Each client keeps its own subscription in its own globals.
#include <berth/berth.hpp>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <random>
#include <set>

namespace {

using berth::ClientId;
using nlohmann::json;

constexpr std::size_t symbols_max = 32;  // that one client may watch

constexpr const char* schema = R"(
    create table if not exists parameter (name text primary key, value real not null) without rowid;
    insert or ignore into parameter values ('volatility', 0.004);
    create table if not exists symbol (symbol text primary key, name text not null, price real not null) without rowid;
    insert or ignore into symbol values
        ('ANCR', 'Anchor Works', 42.50), ('BUOY', 'Buoy & Sons', 17.20), ('CRGO', 'Cargo Lines', 128.00),
        ('DOCK', 'Dock Holding', 63.75), ('HULL', 'Hull Yards', 9.80), ('TIDE', 'Tide Power', 231.40);
    create table if not exists watcher (client integer not null, symbol text not null, primary key (symbol, client))
        without rowid;
)";

double cents(double price) {
    return std::round(price * 100) / 100;
}

}  // namespace

class Ticker final : public berth::Project {
public:
    using Project::Project;
    static constexpr berth::Manifest manifest{
        .name = "ticker", .version = "1.0.0", .global_service = "<interval=1 s>"};

    // ---- events of the clients' contexts

    void connection(const berth::Client& client, berth::Admission&) override {
        execute_global<List>(client.id);
        for (const std::string_view symbol : request().queries("watch")) watch(std::string(symbol));
    }

    void message(ClientId, berth::Message message) override {
        const json wish = message.is_text ? json::parse(message.bytes, nullptr, false) : json{};
        const auto symbol = wish.is_object() ? wish.value("symbol", json{}) : json{};
        if (!symbol.is_string())
            return complain(R"(messages are texts such as {"do":"watch","symbol":"TIDE"})");
        const auto what = wish.value("do", json{});
        if (what == "watch") return watch(symbol.get<std::string>());
        if (what == "unwatch") return unwatch(symbol.get<std::string>());
        complain("\"do\" is one of watch, unwatch");
    }

    void disconnection(ClientId, const berth::Close&) override { execute_global<Forget>(self()); }

    // ---- events of the global service's context

    void global_service() override {
        if (!is_prepared_) prepare();
        move_prices(parameter("volatility"));
        tell_watchers();
    }

    // ---- procedures of the global service's context

    void list(ClientId client) {
        json symbols = json::array();
        for (const auto& [symbol, name, price] : db().query<std::string, std::string, double>(
                 "select symbol, name, price from symbol order by symbol"))
            symbols.push_back({{"symbol", symbol}, {"name", name}, {"price", price}});
        send(client, json{{"is", "symbols"}, {"symbols", symbols}}.dump());
    }

    void add(ClientId client, std::string symbol) {
        const auto price = db().first<double>("select price from symbol where symbol = ?", symbol);
        if (!price) {
            execute<Unknown>(client, symbol);
            return;
        }
        db().exec("insert or ignore into watcher (client, symbol) values (?, ?)", client, symbol);
        send(client,
             json{{"is", "prices"}, {"prices", {{symbol, {{"price", *price}, {"change", 0.0}}}}}}.dump());
    }

    void remove(ClientId client, std::string symbol) {
        db().exec("delete from watcher where client = ? and symbol = ?", client, symbol);
    }

    void forget(ClientId client) { db().exec("delete from watcher where client = ?", client); }

    /// For the administrator: how much a price moves in a step, as a share of it; 0 stops the prices.
    void volatility(double share) {
        if (!(share >= 0 && share <= 0.5)) throw berth::Error("volatility is from 0 to 0.5");
        if (!is_global_service())
            throw berth::Error("volatility belongs to the global service: leave the client out");
        db().exec("update parameter set value = ? where name = 'volatility'", share);
    }

    // ---- procedure of the clients' contexts

    void unknown(std::string symbol) {
        symbols_.erase(symbol);
        complain("there is no symbol " + symbol);
    }

    using List = berth::Procedure<"list", &Ticker::list>;
    using Add = berth::Procedure<"add", &Ticker::add>;
    using Remove = berth::Procedure<"remove", &Ticker::remove>;
    using Forget = berth::Procedure<"forget", &Ticker::forget>;
    using Volatility = berth::AdminProcedure<"volatility", &Ticker::volatility>;
    using Unknown = berth::Procedure<"unknown", &Ticker::unknown>;
    using procedures = berth::Procedures<List, Add, Remove, Forget, Volatility, Unknown>;

private:
    void watch(std::string symbol) {
        if (symbols_.size() >= symbols_max)
            return complain("at most " + std::to_string(symbols_max) + " symbols");
        if (!symbols_.insert(symbol).second) return complain("you watch " + symbol + " already");
        if (execute_global<Add>(self(), symbol) == berth::Sent::queued) return;
        symbols_.erase(symbol);  // The global service's queue is bounded like every other.
        complain("too busy, watch " + symbol + " again");
    }

    void unwatch(std::string symbol) {
        if (symbols_.erase(symbol) == 0) return complain("you do not watch " + symbol);
        execute_global<Remove>(self(), symbol);
    }

    void complain(std::string_view text) { send(self(), json{{"is", "error"}, {"text", text}}.dump()); }

    void prepare() {
        db().exec(schema);
        db().exec("delete from watcher");  // Of the run before: nobody of them is here.
        is_prepared_ = true;
    }

    double parameter(std::string_view name) {
        return db().first<double>("select value from parameter where name = ?", name).value_or(0);
    }

    void move_prices(double volatility) {
        changes_.clear();
        auto write = db().write();
        std::map<std::string, double> prices;
        for (const auto& [symbol, price] :
             db().query<std::string, double>("select symbol, price from symbol")) {
            const double moved = std::max(0.01, cents(price * (1 + volatility * step_(random_))));
            if (moved == price) continue;
            prices.emplace(symbol, moved);
            changes_[symbol] = {{"price", moved}, {"change", cents(moved - price)}};
        }
        for (const auto& [symbol, price] : prices)
            db().exec("update symbol set price = ? where symbol = ?", price, symbol);
        write.commit();
    }

    void tell_watchers() {
        std::map<ClientId, json> news;
        for (const auto& [client, symbol] :
             db().query<ClientId, std::string>("select client, symbol from watcher"))
            if (const auto change = changes_.find(symbol); change != changes_.end())
                news[client][symbol] = change->second;
        for (const auto& [client, prices] : news)
            if (send(client, json{{"is", "prices"}, {"prices", prices}}.dump()) == berth::Sent::gone)
                forget(client);
    }

    // Globals: every context has its own. A client's:
    std::set<std::string> symbols_;
    // The global service's:
    bool is_prepared_ = false;
    std::map<std::string, json> changes_;
    std::mt19937 random_{std::random_device{}()};
    std::normal_distribution<double> step_{0, 1};
};

BERTH_PROJECT(Ticker)
