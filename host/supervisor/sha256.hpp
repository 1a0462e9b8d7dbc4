// SPDX-License-Identifier: MIT
/// SHA-256 of bytes that come in pieces.
#pragma once

#include <memory>
#include <string>
#include <string_view>

struct evp_md_ctx_st;

namespace berth::host::supervisor {

class Sha256 {
public:
    Sha256();
    ~Sha256();
    void add(std::string_view bytes);
    /// Lower-case hexadecimal; nothing may be added after it.
    [[nodiscard]] std::string finish();

private:
    struct Free {
        void operator()(evp_md_ctx_st* context) const;
    };
    std::unique_ptr<evp_md_ctx_st, Free> context_;
};

}  // namespace berth::host::supervisor
