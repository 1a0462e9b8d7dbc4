// SPDX-License-Identifier: MIT
// A test host for suites in JavaScript: starts the program host_for_tests (its path is in BERTH_HOST_FOR_TESTS).
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";

export class TestHost {
    #child;
    #lines;

    /** `options` are those of host_for_tests, then the names of shipped projects. */
    static async start(...options) {
        const host = new TestHost();
        const program = process.env.BERTH_HOST_FOR_TESTS;
        assert.ok(program, "BERTH_HOST_FOR_TESTS names the program host_for_tests of a build");
        host.#child = spawn(program, options, { stdio: ["pipe", "pipe", "inherit"] });
        host.#lines = createInterface({ input: host.#child.stdout })[Symbol.asyncIterator]();
        await host.#read_endpoints();
        return host;
    }

    /** Ends the host and starts it again, with the same ports and state. */
    async restart() {
        this.#child.stdin.write("restart\n");
        await this.#read_endpoints();
    }

    /** The command line: {code, out, err}. */
    async cli(...verb) {
        this.#child.stdin.write(`cli ${JSON.stringify(verb)}\n`);
        return this.#read();
    }

    /** Ends the host; its end must be clean. */
    async stop() {
        this.#child.stdin.end();
        const [code] = this.#child.exitCode === null ? await once(this.#child, "exit") : [this.#child.exitCode];
        assert.equal(code, 0, "the host did not end cleanly");
    }

    async #read() {
        const { value, done } = await this.#lines.next();
        assert.ok(!done, "host_for_tests ended");
        return JSON.parse(value);
    }

    async #read_endpoints() {
        Object.assign(this, await this.#read());
    }
}
